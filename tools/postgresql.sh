#!/usr/bin/env bash
# A private PostgreSQL server for tests, from Debian's packages.
#
#   tools/postgresql.sh start [NAME]      start one, or find the one that runs; print its address
#   tools/postgresql.sh stop  [NAME]      stop it and delete its data
#   tools/postgresql.sh run COMMAND…      start one, run COMMAND with its address in REPRISE_TEST_DATABASE, stop it
#   tools/postgresql.sh install           install PostgreSQL and pgvector where they are missing (as root)
#
# It listens on a socket in a folder that only its user can enter, and on no port: no password is needed, and nobody
# else can come in. It does not wait for the disk (fsync=off): its data are gone after a crash, as tests may be.
# pgvector is no package in every release of Debian: there it is built from the source package of a newer one. Without
# pgvector the server starts all the same; the library then searches in memory, and the tests of pgvector skip.
set -euo pipefail

version=15
cache=${REPRISE_PGVECTOR_CACHE:-/var/cache/reprise-pgvector}
newer_suite=trixie

say() { echo "postgresql.sh: $*" >&2; }

# The server refuses to be root; what root starts runs as the packages' own user.
as_server() {
    if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

find_programs() {
    local bin
    for bin in "/usr/lib/postgresql/$version/bin" /usr/lib/postgresql/*/bin; do
        if [ -x "$bin/initdb" ]; then
            programs=$bin
            version=$(basename "$(dirname "$bin")")
            return 0
        fi
    done
    return 1
}

has_vector() { [ -e "/usr/share/postgresql/$version/extension/vector.control" ]; }

# apt with the machine's own sources, but the source packages of a newer suite, and with lists of its own.
newer_apt() {
    apt-get -qq -o "Dir::Etc::sourcelist=$build/newer.sources" -o Dir::Etc::sourceparts=- \
        -o "Dir::State::lists=$build/lists" -o APT::Sandbox::User=root "$@"
}

build_vector() {
    local build suite
    suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    [ -n "$suite" ] && [ -e /etc/apt/sources.list.d/debian.sources ] || return 1
    build=$(mktemp -d)
    mkdir -p "$build/lists/partial"
    awk -v suite="$suite" 'BEGIN { RS = ""; ORS = "\n\n" } $0 ~ "Suites:[^\n]*" suite "( |\n|$)"' \
        /etc/apt/sources.list.d/debian.sources |
        sed "s/^Types:.*/Types: deb-src/; s/^Suites:.*/Suites: $newer_suite/" >"$build/newer.sources"
    if newer_apt update && (cd "$build" && newer_apt --download-only source pgvector) &&
        mkdir "$build/source" && tar -xzf "$build"/pgvector_*.orig.tar.gz -C "$build/source" --strip-components 1 &&
        make -s -C "$build/source" OPTFLAGS="" PG_CONFIG="$programs/pg_config" >"$build/log" 2>&1 &&
        make -s -C "$build/source" PG_CONFIG="$programs/pg_config" DESTDIR="$cache/$version" install >>"$build/log" 2>&1
    then
        rm -rf "$build"
    else
        [ ! -s "$build/log" ] || tail -n 5 "$build/log" >&2
        rm -rf "$build" "${cache:?}/$version"
        return 1
    fi
}

apt_install() { apt-get -qq install -y --no-install-recommends "$@" >/dev/null; }

can_build() {
    [ -d "/usr/include/postgresql/$version/server" ] && command -v make >/dev/null && command -v gcc >/dev/null
}

install_all() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        find_programs && return 0
        say "PostgreSQL is not installed; as root, run: apt-get install postgresql"
        return 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    if ! find_programs; then
        apt-get -qq update && apt_install postgresql || return 1
        find_programs || return 1
    fi
    has_vector && return 0
    if [ ! -d "$cache/$version" ] && ! apt_install "postgresql-$version-pgvector" 2>/dev/null; then
        { can_build || { apt-get -qq update && apt_install "postgresql-server-dev-$version" make gcc; }; } &&
            build_vector || { say "pgvector could not be had; going on without it" && return 0; }
    fi
    if [ -d "$cache/$version" ]; then cp -r "$cache/$version/." /; fi
}

folder_of() { echo "${TMPDIR:-/tmp}/reprise-postgresql-$(id -un)-${1:-tests}"; }

address() {
    # The folder as the host, in the spelling of URLs.
    echo "postgresql://postgres@${1//\//%2F}/reprise"
}

start() {
    local folder
    folder=$(folder_of "${1:-}")
    if as_server "$programs/pg_ctl" status -D "$folder/data" >/dev/null 2>&1; then
        address "$folder"
        return 0
    fi
    rm -rf "$folder"
    mkdir -m 700 "$folder"
    [ "$(id -u)" != 0 ] || chown postgres: "$folder"
    (
        cd "$folder"
        as_server "$programs/initdb" -D data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
        as_server "$programs/pg_ctl" start -w -t 60 -D data -l log -o "-c listen_addresses='' \
            -c unix_socket_directories='$folder' -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
            -c max_connections=200 -c shared_buffers=256MB" >/dev/null || { tail -n 20 log >&2; exit 1; }
        as_server "$programs/createdb" -h "$folder" -U postgres reprise
    )
    address "$folder"
}

stop() {
    local folder
    folder=$(folder_of "${1:-}")
    if [ -d "$folder" ]; then
        as_server "$programs/pg_ctl" stop -m immediate -D "$folder/data" >/dev/null 2>&1 || true
        rm -rf "$folder"
    fi
}

what=${1:-}
[ $# = 0 ] || shift
case $what in
    install) install_all ;;
    start)
        install_all
        start "${1:-}"
        ;;
    stop) ! find_programs || stop "${1:-}" ;;
    run)
        install_all
        name=run-$$
        trap 'stop $name' EXIT
        REPRISE_TEST_DATABASE=$(start "$name")
        export REPRISE_TEST_DATABASE
        "$@"
        ;;
    *)
        sed -n '3,7s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
esac
