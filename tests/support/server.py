"""A real server in a process of its own, on a free port, with folders of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.waiting import eventually
from tests.support.warm import Command, warm

FINAL = {"succeeded", "failed", "timed_out", "cancelled", "crashed"}


class Server:
    """Start, kill and ask a server; its folders survive it, so that it can be started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tasks = folder / "tasks"
        self.data = folder / "data"
        self.output = folder / "server.out"
        self.tasks.mkdir(exist_ok=True)
        self.process: subprocess.Popen[bytes] | Command | None = None
        self.url = ""
        self._http: httpx2.Client | None = None
        self._options: Sequence[str] = ()
        self._env: Mapping[str, str] = {}

    # Life

    def start(
        self,
        *options: str,
        env: Mapping[str, str] | None = None,
        give_tasks: bool = True,
        python: str | None = None,
    ) -> Server:
        """Returns when the server answers. Without options those of the last start are used.

        `python`: with this interpreter from its very start, not as a fork of the warm process.
        """
        self._options = options or self._options
        self._env = env if env is not None else self._env
        (self.data / "server.json").unlink(missing_ok=True)
        self._close_http()
        words = [
            *("serve", "--port", "0"),
            *(("--tasks", str(self.tasks)) if give_tasks else ()),
            *("--data", str(self.data), *self._options),
        ]
        with self.output.open("ab") as output:
            self.process = self._launch(words, python, output.fileno())
        self.url = eventually(self._announced, timeout_s=240, what="the server announces itself")
        self._http = httpx2.Client(base_url=self.url, timeout=240)
        eventually(self._answers, timeout_s=120, what="the server answers")
        return self

    def _launch(
        self, words: list[str], python: str | None, output: int
    ) -> subprocess.Popen[bytes] | Command:
        env = {**os.environ, **self._env}
        if python is None:
            return warm().start(words, stdout=output, stderr=output, cwd=self.folder, env=env)
        return subprocess.Popen(
            [python, "-m", "runyard", *words],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=self.folder,
            env=env,
        )

    def _announced(self) -> str:
        assert self.process is not None
        if self.process.poll() is not None:
            pytest.fail(f"the server ended with {self.process.returncode}:\n{self.log()}")
        try:
            facts = json.loads((self.data / "server.json").read_bytes())
        except (OSError, ValueError):
            return ""
        return str(facts["url"])

    def _answers(self) -> bool:
        try:
            return self.http.get("/api/system/health").status_code == 200
        except httpx2.TransportError:
            return False

    def kill(self) -> None:
        """kill -9 of the server alone."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(120)
        self._close_http()

    def terminate(self) -> int:
        """SIGTERM, and its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(120)
        self._close_http()
        return status

    def end(self) -> None:
        """Everything of this server is gone afterwards, its supervisor and runs too."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(120)
        self._close_http()
        supervisor = self.supervisor_pid()
        if supervisor is not None:
            kill_if_there(supervisor)

    def supervisor_pid(self) -> int | None:
        """Of the living supervisor of this data folder, whether a server knows it or not."""
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                command = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            ours = str(self.data) in command and "serve" not in command
            if ours and any("runyard.process.supervisor" in part for part in command):
                return int(entry.name) if is_alive(int(entry.name)) else None
        return None

    def log(self) -> str:
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def _close_http(self) -> None:
        if self._http is not None:
            self._http.close()
            self._http = None

    # Asking

    @property
    def http(self) -> httpx2.Client:
        assert self._http is not None
        return self._http

    def write_task(self, task_id: str, text: str) -> None:
        """Put a script into the folder and wait until the server has it with this content."""
        (self.tasks / f"{task_id}.py").write_text(text)

        def known() -> bool:
            answer = self.http.get(f"/api/v1/tasks/{task_id}")
            return answer.status_code == 200 and answer.json()["content"] == text

        eventually(known, what=f"task {task_id} is known")

    def submit(self, task_id: str, **request: Any) -> dict[str, Any]:
        answer = self.http.post(f"/api/v1/tasks/{task_id}/runs", json=request)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def run(self, run_id: str) -> dict[str, Any]:
        answer = self.http.get(f"/api/v1/runs/{run_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def until(self, run_id: str, *statuses: str, timeout_s: float = 180) -> dict[str, Any]:
        """The run once it is in one of `statuses` (default: final)."""
        wanted = set(statuses) or FINAL

        def reached() -> dict[str, Any] | None:
            run = self.run(run_id)
            assert run["status"] in wanted, f"it is {run['status']}: {run['error']}"
            return run

        found = eventually(reached, timeout_s=timeout_s, what=f"{run_id} becomes {wanted}")
        assert found is not None
        return found

    def process_of(self, run_id: str) -> int:
        """The process id of the newest attempt, which is told a moment after it has started."""

        def told() -> int | None:
            attempts = self.run(run_id)["attempts"]
            return attempts[-1]["pid"] if attempts else None

        pid = eventually(told, what=f"{run_id} has a process")
        assert pid is not None
        return pid

    def finished(self, task_id: str, **request: Any) -> dict[str, Any]:
        """Submit and wait for the end."""
        return self.until(self.submit(task_id, **request)["id"])

    def log_text(self, run_id: str) -> str:
        answer = self.http.get(f"/api/v1/runs/{run_id}/log", params={"format": "text"})
        assert answer.status_code == 200, answer.text
        return answer.text


def is_alive(pid: int) -> bool:
    """Whether the process is there and not a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def kill_if_there(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    eventually(lambda: not is_alive(pid), what=f"process {pid} is gone")


@pytest.fixture(scope="module")
def module_server() -> Iterator[Server]:
    """A server that the tests of a module share: none stops it, and each has its own task ids."""
    folder = Path(tempfile.mkdtemp(prefix="ry", dir="/tmp"))
    server = Server(folder)
    try:
        yield server.start()
    finally:
        server.end()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def shared_server(module_server: Server) -> Iterator[Server]:
    """The module's server, with nothing that lives, waits or is defined when the test begins."""
    yield module_server
    sweep(module_server)


def sweep(server: Server) -> None:
    everything = {"filter": {"status": "live"}, "reason": "the test is over"}
    server.http.post("/api/v1/runs/cancel", json=everything)
    live = {"status": "live", "limit": "1"}
    eventually(
        lambda: not server.http.get("/api/v1/runs", params=live).json()["items"],
        what="the runs of the test end",
    )
    plain = {"limit": None, "rate": None, "paused": False}
    for queue in server.http.get("/api/v1/queues").json()["items"]:
        server.http.patch(f"/api/v1/queues/{queue['name']}", json=plain)
    for task in server.http.get("/api/v1/tasks", params={"limit": 500}).json()["items"]:
        server.http.delete(f"/api/v1/tasks/{task['id']}")


@pytest.fixture
def stopped_server(short_folder: Path) -> Iterator[Server]:
    """A server that is not started yet."""
    server = Server(short_folder)
    yield server
    server.end()


@pytest.fixture
def server(stopped_server: Server) -> Server:
    """A server that answers."""
    return stopped_server.start()
