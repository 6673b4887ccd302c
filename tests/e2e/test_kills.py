"""The server may die; the work lives on: kills of the real server, supervisor and zygote."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from runyard.store import open_store, runs
from tests.support.server import Server, is_alive, kill_if_there
from tests.support.waiting import eventually

COUNTER = """
import sys, time
for n in range({lines}):
    print(n)
    print(n, file=sys.stderr)
    time.sleep({pause})
sys.exit({exit_code})
"""


def counter(*, lines: int, pause: float, exit_code: int = 0) -> str:
    return COUNTER.format(lines=lines, pause=pause, exit_code=exit_code)


def test_runs_go_on_while_the_server_is_dead_and_are_adopted(server: Server) -> None:
    server.write_task("count", counter(lines=300, pause=0.01))
    server.write_task("brief", counter(lines=30, pause=0.01, exit_code=7))
    long, brief = server.submit("count"), server.submit("brief")
    pid = server.process_of(long["id"])
    server.process_of(brief["id"])
    server.kill()
    brief_log = server.data / "logs" / f"brief_{brief['id']}.log"
    eventually(lambda: b"29\n" in brief_log.read_bytes(), what="the brief run ends on its own")
    assert is_alive(pid)

    server.start()
    assert server.process_of(long["id"]) == pid
    ended = server.until(brief["id"])
    assert (ended["status"], ended["attempts"][-1]["exit_code"]) == ("failed", 7)
    assert server.until(long["id"])["status"] == "succeeded"
    lines = server.log_text(long["id"]).split()
    assert sorted(lines) == sorted([str(n) for n in range(300)] * 2)


def test_progress_and_result_that_came_while_the_server_was_dead_are_kept(server: Server) -> None:
    server.write_task(
        "report",
        "import runyard, time, pathlib\n"
        "runyard.progress(10, 'ready')\n"
        "while not pathlib.Path('go').exists(): time.sleep(0.01)\n"
        "runyard.progress(90, 'nearly')\n"
        "runyard.result({'answer': 42})\n"
        "pathlib.Path('gone').touch()\n",
    )
    run_id = server.submit("report")["id"]
    eventually(lambda: server.run(run_id)["message"] == "ready")
    server.kill()
    (server.tasks / "go").touch()
    eventually((server.tasks / "gone").exists)
    server.start()
    run = server.until(run_id)
    assert (run["status"], run["result"], run["message"]) == (
        "succeeded",
        {"answer": 42},
        "nearly",
    )


def test_cancel_is_carried_out_by_the_next_server(server: Server) -> None:
    server.write_task("stubborn", counter(lines=10_000, pause=0.05))
    run_id = server.submit("stubborn")["id"]
    pid = server.process_of(run_id)
    # The cancel is durable when it is answered; what comes next must not depend on this server.
    assert server.http.post(f"/api/v1/runs/{run_id}/cancel", json={}).status_code in (200, 202)
    server.kill()
    server.start()
    assert server.until(run_id)["status"] == "cancelled"
    assert not is_alive(pid)


def test_a_dead_supervisor_takes_its_runs_with_it_and_they_are_retried_by_policy(
    server: Server,
) -> None:
    plain = counter(lines=10_000, pause=0.05)
    server.write_task("once", plain)
    server.write_task(
        "again", "# /// script\n# [tool.runyard]\n# retries = {crash = 1}\n# ///\n" + plain
    )
    once, again = server.submit("once")["id"], server.submit("again")["id"]
    pids = [server.process_of(run_id) for run_id in (once, again)]
    supervisor = server.supervisor_pid()
    assert supervisor is not None
    kill_if_there(supervisor)
    run = server.until(once)
    assert (run["status"], run["error"]["type"]) == ("crashed", "supervisor_lost")
    for pid in pids:
        eventually(lambda pid=pid: not is_alive(pid), what="the run ends with its supervisor")  # type: ignore[misc]
    retried = server.until(again, "running")
    eventually(lambda: server.run(again)["attempt"] == 2)
    assert retried["crashes"] <= 1
    assert server.http.post(f"/api/v1/runs/{again}/cancel", json={}).status_code in (200, 202)
    assert server.until(again)["status"] == "cancelled"


def test_when_all_is_killed_at_once_no_run_stays_running(server: Server) -> None:
    server.write_task("sleep", counter(lines=10_000, pause=0.05))
    run_id = server.submit("sleep")["id"]
    pid = server.process_of(run_id)
    supervisor = server.supervisor_pid()
    assert supervisor is not None
    server.kill()
    kill_if_there(supervisor)
    server.start()
    run = server.until(run_id)
    assert (run["status"], run["error"]["type"]) == ("crashed", "supervisor_lost")
    assert not is_alive(pid)


async def claim_unseen(server: Server, run_id: str) -> None:
    """What a server leaves that is killed between writing a start and asking for it."""
    store = open_store(f"sqlite:///{server.data / 'runyard.db'}")
    now = datetime.now(UTC)
    claimed = await store.write(lambda tx: runs.claim(tx, [run_id], at=now))
    store.close()
    assert [run.status for run in claimed] == ["running"]


@pytest.mark.parametrize(
    ("ending", "status"), [(signal.SIGTERM, "succeeded"), (signal.SIGKILL, "crashed")]
)
def test_a_claimed_run_that_never_started_is_started_if_that_is_certain(
    server: Server, ending: signal.Signals, status: str
) -> None:
    """The supervisor left meanwhile: in order (as when it was alone for long), or killed."""
    server.write_task("hello", "print('hello')\n")
    server.http.patch("/api/v1/queues/script", json={"paused": True})
    run_id = server.submit("hello")["id"]
    server.kill()
    asyncio.run(claim_unseen(server, run_id))
    supervisor = server.supervisor_pid()
    assert supervisor is not None
    os.kill(supervisor, ending)
    eventually(lambda: not is_alive(supervisor), what="the supervisor is gone")
    server.start()
    run = server.until(run_id)
    assert (run["status"], run["attempt"]) == (status, 1)
    if status == "succeeded":
        assert server.log_text(run_id) == "hello\n"
        assert "claimed but not started" in server.log()
    else:
        assert run["error"]["type"] == "supervisor_lost"


def test_a_killed_zygote_crashes_its_runs_and_the_next_run_is_fine(server: Server) -> None:
    server.write_task("sleep", counter(lines=10_000, pause=0.05))
    server.write_task("hello", "print('hello')\n")
    run_id = server.submit("sleep")["id"]
    pid = server.process_of(run_id)
    stat = Path(f"/proc/{pid}/stat").read_text()
    kill_if_there(int(stat.rpartition(")")[2].split()[1]))
    run = server.until(run_id)
    assert (run["status"], run["error"]["type"]) == ("crashed", "zygote_lost")
    assert server.finished("hello")["status"] == "succeeded"


@pytest.mark.timeout(900)
def test_random_kills_lose_no_accepted_run_and_run_none_twice(stopped_server: Server) -> None:
    """The server is killed at random moments while clients submit; every 201 ends once."""
    server = stopped_server.start("--max-workers", "4")
    server.write_task(
        "mark",
        "# /// script\n# [tool.runyard]\n# concurrency = 0\n# ///\n"
        "import os, runyard\n"
        "name = runyard.context().run_id\n"
        "os.close(os.open(f'../marks/{name}', os.O_CREAT | os.O_EXCL))\n"
        "print(name)\n",
    )
    (server.folder / "marks").mkdir()
    accepted: list[str] = []
    stop = threading.Event()

    def submit_all_the_time() -> None:
        while not stop.is_set():
            try:
                with httpx2.Client(base_url=server.url, timeout=10) as client:
                    while not stop.is_set():
                        answer = client.post("/api/v1/tasks/mark/runs", json={})
                        if answer.status_code == 201:
                            accepted.append(answer.json()["id"])
            except httpx2.TransportError:
                stop.wait(0.05)

    clients = [threading.Thread(target=submit_all_the_time) for _ in range(2)]
    for client in clients:
        client.start()
    chance = random.Random(7)
    try:
        for _ in range(6):
            before = len(accepted)
            eventually(lambda before=before: len(accepted) > before + 15, timeout_s=240)  # type: ignore[misc]
            stop.wait(chance.uniform(0, 0.05))  # the moment of the kill is what varies
            server.kill()
            server.start()
    finally:
        stop.set()
        for client in clients:
            client.join()
    assert len(accepted) > 90
    for run_id in accepted:
        run = server.until(run_id, timeout_s=240)
        assert run["status"] == "succeeded", run
        assert run["attempt"] == 1
        assert server.log_text(run_id) == f"{run_id}\n"
    marks = set(os.listdir(server.folder / "marks"))
    assert set(accepted) <= marks
    listed = server.http.get("/api/v1/runs", params={"status": "live"}).json()["items"]
    assert listed == []
