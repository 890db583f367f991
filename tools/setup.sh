#!/usr/bin/env bash
# Makes .venv from requirements.lock. Run by `make`; PYTHON names another interpreter, which
# counts when .venv is made: `make clean` first to change it.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=.venv/.installed
say() { printf 'set-up: %s\n' "$*"; }
die() { printf 'set-up: %s\n' "$*" >&2; exit 1; }

supported() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null
}

# The python3 of macOS and of older Linux systems is too old while a newer one often lies
# beside it, so look for that one before giving up; an interpreter asked for by name is final.
find_python() {
    if [ -n "${PYTHON:-}" ]; then
        command -v "$PYTHON" >/dev/null 2>&1 || die "PYTHON=$PYTHON: no such command."
        supported "$PYTHON" || die "PYTHON=$PYTHON is $("$PYTHON" --version 2>&1 | head -n 1); this needs Python 3.11, 3.12 or 3.13."
        return
    fi
    for PYTHON in python3 python3.13 python3.12 python3.11; do
        if supported "$PYTHON"; then return; fi
    done
    die "this needs Python 3.11, 3.12 or 3.13; python3 here is $(python3 --version 2>&1 | head -n 1 || true)." \
        "Install one of them, or name it: make PYTHON=/path/to/python3.12 ..."
}

# No stamp means that the last set-up was cut short (or the clone was moved): what it left
# cannot be trusted, and starting over costs little with a warm cache.
start_over() {
    find_python
    "$PYTHON" -c 'import venv, ensurepip' 2>/dev/null ||
        die "$PYTHON has no venv module. On Debian and Ubuntu install the package python3-venv, then run make again."
    if [ -e .venv ]; then
        say "the .venv here is not a finished one; making it anew"
        rm -rf .venv
    fi
    say "making .venv with $("$PYTHON" --version)"
    "$PYTHON" -m venv .venv || die "$PYTHON -m venv failed (see above)."
}

pip() {
    # PIP_USER=1 in somebody's shell would make pip refuse to work inside .venv.
    PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/bin/python -m pip --quiet "$@"
}

# The hash of uv comes from the lock as well, so nothing unpinned ever runs.
install_uv() {
    awk '/^[A-Za-z0-9]/ { keep = /^uv==/ } keep' requirements.lock >.venv/uv.lock
    pip install --require-hashes --only-binary :all: -r .venv/uv.lock
}

install_locked_with_uv() {
    install_uv && .venv/bin/python -m uv pip sync --quiet --python .venv/bin/python \
        --require-hashes --only-binary :all: --compile-bytecode requirements.lock
}

if [ ! -f "$stamp" ]; then start_over; fi
rm -f "$stamp"

say "installing the locked packages (a few minutes when nothing is cached)"
if ! install_locked_with_uv; then
    # pip may know a proxy or a mirror that uv does not.
    say "uv could not do it (see above); trying again with pip, same versions and hashes"
    pip install --require-hashes --only-binary :all: -r requirements.lock ||
        die "the locked packages could not be installed (see above). Run make again to retry."
fi

say "installing cadre-research itself"
pip install --no-deps --no-build-isolation --no-index --editable .

# Matplotlib lists the machine's fonts on first use and may say so, which would end up among the
# outputs of whichever notebook came first.
.venv/bin/python -c 'import matplotlib.font_manager' >/dev/null 2>&1 || true

# The path in the stamp is how the Makefile notices a clone that was moved.
pwd -P >"$stamp"
say "done"
