"""MiroFish's monitoring on a real server: builds, lists, reports, cleanup."""

from __future__ import annotations

import itertools
import json
import sqlite3
import uuid
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.dialects.mirofish.client import KEYS, ONTOLOGY, Fish
from tests.support.waiting import eventually


def test_a_build_from_start_to_end(fish: Fish, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    answer = fish.post(
        "build",
        {"text": f"some words gate:{gate}", "graph_name": "demo", "ontology": ONTOLOGY},
    )
    data = answer["data"]
    assert data["message"] == "图谱构建任务已启动，请通过 /task/{task_id} 查询进度"
    task_id = data["task_id"]
    assert str(uuid.UUID(task_id, version=4)) == task_id
    working = fish.until(task_id, "processing")
    assert set(working) == KEYS
    assert working["task_type"] == "构建图谱: demo"
    for name in ("created_at", "updated_at"):
        assert datetime.fromisoformat(working[name]).tzinfo is None
    assert (working["result"], working["error"]) == (None, None)
    project = fish.project(data["project_id"])
    assert (project["status"], project["graph_build_task_id"]) == ("graph_building", task_id)
    gate.touch()
    done = fish.until(task_id)
    assert (done["status"], done["progress"], done["message"]) == ("completed", 100, "任务完成")
    assert done["result"]["node_count"] == 3
    assert done["progress_detail"] == {"step": "chunks"}
    assert done["metadata"]["project_id"] == data["project_id"]
    assert datetime.fromisoformat(done["updated_at"]) >= datetime.fromisoformat(
        working["created_at"]
    )
    project = fish.project(data["project_id"])
    assert (project["status"], project["graph_id"]) == (
        "graph_completed",
        done["result"]["graph_id"],
    )


def test_text_is_sent_as_it_is(fish: Fish) -> None:
    task_id = fish.build()["task_id"]
    raw = fish.server.http.get(f"/api/graph/task/{task_id}").content
    assert "构建图谱: demo".encode() in raw


def test_lists_are_newest_first_with_their_count(fish: Fish) -> None:
    assert fish.get("tasks") == {"success": True, "data": [], "count": 0}
    ids = [fish.build(graph_name=str(number))["task_id"] for number in range(3)]
    for task_id in ids:
        fish.until(task_id)
    listed = fish.get("tasks")
    assert [task["task_id"] for task in listed["data"]] == ids[::-1]
    assert listed["count"] == 3
    assert all(set(task) == KEYS for task in listed["data"])
    assert fish.get("tasks", task_type="构建图谱: 1")["count"] == 1
    same = Fish(fish.server, "/mirofish/api/graph")
    assert same.get("tasks") == listed


def test_unknown_tasks(fish: Fish) -> None:
    unknown = str(uuid.uuid4())
    assert fish.refused("GET", f"task/{unknown}") == (404, f"任务不存在: {unknown}")
    for wrong in ("x", "..%2f..%2fetc", "a%00b", "%F0%9F%90%9F", "a" * 5000, unknown.upper()):
        status, error = fish.refused("GET", f"task/{wrong}")
        assert status == 404, wrong
        assert error[:5] == "任务不存在" or "%2f" in wrong


def test_a_failing_build_is_tried_again_before_it_fails(fish: Fish) -> None:
    started = fish.build("flaky:2")
    done = fish.until(started["task_id"])
    assert done["status"] == "completed"
    label = {"label": f"mirofish:{started['task_id']}"}
    (run,) = fish.server.http.get("/api/v1/runs", params=label).json()["items"]
    attempts = fish.server.run(run["id"])["attempts"]
    assert [one["status"] for one in attempts] == ["failed", "succeeded"]


def test_after_all_retries_a_build_has_failed_and_keeps_its_progress(fish: Fish) -> None:
    started = fish.build("broken")
    failed = fish.until(started["task_id"])
    assert failed["status"] == "failed"
    assert failed["error"] == "the graph service is away"
    assert failed["message"] == "构建失败: the graph service is away"
    assert failed["progress"] == 42
    assert failed["result"] is None
    label = {"label": f"mirofish:{started['task_id']}"}
    (run,) = fish.server.http.get("/api/v1/runs", params=label).json()["items"]
    attempts = fish.server.run(run["id"])["attempts"]
    assert len(attempts) == 4
    waits = [
        (
            datetime.fromisoformat(later["started_at"])
            - datetime.fromisoformat(earlier["finished_at"])
        ).total_seconds()
        for earlier, later in itertools.pairwise(attempts)
    ]
    assert waits[0] >= 1
    assert waits[1] >= 2
    assert waits[2] >= 4
    project = fish.project(started["project_id"])
    assert (project["status"], project["error"]) == ("failed", "the graph service is away")


def test_a_task_of_a_program_that_does_the_work_itself(fish: Fish) -> None:
    task_id = fish.post("task", {"task_type": "simulate", "metadata": {"n": 1}})["data"]["task_id"]
    task = fish.task(task_id)
    assert (task["status"], task["progress"], task["metadata"]) == ("pending", 0, {"n": 1})
    fish.server.until(_run_of(fish, task_id)["id"], "running")
    assert fish.task(task_id)["status"] == "pending"  # nobody has said anything yet
    fish.post(f"task/{task_id}/update", {})  # a sign of life is no progress
    assert fish.task(task_id)["status"] == "pending"
    fish.post(f"task/{task_id}/update", {"status": "processing", "message": "on it"})
    assert fish.task(task_id)["status"] == "processing"
    fish.post(f"task/{task_id}/update", {"progress": 30, "progress_detail": {"step": 2}})
    before, task = task, fish.task(task_id)
    assert (task["progress"], task["progress_detail"]) == (30, {"step": 2})
    assert task["updated_at"] > before["updated_at"]
    assert task["created_at"] == before["created_at"]
    fish.post(f"task/{task_id}/complete", {"result": {"rounds": 4}})
    done = fish.task(task_id)
    assert (done["status"], done["progress"], done["result"]) == ("completed", 100, {"rounds": 4})
    assert done["message"] == "任务完成"
    assert fish.refused("POST", f"task/{task_id}/fail", {"error": "late"})[0] == 409
    assert fish.task(task_id)["status"] == "completed"


def test_a_reported_failure_keeps_its_progress(fish: Fish) -> None:
    task_id = fish.post("task", {"task_type": "simulate"})["data"]["task_id"]
    fish.server.until(_run_of(fish, task_id)["id"], "running")
    fish.post(f"task/{task_id}/update", {"status": "processing", "progress": 61})
    fish.post(f"task/{task_id}/fail", {"error": "out of fish"})
    failed = fish.task(task_id)
    assert (failed["status"], failed["progress"], failed["error"]) == ("failed", 61, "out of fish")
    assert failed["message"] == "out of fish"


def test_cleanup_takes_what_is_over_by_its_creation(fish: Fish, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    finished = fish.build()["task_id"]
    fish.until(finished)
    running = fish.build(f"gate:{gate}")["task_id"]
    fish.until(running, "processing")
    assert fish.post("tasks/cleanup", {})["data"] == {"removed": 0}
    assert fish.post("tasks/cleanup", {"max_age_hours": 0})["data"] == {"removed": 1}
    assert fish.refused("GET", f"task/{finished}")[0] == 404
    assert fish.task(running)["status"] == "processing"
    gate.touch()
    fish.until(running)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("task", {}),
        ("task", {"task_type": 3}),
        ("task", {"task_type": "x" * 501}),
        ("task", {"task_type": "x", "metadata": [1]}),
        ("tasks/cleanup", {"max_age_hours": "old"}),
        ("tasks/cleanup", {"max_age_hours": -1}),
        ("build", {}),
        ("build", {"project_id": 5}),
        ("build", {"text": "x", "force": "yes"}),
        ("build", {"text": "x", "chunk_size": 0}),
        ("build", {"text": "x", "ontology": "none"}),
    ],
)
def test_wrong_bodies(fish: Fish, path: str, body: dict[str, Any]) -> None:
    assert fish.refused("POST", path, body)[0] == 400


@pytest.mark.parametrize("path", ["task", "tasks/cleanup", "build"])
def test_bodies_that_are_no_json_objects(fish: Fish, path: str) -> None:
    for body in (b"{", b"[1]", b"nonsense", b"\xff", b"[" * 50_000, b'{"task_type": "a\\u0000"}'):
        answer = fish.server.http.post(f"/api/graph/{path}", content=body)
        assert answer.status_code == 400, (body[:20], answer.text)
        assert answer.json()["success"] is False
        assert answer.json()["error"]


def test_wrong_updates(fish: Fish) -> None:
    task_id = fish.post("task", {"task_type": "simulate"})["data"]["task_id"]
    for body in (
        {"progress": 101},
        {"progress": "half"},
        {"progress": True},
        {"status": "running"},
        {"message": 5},
        {"progress_detail": [1]},
    ):
        assert fish.refused("POST", f"task/{task_id}/update", body)[0] == 400, body
    assert fish.refused("POST", f"task/{uuid.uuid4()}/update", {})[0] == 404
    assert fish.refused("POST", f"task/{fish.build()['task_id']}/update", {})[0] == 409


def test_health(fish: Fish) -> None:
    own = fish.server.http.get("/mirofish/health").json()
    assert own.items() >= {"status": "ok", "service": "MiroFish Backend"}.items()
    assert fish.server.http.get("/health").json()["status"] == "ok"
    assert json.dumps(own)


def _run_of(fish: Fish, task_id: str) -> dict[str, Any]:
    label = {"label": f"mirofish:{task_id}"}
    (run,) = fish.server.http.get("/api/v1/runs", params=label).json()["items"]
    return dict(run)


def test_what_is_over_is_gone_a_day_after_its_creation(fish: Fish, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    finished = fish.build()["task_id"]
    fish.until(finished)
    young = fish.build()["task_id"]
    fish.until(young)
    running = fish.build(f"gate:{gate}")["task_id"]
    fish.until(running, "processing")
    day_us = 24 * 3600 * 1_000_000
    with closing(sqlite3.connect(fish.server.data / "runyard.db", timeout=60)) as database:
        database.execute(
            "UPDATE mappings SET created_at = created_at - ? WHERE key IN (?, ?)",
            (day_us + 1_000_000, finished, running),
        )
        database.commit()
    assert fish.refused("GET", f"task/{finished}") == (404, f"任务不存在: {finished}")
    assert {task["task_id"] for task in fish.get("tasks")["data"]} == {young, running}
    assert fish.task(running)["status"] == "processing"
    gate.touch()

    eventually(lambda: _is_over(fish, running), what="its run is over")
    assert fish.refused("GET", f"task/{running}")[0] == 404


def test_a_body_that_is_too_large(fish: Fish) -> None:
    body = b'{"text": "' + b"x" * (17 * 1024 * 1024) + b'"}'
    answer = fish.server.http.post("/api/graph/build", content=body)
    assert (answer.status_code, answer.json()["success"]) == (413, False)


def _is_over(fish: Fish, task_id: str) -> bool:
    status: str = _run_of(fish, task_id)["status"]
    return status == "succeeded"
