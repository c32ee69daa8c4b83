#!/bin/bash
# mkroot.sh OUT.tar: the root file system of the oracle image: PostgreSQL, the libraries it
# links, busybox and entrypoint.sh, out of the packages of a Debian-like machine. In order:
#  1. The dependency closure of the packages is downloaded as if nothing were installed;
#     of the host only its list of package sources gets in. Nothing is installed on it.
#  2. What a server does not need is left out (JIT: it makes the legacy query slower).
#  3. The libraries are the ones the loader names for the binaries, no more.
#  4. The tar is written in name order with fixed times and owners. No privileges are needed.
# PG_MAJOR chooses the version: 15 where the sources have it, else their default one.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(realpath -m "$1")
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1767225600} LC_ALL=C.UTF-8
die() { echo "mkroot: $*" >&2; exit 1; }

case $(dpkg --print-architecture) in
	amd64) triplet=x86_64-linux-gnu loader=lib64/ld-linux-x86-64.so.2 ;;
	arm64) triplet=aarch64-linux-gnu loader=lib/ld-linux-aarch64.so.1 ;;
	*) die "no recipe for $(dpkg --print-architecture): amd64 and arm64 only" ;;
esac

w=$(mktemp -d)
trap 'rm -rf "$w"' EXIT
chmod 755 "$w"
mkdir -p "$w"/{arch/partial,x,root}
: >"$w/status"
x=$w/x r=$w/root

if [ -z "$(find /var/lib/apt/lists -name '*_Packages*' -print -quit)" ]; then
	[ "$(id -u)" = 0 ] || die "the package lists are empty: run apt-get update as root"
	timeout 120 apt-get -qq update || die "apt-get update"
fi
V=${PG_MAJOR:-15}
if [ -z "${PG_MAJOR:-}" ] && ! apt-cache show postgresql-15 >/dev/null 2>&1; then
	V=$(apt-cache depends postgresql | sed -n 's/.*Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | head -1)
	[ -n "$V" ] || die "no postgresql package in the package sources"
fi
timeout 300 apt-get -qq -y -o Dir::State::status="$w/status" -o Dir::Cache::archives="$w/arch" \
	-o APT::Install-Recommends=false -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=1 \
	install --download-only "postgresql-$V" busybox-static libc-bin tzdata >"$w/log" 2>&1 ||
	{ tail -5 "$w/log" >&2; die "the packages of postgresql-$V cannot be downloaded"; }

for d in "$w"/arch/*.deb; do
	case ${d##*/} in
		libllvm* | libz3* | perl* | libperl* | dpkg_* | apt_* | debconf_* | locales* | postgresql-common_* | openssl_* | gcc-* | coreutils*) continue ;;
	esac
	dpkg-deb --fsys-tarfile "$d" | tar -C "$x" -xf - --no-same-owner \
		--exclude='./usr/share/doc' --exclude='./usr/share/man' --exclude='./usr/share/locale' --exclude='*/bitcode/*'
	dpkg-deb -W --showformat='${Package} ${Version}\n' "$d" >>"$w/versions"
done
cp -a "$x/lib/." "$x/usr/lib/" 2>/dev/null || true # packages of the time before the merged /usr

lib=$x/usr/lib/$triplet pg=usr/lib/postgresql/$V share=usr/share/postgresql/$V
mkdir -p "$r"/{bin,etc,tmp,proc,sys,dev,root,run,docker-entrypoint-initdb.d} \
	"$r"/{usr/lib/locale,usr/lib64,usr/share,usr/local/bin,var/lib,"$pg/bin","$share"} "$r/usr/lib/$triplet"
ln -s ../run "$r/var/run"
ln -s usr/lib "$r/lib"
ln -s usr/lib64 "$r/lib64"
ln -s "$V/bin" "$r/usr/lib/postgresql/bin" # the Dockerfile's PATH knows no version

busybox=$(find "$x/bin" "$x/usr/bin" -name busybox -print -quit 2>/dev/null)
install -m755 "$busybox" "$r/bin/busybox"
for a in $("$r/bin/busybox" --list); do
	[ "$a" = busybox ] || ln -s busybox "$r/bin/$a"
done
for b in postgres initdb pg_ctl psql pg_isready pg_dump pg_controldata; do cp -a "$x/$pg/bin/$b" "$r/$pg/bin/"; done
cp -a "$x/$pg/lib" "$r/$pg/"
rm -rf "$r/$pg/lib"/{llvmjit*,pgxs,bitcode}
cp -a "$x/$share/." "$r/$share/"
find "$r/$share" -xtype l -delete
cp -a "$x/usr/share/zoneinfo" "$r/usr/share/"
cp -a "$x/usr/lib/locale/C.utf8" "$r/usr/lib/locale/"

ld=$(find "$x/lib64/" "$x/usr/lib64/" "$lib" "$x/usr/lib" -name "${loader##*/}" -print -quit 2>/dev/null)
[ -n "$ld" ] || die "no ${loader##*/} in the packages"
find "$r/usr/lib/postgresql" -type f \( -perm -u+x -o -name '*.so' \) | while read -r f; do
	"$ld" --library-path "$lib" --list "$f" 2>/dev/null || true
done | awk -v x="$x" 'index($3, x) == 1 {print $3}' | sort -u | while read -r l; do
	cp -L "$l" "$r/usr/lib/$triplet/"
done
cp -L "$ld" "$r/usr/$loader"

install -m755 "$here/entrypoint.sh" "$r/usr/local/bin/docker-entrypoint.sh"
printf 'root:x:0:0:root:/root:/bin/sh\npostgres:x:999:999:postgres:/var/lib/postgresql:/bin/sh\n' >"$r/etc/passwd"
printf 'root:x:0:\npostgres:x:999:\n' >"$r/etc/group"
printf 'passwd: files\ngroup: files\nhosts: files dns\n' >"$r/etc/nsswitch.conf"
sort "$w/versions" >"$r/etc/oracle-image-packages"
sed -i -E "s/^#?listen_addresses.*/listen_addresses = '*'/" "$r/$share/postgresql.conf.sample"
chmod 1777 "$r/tmp"

# Root's files, then the directories that belong to postgres (999, as in the official image).
tar_fixed=(tar -C "$r" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --numeric-owner --format=gnu)
"${tar_fixed[@]}" --owner=0 --group=0 -cf "$out" .
mkdir -p "$r"/{var/lib/postgresql/data,run/postgresql,usr/share/postgresql/initdb-template}
chmod 1777 "$r/var/lib/postgresql/data" # as the official image has it: a tmpfs there takes its mode
chmod 3777 "$r/run/postgresql"
"${tar_fixed[@]}" --owner=999 --group=999 -rf "$out" ./var/lib/postgresql ./run/postgresql ./usr/share/postgresql/initdb-template
