#!/usr/bin/env bash
# Make a virtual environment that holds exactly what a lock file pins, and this checkout.
set -euo pipefail
venv=$1 lock=$2
python=${PYTHON:-python3}

missing() {
  echo "Runyard needs $1." >&2
  echo "On Debian and Ubuntu: sudo apt-get install $2" >&2
  exit 1
}

as_root_install() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y "$1" >/dev/null
}

command -v "$python" >/dev/null || as_root_install python3 || missing "Python 3.11 or newer" python3
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  missing "Python 3.11 or newer ($("$python" --version) is $(command -v "$python"); name another with PYTHON=...)" python3.11
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  as_root_install python3-venv || missing "the module venv" python3-venv
fi

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
uv=$(grep -E '^uv==' "$lock" | sed -E 's/[ ;\\].*//')
[ -x "$venv/bin/uv" ] || "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$uv"
# uv trusts the certificates that it brings. Behind a proxy with one of its own, what pip is told
# counts for uv, too, or else what the system trusts.
if [ -z "${SSL_CERT_FILE:-}${SSL_CERT_DIR:-}${UV_SYSTEM_CERTS:-}" ]; then
  bundle=${PIP_CERT:-${REQUESTS_CA_BUNDLE:-${CURL_CA_BUNDLE:-}}}
  if [ -r "$bundle" ]; then
    export SSL_CERT_FILE=$bundle
  elif [ -n "${HTTPS_PROXY:-${https_proxy:-${ALL_PROXY:-${all_proxy:-}}}}" ]; then
    export UV_SYSTEM_CERTS=true
  fi
fi
export VIRTUAL_ENV=$PWD/$venv UV_PYTHON_DOWNLOADS=never
"$venv/bin/uv" pip sync --quiet "$lock"
"$venv/bin/uv" pip install --quiet --no-deps --no-build-isolation --editable .
