"""MiroFish's Python API against a real server: the singleton, updates, threads, retries."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest

from runyard.compat.mirofish import TaskManager, TaskStatus
from tests.dialects.mirofish.client import KEYS, Fish
from tests.support.server import Server
from tests.support.waiting import eventually


@pytest.fixture
def manager(fish: Fish) -> Iterator[TaskManager]:
    manager = TaskManager()
    manager.connect(fish.server.url)
    yield manager
    manager.shutdown()


def test_there_is_one_manager(manager: TaskManager) -> None:
    assert TaskManager() is manager
    made: list[TaskManager] = []
    threads = [threading.Thread(target=lambda: made.append(TaskManager())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {id(one) for one in made} == {id(manager)}


def test_the_life_of_a_task(manager: TaskManager, fish: Fish) -> None:
    task_id = manager.create_task("graph_build", {"graph_name": "demo"})
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", task_id)
    task = manager.get_task(task_id)
    assert task is not None
    assert (task.status, task.progress, task.metadata) == (
        TaskStatus.PENDING,
        0,
        {"graph_name": "demo"},
    )
    assert set(task.to_dict()) == KEYS
    manager.update_task(task_id, status=TaskStatus.PROCESSING, progress=10, message="reading")
    manager.update_task(task_id, progress=40, progress_detail={"step": 2})
    task = manager.get_task(task_id)
    assert task is not None
    assert (task.status, task.progress, task.message) == (TaskStatus.PROCESSING, 40, "reading")
    assert task.progress_detail == {"step": 2}
    manager.complete_task(task_id, {"nodes": 3})
    task = manager.get_task(task_id)
    assert task is not None
    assert (task.status, task.progress, task.message, task.result) == (
        TaskStatus.COMPLETED,
        100,
        "任务完成",
        {"nodes": 3},
    )
    manager.update_task(task_id, progress=5, message="late")  # final states do not change
    manager.fail_task(task_id, "late")
    again = manager.get_task(task_id)
    assert again is not None
    assert again.to_dict() == task.to_dict()
    assert fish.task(task_id)["status"] == "completed"


def test_a_failure_keeps_the_progress(manager: TaskManager) -> None:
    task_id = manager.create_task("graph_build")
    manager.update_task(task_id, status="processing", progress=55)
    manager.fail_task(task_id, "no more fish")
    task = manager.get_task(task_id)
    assert task is not None
    assert (task.status, task.progress, task.error, task.message) == (
        TaskStatus.FAILED,
        55,
        "no more fish",
        "no more fish",
    )


def test_unknown_tasks_are_ignored(manager: TaskManager) -> None:
    assert manager.get_task("no-such-task") is None
    manager.update_task("no-such-task", progress=5)
    manager.fail_task("00000000-0000-4000-8000-000000000000", "x")


def test_wrong_arguments(manager: TaskManager) -> None:
    task_id = manager.create_task("x")
    with pytest.raises(ValueError, match="progress"):
        manager.update_task(task_id, progress=101)
    with pytest.raises(ValueError, match="nonsense"):
        manager.update_task(task_id, status="nonsense")
    with pytest.raises(ValueError, match="task_type"):
        manager.create_task("")
    manager.fail_task(task_id, "over")


def test_lists_and_cleanup(manager: TaskManager) -> None:
    first, second = manager.create_task("one"), manager.create_task("two")
    assert [task["task_id"] for task in manager.list_tasks()][:2] == [second, first]
    assert [task["task_id"] for task in manager.list_tasks("one")] == [first]
    manager.complete_task(first, {})
    manager.cleanup_old_tasks()
    assert manager.get_task(first) is not None
    manager.cleanup_old_tasks(max_age_hours=0)
    assert manager.get_task(first) is None
    assert manager.get_task(second) is not None
    manager.fail_task(second, "over")


def test_what_is_said_while_a_task_waits_is_sent_when_it_begins(
    manager: TaskManager, fish: Fish
) -> None:
    http = fish.server.http
    http.post("/api/v1/queues/mirofish/pause")
    try:
        task_id = manager.create_task("patient")
        manager.update_task(task_id, status="processing", progress=20)
        manager.update_task(task_id, message="early")
        manager.complete_task(task_id, {"n": 1})
        assert fish.task(task_id)["status"] == "pending"
        seen = manager.get_task(task_id)
        assert seen is not None
        assert (seen.status, seen.progress, seen.result) == ("completed", 100, {"n": 1})
    finally:
        http.post("/api/v1/queues/mirofish/resume")
    done = fish.until(task_id)
    assert (done["status"], done["result"]) == ("completed", {"n": 1})


def test_many_threads_report_at_once(manager: TaskManager, fish: Fish) -> None:
    ids = [manager.create_task("swarm") for _ in range(3)]

    def work(task_id: str) -> None:
        for progress in range(0, 100, 20):
            manager.update_task(task_id, status="processing", progress=progress)
        manager.complete_task(task_id, {"by": task_id})

    threads = [threading.Thread(target=work, args=(task_id,)) for task_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for task_id in ids:
        assert fish.until(task_id)["result"] == {"by": task_id}


def test_tasks_outlive_the_server(stopped_server: Server) -> None:
    server = stopped_server.start()
    manager = TaskManager()
    manager.connect(server.url)
    task_id = manager.create_task("steady")
    manager.update_task(task_id, status="processing", progress=30)
    port = server.url.rpartition(":")[2]
    server.kill()
    server.start("--port", port)  # the last one counts
    fish = Fish(server)
    assert fish.task(task_id)["status"] == "processing"

    def goes_on() -> bool:
        manager.update_task(task_id, progress=60)
        return int(fish.task(task_id)["progress"]) == 60

    eventually(goes_on, what="its reports are taken again")
    manager.complete_task(task_id, {})
    assert fish.until(task_id)["status"] == "completed"
    manager.shutdown()
