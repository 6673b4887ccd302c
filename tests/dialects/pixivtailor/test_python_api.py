"""PixivTailor's Python API: executors of any type, registered in an app; the task service."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from runyard.compat.pixivtailor import TaskService
from tests.dialects.pixivtailor.client import Tailor
from tests.support.server import Server
from tests.support.waiting import eventually

APP = '''
from runyard.compat.pixivtailor import register_executor


def my_handler(ctx, task_id, config):
    """Does something new."""
    ctx.update_images_found(9)
    ctx.update_progress(40, "under way")
    ctx.log("warning", f"careful with {config['subject']}")
    assert ctx.output_dir.name.endswith(task_id)
    if config.get("fail"):
        raise RuntimeError("it went wrong")
    return {"id": task_id, "subject": config["subject"]}


register_executor("my_new_type", my_handler)


class Factory:
    def __init__(self, word):
        self.word = word

    def execute(self, ctx, task_id, config):
        return {"word": self.word}


register_executor("first-type", Factory("first").execute)
register_executor("second-type", lambda ctx, task_id, config: {"sum": sum(config["numbers"])})


@register_executor("decorated")
def decorated(ctx, task_id, config):
    return {"decorated": True}
'''


@pytest.fixture(scope="module")
def yard() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="ry", dir="/tmp"))
    server = Server(folder)
    (server.tasks / "_app.py").write_text(APP)
    try:
        yield server.start("--app", str(server.tasks / "_app.py"))
    finally:
        server.end()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def service(yard: Server) -> Iterator[TaskService]:
    service = TaskService(yard.url)
    yield service
    service.close()


def test_handlers_of_every_shape(yard: Server, service: TaskService) -> None:
    tailor = Tailor(yard)
    made = {
        "my_new_type": service.create_task("my_new_type", {"subject": "cats"}),
        "first-type": service.create_task("first-type", {}),
        "second-type": service.create_task("second-type", json.dumps({"numbers": [1, 2]})),
        "decorated": service.create_task("decorated", {}),
    }
    results = {}
    for type_, task in made.items():
        assert task["status"] == "pending"
        assert tailor.until(task["id"])["status"] == "completed", service.get_task(task["id"])
        (record,) = service.list_tasks(type_=type_)[0]
        results[type_] = json.loads(record["result"])
    assert results == {
        "my_new_type": {"id": made["my_new_type"]["id"], "subject": "cats"},
        "first-type": {"word": "first"},
        "second-type": {"sum": 3},
        "decorated": {"decorated": True},
    }
    (record,) = service.list_tasks(type_="my_new_type")[0]
    assert record["images_found"] == 9


def test_the_service(yard: Server, service: TaskService) -> None:
    tailor = Tailor(yard)
    failing = service.create_task("my_new_type", {"subject": "x", "fail": True})
    assert tailor.until(failing["id"])["error_message"] == "it went wrong"
    service.start_task(failing["id"])
    assert tailor.until(failing["id"])["status"] == "failed"
    with pytest.raises(ValueError, match="Unsupported"):
        service.create_task("unheard_of", {})
    with pytest.raises(KeyError, match="Task not found"):
        service.get_task("00000000")
    with pytest.raises(KeyError, match="Task not found"):
        service.cancel_task("00000000")
    with pytest.raises(ValueError, match="not running"):
        service.stop_task(failing["id"])
    listed, total = service.list_tasks(status="failed")
    assert failing["id"] in {task["id"] for task in listed}
    assert total == len(listed)
    service.delete_task(failing["id"])
    with pytest.raises(KeyError):
        service.delete_task(failing["id"])
    eventually(lambda: service.cleanup_tasks("all") == 0, what="nothing is left")
