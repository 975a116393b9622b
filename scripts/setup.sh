#!/bin/sh
# Make .venv exactly as uv.lock says; arguments are handed to `uv sync`.
# Needs Python 3.11 to 3.13 with pip, or uv; neither root nor a virtual environment nor python3-venv.
set -eu
cd "$(dirname "$0")/.."

# The version that wrote uv.lock. `pip install --target` works where Debian forbids a plain `pip install`.
UV_VERSION=0.13.9

fail() {
    printf 'setup: %s\n' "$1" >&2
    exit 1
}

# Print the interpreter behind a command if its version will do (behind, because .venv itself may be active).
interpreter() {
    "$1" -c 'import sys
if not (3, 11) <= sys.version_info < (3, 14): sys.exit(1)
print(getattr(sys, "_base_executable", sys.executable))' 2>/dev/null
}

choose_python() {
    for name in python3.11 python3.12 python3.13 python3; do
        python=$(interpreter "$name") || continue
        [ -z "$uv" ] || return 0
        for pip in "$python" "$name"; do
            if "$pip" -m pip --version >/dev/null 2>&1; then return 0; fi
        done
        without_pip=$python
    done
    [ -z "$without_pip" ] || fail "$without_pip has no pip (on Debian: apt-get install python3-pip), and there is no uv"
    fail "Python 3.11, 3.12 or 3.13 is needed, and none was found (on Debian 12: apt-get install python3 python3-pip)"
}

install_uv() {
    uv=.tools/bin/uv
    case "$("$uv" --version 2>/dev/null || true)" in "uv $UV_VERSION"*) return ;; esac
    echo "setting up: uv $UV_VERSION in .tools …"
    PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore \
        "$pip" -m pip install --quiet --upgrade --target .tools "uv==$UV_VERSION" ||
        fail "pip could not install uv $UV_VERSION (is the network there?)"
}

# Some accounts have no home to cache in.
cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}
if ! { mkdir -p "$cache" && [ -w "$cache" ]; } 2>/dev/null; then
    export XDG_CACHE_HOME="$PWD/.tools/cache"
fi

# As pip does on Debian: trust what this machine trusts, which behind a company's proxy is more than uv knows.
if [ -s /etc/ssl/certs/ca-certificates.crt ]; then export UV_SYSTEM_CERTS=true; fi

uv=
without_pip=
if uv --version >/dev/null 2>&1; then uv=uv; fi
choose_python
[ -n "$uv" ] || install_uv

echo "setting up: .venv with $("$python" --version) …"
unset VIRTUAL_ENV
export UV_PYTHON="$python" UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=.venv
# Costs six seconds once; without it every start of the program may cost two more.
export UV_COMPILE_BYTECODE=1
"$uv" sync --quiet --frozen "$@" || fail "uv could not make .venv; what it says stands above"
