#!/bin/sh
# Set up what is missing, then run cqo-docs with the words given.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/tools/setup.sh"
(
    cd "$here"
    make_venv .venv
    # An environment set up for the tests has all of this already.
    [ -f .venv/dev-stamp ] || install_once .venv run-stamp pyproject.toml -- "-e ."
)
exec "$here/.venv/bin/cqo-docs" "$@"
