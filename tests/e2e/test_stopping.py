"""How a server ends and comes back in order: signals, draining, and replacing itself."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from tests.support.server import Server, is_alive
from tests.support.waiting import eventually
from tests.support.warm import warm

WAITING = """
import pathlib, time
print("up", flush=True)
while not pathlib.Path("go").exists():
    time.sleep(0.01)
print("done")
"""


def running(server: Server) -> tuple[str, int]:
    """A run that waits for `go`, and its process."""
    server.write_task("waiting", WAITING)
    run_id = server.submit("waiting")["id"]
    server.until(run_id, "running")
    eventually(lambda: server.log_text(run_id) == "up\n", what="the run is at work")
    return run_id, server.process_of(run_id)


def command(server: Server, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(warm().command), *words, "--data", str(server.data)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@contextmanager
def hammering(url: str) -> Iterator[list[str]]:
    """Asks for the health all the time, each time on a new connection; yields what went wrong."""
    wrong: list[str] = []
    asked = threading.Event()
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                answer = httpx2.get(f"{url}/api/system/health", timeout=30)
                if answer.status_code not in (200, 503):
                    wrong.append(answer.text)
            except httpx2.ConnectError as error:
                wrong.append(f"refused: {error}")
            except httpx2.TransportError:
                pass  # cut off in the middle; the next try must be taken
            asked.set()

    client = threading.Thread(target=ask)
    client.start()
    try:
        assert asked.wait(30)
        yield wrong
    finally:
        stop.set()
        client.join()


def test_sigterm_leaves_the_runs_to_the_next_server(server: Server) -> None:
    run_id, pid = running(server)
    assert server.terminate() == 0
    assert "go on; the next server on this data folder adopts them" in server.log()
    assert "Traceback" not in server.log()
    assert not (server.data / "server.json").exists()
    assert is_alive(pid)
    server.start()
    assert server.run(run_id)["status"] == "running"
    assert server.process_of(run_id) == pid
    (server.tasks / "go").touch()
    assert server.until(run_id)["status"] == "succeeded"
    assert server.log_text(run_id) == "up\ndone\n"


def test_draining_waits_for_runs_and_still_answers(stopped_server: Server) -> None:
    server = stopped_server.start("--on-stop", "drain")
    run_id, _ = running(server)
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)
    eventually(lambda: "waiting for 1 run" in server.log(), what="it says what it waits for")
    late = server.submit("waiting", if_busy="queue")["id"]  # taken, but not started any more
    assert server.run(run_id)["status"] == "running"
    (server.tasks / "go").touch()
    assert server.process.wait(20) == 0
    server.start("--on-stop", "leave")
    assert server.run(run_id)["status"] == "succeeded"
    assert server.until(late)["status"] == "succeeded"


def test_a_second_signal_ends_the_drain_at_once(stopped_server: Server) -> None:
    server = stopped_server.start("--on-stop", "drain")
    run_id, pid = running(server)
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)
    eventually(lambda: "waiting for 1 run" in server.log())
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(5) == 130
    assert is_alive(pid)
    server.start()
    assert server.process_of(run_id) == pid
    (server.tasks / "go").touch()
    assert server.until(run_id)["status"] == "succeeded"


def test_open_streams_do_not_keep_the_server_from_stopping(server: Server) -> None:
    with (
        httpx2.Client(base_url=server.url, timeout=30) as client,
        client.stream("GET", "/api/v1/events") as events,
    ):
        lines = events.iter_lines()
        assert any('"hello"' in line for line in lines)
        assert server.terminate() == 0
        assert [line for line in lines if line.startswith("data")] == []  # ends, and in order


def test_restart_keeps_the_socket_the_process_and_the_runs(stopped_server: Server) -> None:
    server = stopped_server.start(python=sys.executable)
    run_id, pid = running(server)
    assert server.process is not None
    before = server.http.get("/api/v1/system").json()["started_at"]
    with hammering(server.url) as wrong:
        done = command(server, "restart")
        assert (done.returncode, done.stderr) == (0, "")
        again = command(server, "restart")  # the fresh one can be replaced too
        assert again.returncode == 0, again.stderr
    assert wrong == []
    assert server.process.poll() is None
    assert f"process {server.process.pid}" in done.stdout
    assert server.http.get("/api/v1/system").json()["started_at"] > before
    run = server.run(run_id)
    assert (run["status"], run["attempts"][0]["pid"]) == ("running", pid)
    (server.tasks / "go").touch()
    assert server.until(run_id)["status"] == "succeeded"
    assert server.log_text(run_id) == "up\ndone\n"


def test_stop_by_command(server: Server) -> None:
    assert server.process is not None
    done = command(server, "stop")
    assert (done.returncode, done.stderr) == (0, "")
    assert server.process.wait(10) == 0
    assert command(server, "stop").returncode == 3
