#!/bin/sh
# The operator's one command. Its first call makes .venv/ in the project's folder from the locked
# requirements; every call then runs `python -m barbican_like.cmd.supervisor` with its arguments.
# BARBICAN_PYTHON names an interpreter that has all that is needed already: then no .venv/ is made.
set -eu

project=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
venv=$project/.venv
locks=$project/requirements
# uv shows its progress, and the names of all it installed, to people only.
quiet=''; [ -t 2 ] || quiet=--quiet

# Without compiled modules each process would take two seconds longer to start.
unset PYTHONDONTWRITEBYTECODE

say() { printf '%s\n' "$*" >&2; }
die() { say "barbican.sh: $*"; exit 1; }

# The pip that comes with a Python for its venv module, as a wheel (Debian keeps it in a folder of its own). It is run
# from the wheel: to install it first, as venv does, would double the time until there is a uv.
bundled_pip() {
    "$1" -c '
import ensurepip, sys, sysconfig, venv
from pathlib import Path
assert sys.version_info >= (3, 11)
folders = sysconfig.get_config_var("WHEEL_PKG_DIR"), Path(ensurepip.__file__).parent / "_bundled"
print(next(wheel for folder in folders if folder for wheel in Path(folder).glob("pip-*.whl")))'
}

# The first Python on the PATH that is 3.11 or newer and starts at all (a version manager's shim may not).
find_python() {
    for candidate in python3.11 python3.12 python3.13 python3.14 python3 python; do
        bundled_pip "$candidate" >/dev/null 2>&1 || continue
        printf '%s\n' "$candidate"
        return
    done
    die 'needs Python 3.11 or newer with its venv module (Debian: apt install python3 python3-venv)'
}

# What an environment was made from: the place (a moved one is broken) and the files that name its content.
stamp_of() {
    printf '%s %s\n' "$(cat "$locks/bootstrap.txt" "$locks/$1.txt" "$project/setup.cfg" | cksum)" "$project"
}

# is_made KIND: a finished environment is here, perhaps of an older lock; is_current KIND: of this lock.
is_made() { [ -x "$venv/bin/python" ] && [ -s "$venv/made.$1" ]; }
is_current() { is_made "$1" && [ "$(cat "$venv/made.$1")" = "$(stamp_of "$1")" ]; }

# uv does not read pip's settings, so it is told of the mirror that pip has been told of, if any.
uv_pip() {
    if [ -n "${PIP_INDEX_URL:-}" ] && [ -z "${UV_DEFAULT_INDEX:-}" ]; then export UV_DEFAULT_INDEX="$PIP_INDEX_URL"; fi
    VIRTUAL_ENV=$venv "$venv/bin/uv" pip "$@"
}

# Its mark is removed first and written last: a build that broke off is known by that and made anew. A finished one of
# an older lock is brought up to date in place, since an instance may run on it.
build_runtime() {
    if is_made runtime && [ "$(cut -d' ' -f3- "$venv/made.runtime")" = "$project" ]; then
        say "[1/4] bringing the virtual environment $venv up to date"
        rm -f "$venv/made.runtime" "$venv/made.test"
    else
        say "[1/4] making the virtual environment $venv"
        rm -rf "$venv"
        "$python" -m venv --without-pip "$venv"
    fi
    say '[2/4] installing the installer (uv)'
    "$venv/bin/python" "$(bundled_pip "$python")/pip" install -qq --no-compile --disable-pip-version-check --no-deps \
        --require-hashes --requirement "$locks/bootstrap.txt"
    say '[3/4] installing the locked dependencies'
    # What an operator has added for a token stays; it is the same and two packages more.
    lock=runtime
    for added in "$venv"/lib/python3*/site-packages/pkcs11; do if [ -d "$added" ]; then lock=pkcs11; fi; done
    # shellcheck disable=SC2086 # empty, or one word
    uv_pip sync $quiet --require-hashes "$locks/$lock.txt"
    say '[4/4] installing barbican_like itself'
    uv_pip install --quiet --no-deps --no-build-isolation --editable "$project"
    stamp_of runtime >"$venv/made.runtime"
}

# Adds to the run-time packages and changes none of them (bin/lock.sh sees to that): a running instance
# of the program stays as it is.
build_test() {
    say 'installing the locked dependencies of the tests'
    # shellcheck disable=SC2086
    uv_pip install $quiet --require-hashes --requirement "$locks/test.txt"
    stamp_of test >"$venv/made.test"
}

# One build at a time: the lock is held by descriptor 9 of this shell, and so ends with it at the latest.
prepare() {
    if is_current "$1"; then return; fi
    if [ ! -w "$project" ]; then die "cannot write in $project, where .venv is to be made"; fi
    python=$(find_python)
    exec 9>"$venv.lock"
    "$python" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'
    if ! is_current "$1"; then "build_$1" 9>&-; fi
    exec 9>&-
}

if [ -n "${BARBICAN_PYTHON:-}" ]; then
    PYTHONPATH=$project${PYTHONPATH:+:$PYTHONPATH}
    export PYTHONPATH
    exec "$BARBICAN_PYTHON" -P -m barbican_like.cmd.supervisor "$@"
fi

case ${1:-} in
    # These serve an instance that may run on the environment as it is, so they leave it so.
    stop | status | logs) if ! is_made runtime; then prepare runtime; fi ;;
    test) prepare runtime; prepare test ;;
    *) prepare runtime ;;
esac
exec "$venv/bin/python" -P -m barbican_like.cmd.supervisor "$@"
