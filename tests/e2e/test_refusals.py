"""What `runyard serve` refuses, and that it says so in a line instead of a traceback."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server import Server
from tests.support.waiting import eventually
from tests.support.warm import warm


def serve(
    folder: Path, *options: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A server that is expected to refuse, so it ends by itself."""
    return subprocess.run(
        [str(warm().command), "serve", "--port", "0", *options],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        cwd=folder,
        env={**os.environ, **(env or {})},
    )


def assert_refused(done: subprocess.CompletedProcess[str], status: int, *said: str) -> None:
    assert done.returncode == status, done.stderr
    for words in said:
        assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 5, done.stderr


def test_a_second_server_on_the_data_folder(module_server: Server, tmp_path: Path) -> None:
    assert module_server.process is not None
    done = serve(tmp_path, "--data", str(module_server.data))
    assert_refused(
        done, 4, "is served already", f"process {module_server.process.pid}", module_server.url
    )
    assert "--data" in done.stderr  # what to do about it
    assert module_server.http.get("/api/system/health").status_code == 200


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_port_in_use(tmp_path: Path, taken_port: int) -> None:
    done = serve(tmp_path, "--port", str(taken_port))
    assert_refused(done, 2, f"127.0.0.1:{taken_port}", "in use", "--port")


def test_addresses_that_others_reach(tmp_path: Path) -> None:
    done = serve(tmp_path, "--host", "0.0.0.0")
    assert_refused(done, 2, "loopback", "0.0.0.0", "everyone who reaches it can run code")
    assert not (tmp_path / ".runyard").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tasks = [", "runyard.toml can't be read"),
        ("max_wrokers = 3\n", "max_wrokers"),
        ("max_workers = 0\n", "max_workers"),
        ('timeout = "soon"\n', "timeout"),
        ("\xff", "runyard.toml can't be read"),
    ],
)
def test_wrong_settings_files(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "runyard.toml").write_bytes(text.encode("latin-1"))
    assert_refused(serve(tmp_path), 2, said)


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"RUNYARD_MAX_WORKERS": "x"}, "max_workers"),
        ({"MAX_TASK_WORKERS": "many"}, "max_workers"),
        ({"TASK_TIMEOUT": "soon"}, "timeout"),
        ({"LOG_LEVEL": "LOUD"}, "log_level"),
    ],
)
def test_wrong_environment(tmp_path: Path, env: dict[str, str], said: str) -> None:
    assert_refused(serve(tmp_path, env=env), 2, said)


def test_a_data_folder_that_can_not_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = serve(tmp_path, "--data", str(tmp_path / "file"))
    assert_refused(done, 2, "data folder", "--data")


def test_logs_where_no_folder_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = serve(tmp_path, "--logs", str(tmp_path / "file" / "logs"))
    assert_refused(done, 2, "logs")


def test_tasks_where_no_folder_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = serve(tmp_path, "--tasks", str(tmp_path / "file" / "tasks"))
    assert_refused(done, 2, "tasks")


@pytest.mark.parametrize("db", ["nonsense", "mysql://localhost/x", "postgresql:///x?host=/absent"])
def test_databases_that_are_not_there(tmp_path: Path, db: str) -> None:
    done = serve(tmp_path, "--db", db)
    assert done.returncode in (1, 2), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


def test_a_database_of_something_else(tmp_path: Path) -> None:
    (tmp_path / ".runyard").mkdir()
    (tmp_path / ".runyard" / "runyard.db").write_bytes(b"this is no database\n" * 500)
    done = serve(tmp_path)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "file is not a database" in done.stderr
    assert "server running" not in done.stderr


def test_a_refused_server_leaves_no_supervisor(stopped_server: Server) -> None:
    """One that was started early, to be up in time, would wait a minute for another server."""
    stopped_server.data.mkdir()
    (stopped_server.data / "runyard.db").write_bytes(b"this is no database\n" * 500)
    done = serve(stopped_server.folder, "--data", str(stopped_server.data))
    assert done.returncode == 1, done.stderr
    assert (stopped_server.data / "supervisor.log").exists(), "one was started"
    eventually(
        lambda: stopped_server.supervisor_pid() is None, timeout_s=30, what="the supervisor ends"
    )


def test_the_older_names_of_settings(stopped_server: Server) -> None:
    folder = stopped_server.folder
    env = {
        "TASKS_DIR": str(folder / "old-tasks"),
        "LOGS_DIR": str(folder / "old-logs"),
        "MAX_TASK_WORKERS": "3",
        "TASK_TIMEOUT": "1",
        "LOG_LEVEL": "debug",
    }
    stopped_server.tasks = folder / "old-tasks"
    stopped_server.tasks.mkdir()
    server = stopped_server.start(env=env, give_tasks=False)
    assert server.http.get("/api/v1/system").json()["max_workers"] == 3
    server.write_task("sleepy", "import time\nprint('up', flush=True)\ntime.sleep(600)\n")
    run = server.finished("sleepy")
    assert run["status"] == "timed_out"
    assert (folder / "old-logs" / f"sleepy_{run['id']}.log").read_bytes().startswith(b"up\n")
