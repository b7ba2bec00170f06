#!/usr/bin/env bash
# Makes the virtual environment with exactly the pinned dependencies: hack/setup.sh VENV PYTHON [runtime]
# With `runtime` it holds what the image holds, and not what developing needs.
set -euo pipefail
venv=$1 python=$2 pins=${3:-dev}

say() { printf '==> %s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

install_debian_python() {
    command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] ||
        fail "$1; install Python 3.11 or newer with its venv module (Debian: apt-get install python3 python3-venv)"
    say "installing python3 and python3-venv from Debian's packages"
    apt-get -o DPkg::Lock::Timeout=300 -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq install -y python3 python3-venv >/dev/null
}

command -v "$python" >/dev/null || install_debian_python "$python is missing"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "$("$python" --version) is too old; Vutler needs Python 3.11"
"$python" -c 'import ensurepip, venv' 2>/dev/null || install_debian_python "$python has no venv module"

started=$SECONDS
say "making $venv with the pinned dependencies (requirements/$pins.txt)"
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
uv=("$venv/bin/uv" pip install --quiet --python "$venv/bin/python")
"${uv[@]}" --require-hashes -r "requirements/$pins.txt"
if [ "$pins" = dev ]; then
    "${uv[@]}" --no-deps --no-build-isolation --editable .
else
    "${uv[@]}" --no-deps --editable . # hatchling, which builds it, is no part of what runs
fi
touch "$venv/.ready"
say "ready in $((SECONDS - started)) s"
