"""Thousands of runs in one call: each with what is its own, in order, and each runs."""

from __future__ import annotations

from tests.support.server import Server
from tests.support.waiting import eventually

TASK = """# /// script
# [tool.runyard]
# concurrency = 0
# labels = ["from-the-task"]
# [tool.runyard.parameters]
# n = { type = "integer", required = true, min = 0 }
# ///
import runyard
runyard.result(runyard.context().params["n"] * 2)
"""


def test_runs_that_differ_in_parameters(shared_server: Server) -> None:
    server = shared_server
    server.write_task("doubled", TASK)
    entries = [{"task_id": "doubled", "params": {"n": n - 1}, "labels": ["x"]} for n in range(40)]
    entries += [{"task_id": "doubled", "params": {"n": "7"}}, {"task_id": "doubled"}]
    answer = server.http.post("/api/v1/runs/bulk", json={"runs": entries})
    assert answer.status_code == 201
    ids, errors = answer.json()["ids"], answer.json()["errors"]
    assert [error["index"] for error in errors] == [0, 41]
    assert {error["code"] for error in errors} == {"invalid"}
    assert [index for index, run_id in enumerate(ids) if run_id is None] == [0, 41]
    made = [run_id for run_id in ids if run_id]
    assert made == sorted(made)
    runs = [server.until(run_id) for run_id in made]
    assert [run["status"] for run in runs] == ["succeeded"] * 40
    assert [run["result"] for run in runs] == [2 * n for n in [*range(39), 7]]
    assert [run["labels"] for run in (runs[0], runs[-1])] == [
        ["from-the-task", "x"],
        ["from-the-task"],
    ]
    listed = server.http.get("/api/v1/runs", params={"label": "x", "limit": 100}).json()["items"]
    assert [run["id"] for run in reversed(listed)] == made[:-1]


def test_waiting_bulk_runs_say_why_and_survive_a_kill(server: Server) -> None:
    server.write_task("doubled", TASK)
    server.http.patch("/api/v1/queues/script", json={"paused": True})
    entries = [{"task_id": "doubled", "params": {"n": n}} for n in range(500)]
    answer = server.http.post("/api/v1/runs/bulk", json={"runs": entries}).json()
    assert server.run(answer["ids"][250])["waiting_for"]["code"] == "queue_paused"
    server.kill()
    server.start()
    assert [server.run(run_id)["params"] for run_id in answer["ids"][::100]] == [
        {"n": n} for n in range(0, 500, 100)
    ]
    cancelled = server.http.post("/api/v1/runs/cancel", json={"filter": {"task_id": "doubled"}})
    assert cancelled.json()["count"] == 500
    server.http.patch("/api/v1/queues/script", json={"paused": False})
    live = {"status": "live", "limit": "1"}
    eventually(lambda: not server.http.get("/api/v1/runs", params=live).json()["items"])
