"""PixivTailor's task endpoints on a real server: bodies, statuses, queue, restart, removal."""

from __future__ import annotations

import itertools
import json
import re
from datetime import datetime
from pathlib import Path

from tests.dialects.pixivtailor.client import Tailor
from tests.support.server import is_alive
from tests.support.waiting import eventually

RECORD = {
    "id", "type", "status", "config", "progress", "error_message", "result", "images_found",
    "images_downloaded", "created_at", "updated_at",
}  # fmt: skip


def test_a_crawl_from_creation_to_its_end(tailor: Tailor) -> None:
    created = tailor.post("crawl/create", {"crawl_type": "tag", "query": "cats", "limit": 10})
    assert set(created) == RECORD | {"task_id", "message"}
    assert re.fullmatch("[0-9a-f]{8}", created["id"])
    assert created["task_id"] == created["id"]
    assert (created["status"], created["progress"], created["type"]) == ("pending", 0, "crawl")
    assert datetime.fromisoformat(created["created_at"]).tzinfo is not None

    done = tailor.until(created["id"])
    assert done["status"] == "completed"
    assert done["progress"] == 100
    assert done["error_message"] is None
    assert done["completed_at"] == done["updated_at"]
    assert done["data"] == {name: value for name, value in done.items() if name != "data"}

    (listed,) = tailor.listed(type="crawl")
    assert set(listed) == RECORD
    assert (listed["images_found"], listed["images_downloaded"]) == (4, 3)
    assert json.loads(listed["result"])["expected_images"] == 4
    config = json.loads(listed["config"])
    assert (config["crawl_type"], config["query"], config["limit"]) == ("tag", "cats", 10)
    assert listed["error_message"] == ""


def test_status_before_the_end_has_no_completion(tailor: Tailor, tmp_path: Path) -> None:
    task_id = tailor.crawl(gate=str(tmp_path / "gate"))
    running = tailor.until(task_id, "running")
    assert running["completed_at"] is None
    assert running["task_id"] == running["id"] == task_id
    assert running["type"] == "crawl"


def test_one_of_a_type_runs_and_types_never_block_one_another(
    tailor: Tailor, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    first = tailor.crawl(gate=str(gate))
    waiting = [tailor.crawl(str(number)) for number in range(3)]
    tailor.until(first, "running")
    other = tailor.post("tag/create", {"input_dir": "photos"})["id"]
    assert tailor.until(other)["status"] == "completed"
    assert [tailor.status(one)["status"] for one in waiting] == ["pending"] * 3
    gate.touch()
    for one in waiting:
        assert tailor.until(one)["status"] == "completed"
    runs = {
        run["labels"][1]: run
        for run in tailor.server.http.get(
            "/api/v1/runs", params={"label": "pixivtailor", "executor": "crawl"}
        ).json()["items"]
    }
    times = [runs[f"pixivtailor:{one}"] for one in (first, *waiting)]
    for before, after in itertools.pairwise(times):
        assert before["finished_at"] <= after["started_at"]


def test_the_next_one_starts_after_a_failure(tailor: Tailor, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    failing = tailor.crawl(gate=str(gate), fail="the site is down")
    second = tailor.crawl()
    gate.touch()
    assert tailor.until(second)["status"] == "completed"
    failed = tailor.until(failing)
    assert failed["status"] == "failed"
    assert failed["error_message"] == "the site is down"
    assert "Traceback" not in json.dumps(failed)


def test_a_task_is_started_again_in_place(tailor: Tailor, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    task_id = tailor.crawl()
    tailor.until(task_id)
    holder = tailor.crawl(gate=str(gate))
    for _ in range(3):  # joins the queue once, however often it is asked for
        data = tailor.post("task/start", {"task_id": task_id})
        assert data == {"message": "Task started successfully", "task_id": task_id}
    again = tailor.status(task_id)
    assert (again["status"], again["progress"]) == ("pending", 0)
    assert again["completed_at"] is None
    (listed,) = [task for task in tailor.listed() if task["id"] == task_id]
    assert (listed["images_found"], listed["result"]) == (0, "")
    gate.touch()
    assert tailor.until(task_id)["status"] == "completed"
    assert tailor.until(holder)["status"] == "completed"
    label = {"label": f"pixivtailor:{task_id}"}
    assert len(tailor.server.http.get("/api/v1/runs", params=label).json()["items"]) == 2


def test_a_running_task_is_not_started_again(tailor: Tailor, tmp_path: Path) -> None:
    task_id = tailor.crawl(gate=str(tmp_path / "gate"))
    tailor.until(task_id, "running")
    assert tailor.refused("task/start", {"task_id": task_id})[0] == 409


def test_cancel_ends_the_process_and_stays(tailor: Tailor, tmp_path: Path) -> None:
    task_id = tailor.crawl(gate=str(tmp_path / "gate"))
    tailor.until(task_id, "running")
    runs = tailor.server.http.get("/api/v1/runs", params={"label": f"pixivtailor:{task_id}"})
    pid = tailor.server.process_of(runs.json()["items"][0]["id"])
    assert tailor.post("cancel", {"task_id": task_id}) == {"message": "Task cancelled successfully"}
    assert tailor.status(task_id)["status"] == "cancelled"
    eventually(lambda: not is_alive(pid), what="its process is gone")
    tailor.post("cancel", {"task_id": task_id})  # again: allowed, and changes nothing
    assert tailor.status(task_id)["status"] == "cancelled"
    tailor.post("task/start", {"task_id": task_id})
    tailor.until(task_id, "running")


def test_a_cancelled_waiting_task_never_starts(tailor: Tailor, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    first = tailor.crawl(gate=str(gate))
    tailor.until(first, "running")
    second, third = tailor.crawl(), tailor.crawl()
    tailor.post("cancel", {"task_id": second})
    gate.touch()
    assert tailor.until(third)["status"] == "completed"
    assert tailor.status(second)["status"] == "cancelled"


def test_stop(tailor: Tailor, tmp_path: Path) -> None:
    gate = str(tmp_path / "gate")
    first, second = tailor.crawl(gate=gate), tailor.crawl(gate=gate)
    tailor.until(first, "running")
    data = tailor.post("task/stop", {"task_id": second})  # waits: as a cancel
    assert data == {"message": "Task stopped successfully", "task_id": second}
    tailor.post("task/stop", {"task_id": first})
    assert tailor.status(first)["status"] == tailor.status(second)["status"] == "cancelled"
    assert tailor.refused("task/stop", {"task_id": first})[0] == 409


def test_a_completed_task_is_not_cancelled(tailor: Tailor) -> None:
    task_id = tailor.crawl()
    tailor.until(task_id)
    assert tailor.refused("cancel", {"task_id": task_id}) == (409, "任务已完成，无法取消")


def test_delete_ends_the_task_and_removes_its_folder(tailor: Tailor, tmp_path: Path) -> None:
    finished = tailor.crawl(images=2)
    tailor.until(finished)
    folders = tailor.server.data / "pixivtailor" / "images"
    assert [folder for folder in folders.iterdir() if finished in folder.name]
    running = tailor.crawl(gate=str(tmp_path / "gate"))
    tailor.until(running, "running")
    for task_id in (finished, running):
        data = tailor.post("delete", {"task_id": task_id})
        assert data == {"message": "Task deleted successfully"}
        assert tailor.refused("status", {"task_id": task_id}) == (404, "Task not found")
        assert tailor.refused("delete", {"task_id": task_id}) == (404, "Task not found")
    assert not [folder for folder in folders.iterdir() if finished in folder.name]
    label = {"label": f"pixivtailor:{running}"}
    (run,) = tailor.server.http.get("/api/v1/runs", params=label).json()["items"]
    assert run["status"] == "cancelled"


def test_cleanup_removes_what_it_names_and_nothing_of_others(
    tailor: Tailor, tmp_path: Path
) -> None:
    native = tailor.server.http.post(
        "/api/v1/runs", json={"executor": "shell", "config": {"command": "sleep 600"}}
    ).json()["id"]
    completed, failed = tailor.crawl(), tailor.crawl(fail="no")
    tailor.until(completed)
    tailor.until(failed)
    cancelled = tailor.crawl(gate=str(tmp_path / "gate"))
    tailor.post("cancel", {"task_id": cancelled})
    assert tailor.post("task/cleanup", {"cleanup_type": "completed"}) == {
        "message": "Tasks cleaned up successfully",
        "cleaned_count": 1,
        "cleanup_type": "completed",
    }
    assert {task["id"] for task in tailor.listed()} == {failed, cancelled}
    assert tailor.post("task/cleanup", {"cleanup_type": "failed"})["cleaned_count"] == 1
    running = [tailor.crawl(gate=str(tmp_path / "gate")) for _ in range(3)]
    tailor.until(running[0], "running")
    assert tailor.post("task/cleanup", {"cleanup_type": "all"})["cleaned_count"] == 4
    assert tailor.listed() == []
    live = tailor.server.http.get("/api/v1/runs", params={"status": "live"}).json()["items"]
    assert [run["id"] for run in live] == [native]
    tailor.server.http.post(f"/api/v1/runs/{native}/cancel", json={})


def test_lists_are_paged_filtered_and_newest_first(tailor: Tailor) -> None:
    ids = [tailor.crawl(str(number)) for number in range(5)]
    tagged = tailor.post("tag/create", {"input_dir": ["a", "b"]})["id"]
    for one in (*ids, tagged):
        tailor.until(one)
    assert [task["id"] for task in tailor.listed()] == [tagged, *reversed(ids)]
    data = tailor.post("tasks", {"pagination": {"page": 2, "page_size": 2}, "type": "crawl"})
    assert [task["id"] for task in data["tasks"]] == [ids[2], ids[1]]
    assert data["pagination"] == {"page": 2, "page_size": 2, "total": 5}
    for body, size in (({"page_size": 0}, 6), ({"page_size": 1000}, 6), ({"page_size": -3}, 6)):
        page = tailor.post("tasks", {"pagination": body})
        assert len(page["tasks"]) == size
        assert page["pagination"]["page_size"] == body["page_size"]
    assert tailor.listed(status="completed", type="tag")[0]["id"] == tagged
    assert tailor.listed(status="running") == tailor.listed(type="nothing") == []
    assert tailor.listed(status="nonsense") == []
    for by_default in ({}, {"page": 1}, {"pagination": None}):
        assert len(tailor.post("tasks", by_default)["tasks"]) == 6
    assert len(tailor.server.http.post(f"{tailor.base}/tasks").json()["data"]["tasks"]) == 6
    at_the_root = tailor.server.http.post("/api/tasks", json={"type": "tag", "page_size": 5})
    assert [task["id"] for task in at_the_root.json()["data"]["tasks"]] == [tagged]
    ambiguous = tailor.server.http.post("/api/tasks", json={})
    assert ambiguous.status_code == 400
    assert ambiguous.json()["status"]["code"] == 1


def test_types_that_nobody_carries_out(tailor: Tailor) -> None:
    training = tailor.post("task/create", {"type": "train", "config": {"epochs": 1}})
    assert training["status"] == "pending"
    failed = tailor.status(training["id"])
    assert (failed["status"], failed["error_message"]) == ("failed", "任务类型 train 暂未实现")
    assert [task["id"] for task in tailor.listed(status="failed")] == [training["id"]]
    assert tailor.refused("task/start", {"task_id": training["id"]}) == (
        409,
        "任务类型 train 暂未实现",
    )
    code, message = tailor.refused("task/create", {"type": "unheard_of"})
    assert (code, message) == (400, "Unsupported task type: unheard_of")
    assert tailor.refused("task/create", {"type": "shell"})[0] == 400
    assert tailor.refused("task/create", {})[1] == "Type is required"


def test_any_registered_type(tailor: Tailor) -> None:
    task_id = tailor.post("task/create", {"type": "upscale", "config": {"factor": 2}})["id"]
    assert tailor.until(task_id)["status"] == "completed"
    assert tailor.listed(type="upscale")[0]["result"] == "4"


def test_a_type_whose_worker_is_elsewhere(tailor: Tailor) -> None:
    """A Runyard task of the type's name carries it: here, external work."""
    http = tailor.server.http
    made = http.post("/api/v1/tasks", json={"id": "classify", "executor": "external"})
    assert made.status_code == 201, made.text
    try:
        task_id = tailor.post("task/create", {"type": "classify", "config": {"set": "a"}})["id"]
        tailor.until(task_id, "running")
        label = {"label": f"pixivtailor:{task_id}"}
        (run,) = http.get("/api/v1/runs", params=label).json()["items"]
        assert http.get(f"/api/v1/runs/{run['id']}").json()["params"]["set"] == "a"
        progress = {"progress": 30, "detail": {"images_found": 7}}
        http.post(f"/api/v1/runs/{run['id']}/progress", json=progress)
        assert tailor.status(task_id)["images_found"] == 7
        http.post(f"/api/v1/runs/{run['id']}/finish", json={"status": "succeeded", "result": 1})
        assert tailor.until(task_id)["status"] == "completed"
    finally:
        http.delete("/api/v1/tasks/classify", params={"cancel_runs": "true"})
