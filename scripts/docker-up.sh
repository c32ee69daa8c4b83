#!/bin/bash
# docker-up.sh: make sure that a Docker engine answers, or exit 1 saying why not. In order:
#  1. One answers: nothing is done.
#  2. DOCKER_UP=never, DOCKER_HOST set (somebody else's engine), not root, or not Linux: exit 1.
#  3. No dockerd: docker.io is installed, on a Debian-like machine (15 s).
#  4. dockerd is started (1 s). Its pid is written into the file that DOCKER_UP_PID names: the
#     caller stops that engine at its end, and no other. Nothing is written for an engine that
#     ran before.
set -u

answer_seconds=5    # a frozen engine never answers
install_seconds=300 # 70 MB of packages on a slow line
start_tenths=300    # 30 s: an engine starts in one, with many old containers in ten

die() {
	echo "docker-up: $1" >&2
	[ -z "${2:-}" ] || tail -3 "$2" >&2
	exit 1
}

up() { timeout "$answer_seconds" docker version >/dev/null 2>&1; }

if command -v docker >/dev/null && command -v timeout >/dev/null && up; then exit 0; fi
[ "${DOCKER_UP:-auto}" != never ] || die "no engine answers, and DOCKER_UP=never"
[ -z "${DOCKER_HOST:-}" ] || die "no engine answers at DOCKER_HOST=$DOCKER_HOST"
[ "$(uname)" = Linux ] || die "no engine answers: start Docker Desktop or the like"
[ "$(id -u)" = 0 ] || die "no engine answers, and only root can start one"

log=$(mktemp -d "${TMPDIR:-/tmp}/docker-up.XXXXXX") || die "no temporary directory"
if ! command -v dockerd >/dev/null || ! command -v docker >/dev/null; then
	command -v apt-get >/dev/null || die "no dockerd and no apt-get to install it"
	{
		timeout "$install_seconds" apt-get -qq update &&
			DEBIAN_FRONTEND=noninteractive timeout "$install_seconds" apt-get -qq install -y --no-install-recommends docker.io
	} >"$log/apt" 2>&1 </dev/null || die "docker.io cannot be installed:" "$log/apt"
	if up; then exit 0; fi # the package's own service has started it
fi

# The pid file of an engine that was killed stops a new one from starting, when the number
# has become that of another process.
pid=$(cat /var/run/docker.pid 2>/dev/null)
if [ -n "$pid" ] && { ! grep -q '^Name:[[:space:]]dockerd' "/proc/$pid/status" 2>/dev/null ||
	grep -q '^State:[[:space:]]Z' "/proc/$pid/status" 2>/dev/null; }; then
	rm -f /var/run/docker.pid
fi

# --bip gives the bridge a gateway address in the API; without it the testcontainers library
# may take the machine's own default gateway for the Docker host.
setsid nohup dockerd --bip 172.17.0.1/16 --log-level warn >"$log/dockerd" 2>&1 </dev/null &
pid=$!
for _ in $(seq "$start_tenths"); do
	if up; then
		[ -z "${DOCKER_UP_PID:-}" ] || echo "$pid" >"$DOCKER_UP_PID"
		echo "docker-up: started dockerd (pid $pid, log $log/dockerd)"
		exit 0
	fi
	kill -0 "$pid" 2>/dev/null || break
	sleep 0.1
done
kill "$pid" 2>/dev/null
die "dockerd does not answer:" "$log/dockerd"
