#!/usr/bin/env bash
# Pin every version, with hashes and without naming an index.
set -euo pipefail
uv=$1
options=(--quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url
  --no-header --no-annotate --upgrade)
"$uv" pip compile "${options[@]}" pyproject.toml --group build -o requirements.lock
"$uv" pip compile "${options[@]}" pyproject.toml --group build --group dev --group docs -o requirements-dev.lock
