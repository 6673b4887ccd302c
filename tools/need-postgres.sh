#!/usr/bin/env bash
# The store's tests start a PostgreSQL of their own; see that its programs are there.
set -euo pipefail
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null && exit 0
command -v initdb >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get -qq update
  # No cluster of the system is wanted, only the programs.
  mkdir -p /etc/postgresql-common
  echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y postgresql >/dev/null
  exit 0
fi
echo "The tests need the PostgreSQL server programs: sudo apt-get install postgresql" >&2
exit 1
