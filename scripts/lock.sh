#!/usr/bin/env bash
# Resolves requirements/*.in for CPython 3.11-3.13 on every platform at once and writes requirements/*.txt with hashes.
# Versions already locked stay, unless an .in file forbids them or the caller passes --upgrade or --upgrade-package NAME.
# The locks name no index: where packages come from is the machine's own setting.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

lock() {
  local name=$1
  shift
  echo "lock: requirements/$name.txt"
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
    "requirements/$name.in" --output-file "requirements/$name.txt" "$@"
}

lock build "$@"
lock runtime "$@"
lock embedded --constraint requirements/runtime.txt "$@"
lock parquet --constraint requirements/runtime.txt "$@"
lock dev --constraint requirements/runtime.txt "$@"
lock lock "$@"
