#!/bin/sh
# Makes the Python environment in .venv from uv.lock. Needs git, make and any python3; writes nothing
# outside this checkout. A second call finds everything done and ends at once.
set -eu
cd "$(dirname "$0")/.."

UV_VERSION=0.13.9
STAMP=.venv/.from-lock

if [ -f "$STAMP" ] && [ "$(cat "$STAMP")" = "$(cksum uv.lock pyproject.toml | tr '\n' ' ')" ]; then
    exit 0
fi

find_uv() {
    for candidate in "$(command -v uv || true)" .uv/bin/uv .uv/packages/bin/uv; do
        if [ -n "$candidate" ] && "$candidate" --version >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done
}

UV=$(find_uv)
if [ -z "$UV" ]; then
    echo "setup: fetching uv $UV_VERSION into .uv"
    # Debian's python3 comes without venv or without pip as often as with them: either one will do.
    if ! { python3 -m venv .uv && .uv/bin/python -m pip install --quiet "uv==$UV_VERSION"; } >.uv.log 2>&1; then
        rm -rf .uv
        python3 -m pip install --quiet --target .uv/packages "uv==$UV_VERSION" >>.uv.log 2>&1 || {
            cat .uv.log >&2
            echo "setup: python3 has neither a working venv nor pip." >&2
            echo "       Install one of them (Debian: python3-venv) or uv, and try again." >&2
            exit 1
        }
    fi
    rm -f .uv.log
    UV=$(find_uv)
fi

echo "setup: making .venv from uv.lock"
# Offices often have a certificate authority of their own: trust what the machine trusts.
export UV_SYSTEM_CERTS=true UV_NATIVE_TLS=true
case "$UV" in
.uv/*)
    # Our own uv keeps everything here; a uv of yours keeps to its own cache.
    export UV_CACHE_DIR="${UV_CACHE_DIR:-$PWD/.uv/cache}"
    export UV_PYTHON_INSTALL_DIR="${UV_PYTHON_INSTALL_DIR:-$PWD/.uv/python}"
    ;;
esac
"$UV" sync --frozen --quiet
cksum uv.lock pyproject.toml | tr '\n' ' ' >"$STAMP"
