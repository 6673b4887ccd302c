"""A real PostgreSQL for tests: one throw-away cluster per test process, one database per test."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_ACCOUNTS = ("postgres", "nobody")  # initdb refuses to run as root
_SETTINGS = {
    "listen_addresses": "''",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "autovacuum": "off",
}


class Cluster:
    """A PostgreSQL server on a Unix socket in its own folder, until `stop`."""

    def __init__(self) -> None:
        self._binaries = _binaries()
        self.folder = Path(tempfile.mkdtemp(prefix="rypg", dir="/tmp"))
        self._data = self.folder / "data"
        self._numbers = count(1)
        account = _account()
        if account is not None:
            shutil.chown(self.folder, account)
        self._as_account = (
            [] if account is None else ["setpriv", f"--reuid={account}", "--clear-groups"]
        )
        self._run(
            "initdb", f"--pgdata={self._data}", "--username=runyard", "--auth=trust", "--no-sync",
            "--encoding=UTF8", "--locale=C",
        )  # fmt: skip
        self.start()
        self._make("template")
        from runyard.store import open_store

        open_store(self.url("template")).close()

    def url(self, database: str) -> str:
        return f"postgresql://runyard@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """The URL of a fresh database with the newest schema."""
        name = f"test{next(self._numbers)}"
        self._make(name, template="template")
        return self.url(name)

    def new_empty_database(self) -> str:
        name = f"empty{next(self._numbers)}"
        self._make(name)
        return self.url(name)

    def start(self) -> None:
        options = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
        self._run(
            "pg_ctl", "start", "-w", f"--pgdata={self._data}", f"--log={self.folder}/log",
            f"--options={options} -c unix_socket_directories={self.folder}",
        )  # fmt: skip

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "stop", "-w", f"--pgdata={self._data}", f"--mode={mode}")

    def remove(self) -> None:
        pid_file = self._data / "postmaster.pid"
        if pid_file.exists():
            os.kill(int(pid_file.read_text().split()[0]), signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def execute(self, statement: str, *, database: str = "postgres") -> None:
        import psycopg

        with psycopg.connect(
            host=str(self.folder), user="runyard", dbname=database, autocommit=True
        ) as connection:
            connection.execute(statement.encode())

    def _make(self, name: str, *, template: str = "template0") -> None:
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as_account, str(self._binaries / program), *arguments]
        # pg_ctl's server keeps the descriptors it is given, so output goes to a file.
        output = self.folder / "output"
        with output.open("wb") as file:
            done = subprocess.run(command, stdout=file, stderr=file, cwd="/", check=False)
        if done.returncode != 0:
            log = self.folder / "log"
            more = log.read_text() if log.exists() else ""
            pytest.fail(f"{program} failed: {output.read_text()}\n{more[-2000:]}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """The PostgreSQL of this test process; tests that stop it make a Cluster of their own."""
    cluster = Cluster()
    yield cluster
    cluster.remove()


def _binaries() -> Path:
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4])
    )
    if not folders:
        pytest.fail(
            "The store's tests need PostgreSQL's server programs (initdb, pg_ctl): "
            "install the package `postgresql`."
        )
    return folders[-1].parent


def _account() -> str | None:
    """Whom to run as: ourselves, unless we are root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in _ACCOUNTS if name in names)
