"""The `runyard` command against the real server: exit statuses, following, reasons, `init`."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.support.server import Server
from tests.support.waiting import eventually

LIMITED = "# /// script\n# [tool.runyard]\n# timeout = 0.5\n# ///\nimport time\ntime.sleep(600)\n"
SLEEPER = "import time\nprint('up', flush=True)\ntime.sleep(600)\n"


@pytest.fixture
def shell(module_server: Server) -> Shell:
    return Shell(url=module_server.url)


@pytest.mark.parametrize(
    ("code", "status", "shown"),
    [
        ("print('fine')\n", 0, "fine\n"),
        ("print('bad')\nraise SystemExit(9)\n", 1, "bad\n"),
        (LIMITED, 124, ""),
        ("import os\nos.kill(os.getpid(), 11)\n", 1, ""),
    ],
    ids=["succeeded", "failed", "timed out", "signal"],
)
def test_follow_exits_as_the_run_does(
    module_server: Server, shell: Shell, code: str, status: int, shown: str
) -> None:
    module_server.write_task("subject", code)
    done = shell("run", "subject", "--follow")
    assert done.code == status, done.err
    assert shown in done.out
    assert "Traceback" not in done.err


def test_a_run_is_listed_explained_followed_and_cancelled(
    module_server: Server, shell: Shell
) -> None:
    module_server.write_task("sleeper", SLEEPER)
    first = shell("run", "sleeper").out.strip()
    module_server.until(first, "running")
    second = shell("run", "sleeper").out.strip()
    eventually(lambda: module_server.log_text(first) == "up\n")
    listed = {run["id"]: run["status"] for run in shell("ps", "--json").json}
    assert listed == {first: "running", second: "queued"}
    why = shell("why", second)
    assert first in why.out
    following = shell.start("logs", "-f", first)
    assert following.stdout is not None
    assert following.stdout.readline() == "up\n"
    assert shell("cancel", second, first, "--reason", "enough", "--wait").code == 0
    _, complaints = following.communicate(timeout=120)
    assert following.returncode == 130, complaints
    assert "enough" in shell("why", first).out
    assert shell("ps", "--json").json == []


def test_following_goes_on_over_a_kill_of_the_server(stopped_server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
    server = stopped_server.start("--port", port)
    server.write_task(
        "paced",
        "import pathlib, time\n"
        "print('one', flush=True)\n"
        "while not pathlib.Path('go').exists(): time.sleep(0.01)\n"
        "print('two')\n",
    )
    run_id = server.submit("paced")["id"]
    following = Shell(url=server.url).start("logs", "-f", run_id)
    assert following.stdout is not None
    assert following.stdout.readline() == "one\n"
    server.kill()
    server.start()
    (server.tasks / "go").touch()
    rest, complaints = following.communicate(timeout=240)
    assert (following.returncode, rest) == (0, "two\n"), complaints


def test_who_has_no_server_is_told_so(tmp_path: Path) -> None:
    done = Shell(url="http://127.0.0.1:9")("ps")
    assert done.code == 5
    assert "Traceback" not in done.err


def test_the_examples_of_init_are_whole(stopped_server: Server) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "runyard", "init", str(stopped_server.tasks)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert "runyard serve --tasks" in made.stderr
    server = stopped_server.start("--app", str(stopped_server.tasks / "_app.py"))
    tasks = server.http.get("/api/v1/tasks").json()["items"]
    assert len(tasks) >= 4
    assert [task["id"] for task in tasks if task["problems"]] == []
    assert server.http.get("/api/v1/system").json()["problems"] == []
