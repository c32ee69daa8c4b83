#!/bin/bash
# ensure.sh: make sure that the oracle's database image is there; one line says which and why.
# In order:
#  1. SETTLEPROOF_ORACLE_IMAGE names an image: it must be there, nothing is fetched for it.
#  2. The image of this recipe (tag = hash of the recipe's files) is there: done.
#  3. The pinned official image is there: done.
#  4. From a registry: the official image is pulled. A registry that shows no sign of life
#     within 10 s is given up, so that an air-gapped machine does not wait.
#  5. From packages, on a Debian-like machine: mkroot.sh and docker build, about 20 s.
#  6. Else exit 1 with the ways out.
# SETTLEPROOF_ORACLE_IMAGE_FROM=registry does 3 and 4 only, =packages does 2 and 5 only;
# auto (the default) does all. "ensure.sh --tag" prints the recipe's tag and does nothing.
set -euo pipefail
cd "$(dirname "$0")"

engine_seconds=5    # an engine that answers does so in milliseconds; a frozen one never does
signal_seconds=10   # from the pull to the registry's first answer
pull_seconds=120    # 150 MB on a slow line
build_seconds=120   # docker build of the ready root file system: 3 s

if command -v sha256sum >/dev/null; then sum=(sha256sum); else sum=(shasum -a 256); fi
tag=settleproof-oracle-pg:$(cat Dockerfile entrypoint.sh mkroot.sh | "${sum[@]}" | cut -c1-12)
official=$(tr -d '[:space:]' <official)
from=${SETTLEPROOF_ORACLE_IMAGE_FROM:-auto}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# bounded SECONDS COMMAND...: like timeout(1), which macOS has not.
bounded() {
	if command -v timeout >/dev/null; then timeout "$@"; return; fi
	local s=$1 pid; shift
	"$@" &
	pid=$!
	for _ in $(seq $((s * 10))); do
		kill -0 "$pid" 2>/dev/null || { wait "$pid"; return; }
		sleep 0.1
	done
	kill "$pid" 2>/dev/null
	return 124
}

say() { echo "oracle-image: $*"; }

die() {
	{
		echo "oracle-image: $1"
		echo "  the ways out:"
		echo "    - a registry:  docker pull $official"
		echo "    - any image that keeps the official postgres image's contract:  SETTLEPROOF_ORACLE_IMAGE=name:tag"
		echo "    - packages:    run this on a Debian-like machine, then docker save $tag | docker load"
		echo "    - no image:    verify --oracle local (PostgreSQL binaries) or --oracle postgres://..."
	} >&2
	exit 1
}

is_there() { bounded "$engine_seconds" docker image inspect "$1" >/dev/null 2>&1; }

# pull IMAGE: 0 when it is there at the end; the reason in $why otherwise.
pull() {
	docker pull "$1" >"$work/pull.log" 2>&1 &
	local pid=$! tenths=0 code=0
	while kill -0 "$pid" 2>/dev/null; do
		if [ $tenths -ge $((signal_seconds * 10)) ] && ! grep -q 'Pulling from' "$work/pull.log"; then
			why="no registry answered within $signal_seconds s"
		elif [ $tenths -ge $((pull_seconds * 10)) ]; then
			why="the pull took longer than $pull_seconds s"
		else
			sleep 0.1
			tenths=$((tenths + 1))
			continue
		fi
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
		return 1
	done
	wait "$pid" || code=$?
	[ $code = 0 ] || why=$(tail -1 "$work/pull.log")
	return $code
}

# build: the image of the recipe out of packages; the reason in $why when it fails.
build() {
	local tool
	for tool in apt-get dpkg-deb; do
		command -v $tool >/dev/null || { why="no $tool here: packages can be had on a Debian-like machine only"; return 1; }
	done
	mkdir "$work/context"
	cp Dockerfile "$work/context/"
	./mkroot.sh "$work/context/rootfs.tar" >"$work/build.log" 2>&1 ||
		{ tail -5 "$work/build.log" >&2; why=$(tail -1 "$work/build.log"); return 1; }
	# The classic builder: the other one is a plug-in that Debian's docker.io does not have.
	DOCKER_BUILDKIT=0 bounded "$build_seconds" docker build --network none -q -t "$tag" "$work/context" >"$work/build.log" 2>&1 ||
		{ tail -5 "$work/build.log" >&2; why="docker build: $(tail -1 "$work/build.log")"; return 1; }
}

if [ "${1:-}" = --tag ]; then echo "$tag"; exit 0; fi
case $from in auto | registry | packages) ;; *) die "SETTLEPROOF_ORACLE_IMAGE_FROM=$from: registry, packages or auto" ;; esac
command -v docker >/dev/null || die "no docker command here"
bounded "$engine_seconds" docker version >/dev/null 2>&1 || die "no Docker engine answers within $engine_seconds s (as root: scripts/docker-up.sh)"

if [ -n "${SETTLEPROOF_ORACLE_IMAGE:-}" ]; then
	is_there "$SETTLEPROOF_ORACLE_IMAGE" || die "$SETTLEPROOF_ORACLE_IMAGE (SETTLEPROOF_ORACLE_IMAGE) is not there"
	say "$SETTLEPROOF_ORACLE_IMAGE is there (SETTLEPROOF_ORACLE_IMAGE)"
	exit 0
fi
if [ "$from" != registry ] && is_there "$tag"; then say "$tag is there (this recipe)"; exit 0; fi
if [ "$from" != packages ] && is_there "$official"; then say "$official is there (official, pinned)"; exit 0; fi

why='' tried=''
if [ "$from" != packages ]; then
	if pull "$official"; then say "$official pulled (official, pinned)"; exit 0; fi
	tried="registry: $why"
fi
if [ "$from" != registry ]; then
	if build; then say "$tag built from packages (this recipe)${tried:+; $tried}"; exit 0; fi
	tried="${tried:+$tried; }packages: $why"
fi
die "no image: $tried"
