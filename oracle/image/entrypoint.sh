#!/bin/sh
# Entry point of the oracle image. It keeps the part of the official postgres image's
# contract that clients rely on: POSTGRES_PASSWORD / POSTGRES_USER / POSTGRES_DB (each
# also as *_FILE), POSTGRES_INITDB_ARGS, POSTGRES_HOST_AUTH_METHOD, PGDATA,
# /docker-entrypoint-initdb.d/*.{sh,sql,sql.gz}, "postgres" as command, the server runs
# as the postgres user, and "ready to accept connections" is logged twice at the first start.
set -eu

file_env() { # NAME [DEFAULT]: value of NAME, or the content of the file NAME_FILE
	eval "v=\${$1:-}; f=\${$1_FILE:-}"
	if [ -n "$v" ] && [ -n "$f" ]; then echo "error: both $1 and $1_FILE are set" >&2; exit 1; fi
	[ -z "$f" ] || v=$(cat "$f")
	[ -n "$v" ] || v=${2:-}
	export "$1=$v"; unset "$1_FILE"
}

psql_run() { psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password -q -U "$POSTGRES_USER" "$@"; }

case ${1:-} in -*) set -- postgres "$@" ;; esac
[ "${1:-}" = postgres ] || exec "$@"

if [ "$(id -u)" = 0 ]; then # only when started with --user 0
	mkdir -p "$PGDATA" /var/run/postgresql
	chown -R postgres:postgres "$PGDATA" /var/run/postgresql
	exec su -s /bin/sh postgres -c 'exec "$0" "$@"' -- "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
	file_env POSTGRES_PASSWORD
	file_env POSTGRES_USER postgres
	file_env POSTGRES_DB "$POSTGRES_USER"
	: "${POSTGRES_HOST_AUTH_METHOD:=scram-sha-256}" "${POSTGRES_INITDB_ARGS:=}"
	if [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
		echo "error: the database is uninitialized and the superuser's password is not given:" >&2
		echo "       set POSTGRES_PASSWORD, or POSTGRES_HOST_AUTH_METHOD=trust" >&2
		exit 1
	fi
	umask 077
	mkdir -p "$PGDATA"; chmod 0700 "$PGDATA"
	template=/usr/share/postgresql/initdb-template
	if [ "$POSTGRES_USER" = postgres ] && [ "$POSTGRES_INITDB_ARGS" = "$(cat "$template/arguments" 2>/dev/null)" ]; then
		cp -a "$template/data/." "$PGDATA/"
	else
		# shellcheck disable=SC2086 # the arguments are meant to split
		initdb -D "$PGDATA" --username="$POSTGRES_USER" --no-sync --no-instructions $POSTGRES_INITDB_ARGS
	fi
	printf '\nhost all all all %s\n' "$POSTGRES_HOST_AUTH_METHOD" >>"$PGDATA/pg_hba.conf"

	# A private server, on a socket in /tmp only, for the set-up; "$@" carries the caller's
	# settings (fsync=off and the like) into it.
	shift
	export PGHOST=/tmp
	pg_ctl -D "$PGDATA" -w -s -o "$([ $# = 0 ] || printf "'%s' " "$@") -c listen_addresses='' -p 5432 -k /tmp" start
	if [ -n "$POSTGRES_PASSWORD" ]; then
		echo "ALTER ROLE :\"u\" PASSWORD :'pw'" | PGDATABASE=postgres psql_run -v u="$POSTGRES_USER" -v pw="$POSTGRES_PASSWORD"
	fi
	if [ "$POSTGRES_DB" != postgres ]; then
		echo 'CREATE DATABASE :"db"' | PGDATABASE=postgres psql_run -v db="$POSTGRES_DB"
	fi
	export PGDATABASE="$POSTGRES_DB"
	for f in /docker-entrypoint-initdb.d/*; do
		case $f in
			*/\*) ;; # the directory is empty
			*.sh) if [ -x "$f" ]; then "$f"; else . "$f"; fi ;;
			*.sql) echo "$0: running $f"; psql_run -f "$f" ;;
			*.sql.gz) echo "$0: running $f"; gunzip -c "$f" | psql_run ;;
			*) echo "$0: ignoring $f" ;;
		esac
	done
	unset PGDATABASE PGHOST
	pg_ctl -D "$PGDATA" -m fast -w -s stop
	set -- postgres "$@"
	echo "PostgreSQL init process complete; ready for start up."
fi
exec "$@"
