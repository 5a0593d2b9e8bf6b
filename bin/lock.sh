#!/bin/sh
# Make requirements/*.txt anew from setup.cfg and requirements/bootstrap.in: exact versions with
# hashes, for every platform and every Python from 3.11 on. Versions already locked stay unless
# asked for:  bin/lock.sh              after a change of setup.cfg
#             bin/lock.sh --upgrade    everything to its newest version
#             bin/lock.sh --upgrade-package NAME
# Needs `uv` (`.venv/bin/uv` after a first bin/barbican.sh start).
set -eu
cd "$(dirname "$0")/.."
uv=.venv/bin/uv
[ -x "$uv" ] || uv=uv

lock() {
    output=$1
    shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
        --no-emit-index-url --no-emit-find-links --no-header --output-file "$output" "$@"
}

lock requirements/bootstrap.txt requirements/bootstrap.in "$@"
lock requirements/runtime.txt setup.cfg "$@"
# The constraint keeps one version of each package in all four, so that adding the test packages, or those of
# an optional store, to a running program's environment changes nothing of what it runs on.
lock requirements/pkcs11.txt setup.cfg --extra pkcs11 --constraint requirements/runtime.txt "$@"
lock requirements/test.txt setup.cfg --extra pkcs11 --extra test --constraint requirements/pkcs11.txt "$@"
lock requirements/dev.txt setup.cfg --extra pkcs11 --extra test --extra dev --constraint requirements/test.txt "$@"
lock requirements/peers.txt requirements/peers.in "$@"
