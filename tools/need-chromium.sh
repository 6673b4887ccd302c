#!/usr/bin/env bash
# The tests of the page drive Debian's chromium; see that it is there.
set -euo pipefail
command -v chromium >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y chromium fonts-noto-cjk >/dev/null && exit 0
fi
echo "The tests of the page need chromium: sudo apt-get install chromium fonts-noto-cjk" >&2
exit 1
