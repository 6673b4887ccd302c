"""The real server on PostgreSQL: a journey, a kill, and a database that goes away for a while."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.postgres import Cluster
from tests.support.server import Server, is_alive
from tests.support.waiting import eventually

WAITING = """
import pathlib, runyard, sys, time
runyard.progress(10, "waits")
while not pathlib.Path("go").exists():
    time.sleep(0.01)
runyard.result({"answer": 42})
print("done")
"""


@pytest.fixture(scope="module")
def own_cluster() -> Iterator[Cluster]:
    """One that may be stopped."""
    cluster = Cluster()
    yield cluster
    cluster.remove()


def test_runs_survive_a_kill_of_the_server(stopped_server: Server, own_cluster: Cluster) -> None:
    server = stopped_server.start("--db", own_cluster.new_empty_database())
    assert server.http.get("/api/v1/system").json()["store"] == "postgresql"
    server.write_task("hello", "print('hello')\n")
    server.write_task("waiting", WAITING)
    assert server.finished("hello")["status"] == "succeeded"
    run_id = server.submit("waiting")["id"]
    eventually(lambda: server.run(run_id)["message"] == "waits")
    pid = server.process_of(run_id)
    behind = server.submit("waiting")["id"]
    server.kill()
    assert is_alive(pid)
    server.start()
    assert server.process_of(run_id) == pid
    assert server.run(behind)["waiting_for"]["code"] == "key_busy"
    (server.tasks / "go").touch()
    for ended in (server.until(run_id), server.until(behind)):
        assert (ended["status"], ended["result"]) == ("succeeded", {"answer": 42})
    listed = server.http.get("/api/v1/runs").json()["items"]
    assert {run["status"] for run in listed} == {"succeeded"}
    assert len(listed) == 3


def test_outcomes_outlive_a_database_that_was_away(
    stopped_server: Server, own_cluster: Cluster
) -> None:
    server = stopped_server.start("--db", own_cluster.new_empty_database())
    server.write_task("waiting", WAITING)
    run_id = server.submit("waiting")["id"]
    eventually(lambda: server.run(run_id)["message"] == "waits")
    pid = server.process_of(run_id)
    own_cluster.stop("immediate")
    try:
        refused = server.http.post("/api/v1/tasks/waiting/runs", json={})
        assert refused.status_code == 503, refused.text
        assert refused.json()["code"] == "store_unavailable"
        assert "retry-after" in refused.headers
        assert server.http.get(f"/api/v1/runs/{run_id}").status_code == 503
        (server.tasks / "go").touch()
        eventually(lambda: not is_alive(pid), what="the run ends without the database")
    finally:
        own_cluster.start()
    eventually(lambda: server.http.get(f"/api/v1/runs/{run_id}").status_code == 200)
    run = server.until(run_id, timeout_s=160)
    assert (run["status"], run["result"]) == ("succeeded", {"answer": 42})
    assert server.log_text(run_id) == "done\n"
    assert server.finished("waiting")["status"] == "succeeded"
    assert server.process is not None
    assert server.process.poll() is None
