#!/bin/sh
# See that the programs some tests start are there; as root on Debian, install them.
# Without them those tests are skipped by name. With CI set that is a failure.
set -eu

missing=
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v docker-compose >/dev/null 2>&1 || docker compose version >/dev/null 2>&1 || missing="$missing docker-compose"
command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || missing="$missing chromium"
[ -n "$missing" ] || exit 0

apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >/dev/null
}

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "setting up: Debian's$missing for the tests …"
    # shellcheck disable=SC2086  a list of packages
    if apt update && apt install --yes --no-install-recommends $missing; then exit 0; fi
fi
echo "Not on this machine:$missing. The tests that need them cannot run; to have them:" >&2
echo "    sudo apt-get update && sudo apt-get install --no-install-recommends$missing" >&2
[ -z "${CI:-}" ]
