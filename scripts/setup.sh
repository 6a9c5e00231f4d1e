#!/usr/bin/env bash
# Makes .venv in the checkout and installs the locked packages into it. Called by `make setup`.
# Run again it does nothing, and asks the network nothing, until a lock file or the folder's place changes.
#
#   PYTHON=/path/to/python   use this interpreter instead of looking for one
set -Eeuo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
venv=$root/.venv
python=$venv/bin/python
stamp=$venv/.amends-stamp
log=$root/.setup.log  # beside .venv, which may be made anew
# Nothing is compiled during set-up, except faust-streaming where it ships no wheel: anything but x86-64.
wheels=()
[ "$(uname -m)" != x86_64 ] || wheels=(--only-binary=:all:)

# The caller's Python settings are for the caller's Python.
unset PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV VIRTUAL_ENV
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1

say() { printf 'setup: %s\n' "$*"; }
die() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

# A command on PATH may be a version manager's stub that only prints an error: run it to know.
suits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
  local candidate
  for candidate in ${PYTHON:+"$PYTHON"} python3.12 python3.11 python3.13 python3 /usr/bin/python3; do
    if suits "$candidate"; then
      command -v "$candidate"
      return
    fi
    [ "$candidate" != "${PYTHON:-}" ] || die "PYTHON=$PYTHON does not run, or is older than Python 3.11"
  done
  die "Python 3.11 or newer is needed and none was found (Debian, Ubuntu: apt-get install python3 python3-venv)"
}

# What the environment was made from; a moved folder counts, as scripts in bin/ name their interpreter in full.
fingerprint() { { printf '%s\n' "$root"; cat requirements/*.txt pyproject.toml scripts/setup.sh; } | sha256sum; }

has_pip() { "$python" -m pip --version >/dev/null 2>&1; }

# Debian ships python3 without ensurepip, so the plain way may fail; every way below ends in the same place, and none
# needs root or changes the machine.
make_venv() {
  local base=$1
  {
    fresh_venv "$base" -m venv ||
      fresh_venv virtualenv --quiet --python "$base" ||
      fresh_venv "$base" -m virtualenv --quiet ||
      machines_pip "$base" ||
      debians_pip "$base"
  } >>"$log" 2>&1 && return
  rm -rf "$venv"
  die "$base cannot make a virtual environment: install its venv module (Debian, Ubuntu: apt-get install" \
    "python3-venv) or virtualenv, then run this again; what was tried is in $log"
}

fresh_venv() {
  rm -rf "$venv"
  "$@" "$venv" && has_pip
}

# The machine's own pip fills an environment without one (22.3 or newer knows --python).
machines_pip() {
  fresh_venv_without_pip "$1" &&
    "$1" -m pip --python "$python" install --quiet --require-hashes "${wheels[@]}" -r requirements/build.txt && has_pip
}

# The pip that Debian packages for ensurepip is a wheel: fetched and unpacked, it runs without being installed.
debians_pip() {
  local scratch done=1
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
  scratch=$(mktemp -d)
  if fetch_package python3-pip-whl "$scratch" && dpkg-deb -x "$scratch"/*.deb "$scratch" && fresh_venv_without_pip "$1"; then
    "$python" "$(echo "$scratch"/usr/share/python-wheels/pip-*.whl)/pip" install --quiet --require-hashes "${wheels[@]}" \
      -r requirements/build.txt && has_pip && done=0
  fi
  rm -rf "$scratch"
  return $done
}

fresh_venv_without_pip() {
  rm -rf "$venv"
  "$1" -m venv --without-pip "$venv"
}

# A fresh machine may have no package lists, and only root could get them: so they are got in a folder of our own.
fetch_package() (
  cd "$2"
  apt-get download "$1" && exit
  mkdir -p lists/partial cache
  own=(-o Dir::State::Lists="$2/lists" -o Dir::Cache="$2/cache")
  apt-get "${own[@]}" update && apt-get "${own[@]}" download "$1"
)

# Counts an installer's lines: on a terminal one line that changes, elsewhere nothing; all of it is in the log.
progress() {
  local n=0 first second
  while read -r first second _; do
    case $first in
      Collecting | Downloaded) n=$((n + 1)) ;;
      Installing | Prepared) second=unpacking ;;
      *) continue ;;
    esac
    [ ! -t 1 ] || printf '\r\033[Ksetup: %d: %s' "$n" "$second"
  done
  [ ! -t 1 ] || printf '\r\033[K'
}

# The locks are whole, so nothing need be worked out, and what is imported is compiled then (import_all), which most
# never is. uv needs seconds where pip needs a minute and a half. Where uv cannot be had or gets nothing from the
# machine's index, pip does it, whose settings for mirrors, keys and certificates a machine may have instead.
install() {
  install_by_uv "$@" || install_by_pip "$@"
}

install_by_uv() {
  local index
  index=${PIP_INDEX_URL:-$("$python" -m pip config get global.index-url 2>/dev/null || :)}
  [ -z "$index" ] || export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$index}
  UV_HTTP_TIMEOUT=${PIP_DEFAULT_TIMEOUT:-60} \
    logged "$venv/bin/uv" pip install --python "$python" --no-deps "$@"
}

install_by_pip() {
  logged "$python" -m pip install --progress-bar off --no-deps --no-compile "$@"
}

logged() { "$@" 2>&1 | tee -a "$log" | progress; }

fill_venv() {
  install_by_pip --require-hashes "${wheels[@]}" -r requirements/lock.txt || :
  say "installing the locked packages (about 190 MB the first time)"
  install --require-hashes "${wheels[@]}" -r requirements/build.txt \
    -r requirements/runtime.txt -r requirements/embedded.txt -r requirements/parquet.txt -r requirements/dev.txt
  install --no-build-isolation --editable .
  "$python" -m pip check >>"$log" 2>&1
  import_all >>"$log" 2>&1
}

# Whatever the commands and services import is compiled now, also for processes that may not write it.
import_all() {
  local part
  "$venv/bin/amends" --help
  for part in intake resolution followup metrics standalone.provider; do
    "$python" -m "services.$part" --help
  done
}

failed() {
  printf 'setup: failed; the last lines of %s:\n' "$log" >&2
  tail -n 15 "$log" >&2
  exit 1
}

main() {
  local base
  if suits "$python" && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint)" ]; then
    return
  fi
  : >"$log"
  rm -f "$stamp"
  if ! suits "$python" || ! has_pip || [ "$(sed -n 's/^made in //p' "$venv/.amends-root" 2>/dev/null)" != "$root" ]; then
    base=$(find_python)
    say "making .venv with $("$base" --version 2>&1) ($base)"
    make_venv "$base"
    printf 'made in %s\n' "$root" >"$venv/.amends-root"
  fi
  trap failed ERR
  fill_venv
  trap - ERR
  fingerprint >"$stamp"
  say "ready: $("$python" --version) in .venv"
}

# Two makes at once must not build one environment.
if command -v flock >/dev/null; then
  exec 9<scripts/setup.sh
  flock 9
fi
main
