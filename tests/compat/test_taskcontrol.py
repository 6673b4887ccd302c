"""Task Control's Python API over a real server: the documented flow, word for word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from runyard.compat.taskcontrol import (
    TaskControlService,
    TaskDefinition,
    TaskStatus,
    TaskTriggerType,
    task_control_service,
)
from tests.support.server import Server
from tests.support.waiting import eventually


@pytest.fixture(autouse=True)
def connected(shared_server: Server) -> Iterator[None]:
    task_control_service.connect(shared_server.url)
    yield
    task_control_service.shutdown()


def found(task_def_id: str) -> TaskDefinition:
    definition = task_control_service.get_task_definition(task_def_id)
    assert definition is not None
    return definition


def test_there_is_one_service() -> None:
    assert TaskControlService() is TaskControlService() is task_control_service


def test_the_documented_flow() -> None:
    service = task_control_service
    task_def_id = service.create_task(
        user_id="user1",
        content="echo 循环执行的测试任务",
        trigger_type=TaskTriggerType.LOOP,
        trigger_args={"interval": 30},
    )
    definition = found(task_def_id)
    assert definition.status is TaskStatus.ACTIVE
    assert definition.trigger_type is TaskTriggerType.LOOP
    assert definition.trigger_args == {"interval": 30}
    assert definition.created_at.tzinfo is None
    service.pause_schedule(task_def_id)
    assert found(task_def_id).status is TaskStatus.PAUSED
    service.trigger_immediately(task_def_id)
    service.resume_schedule(task_def_id)
    assert found(task_def_id).status is TaskStatus.ACTIVE

    def done() -> bool:
        return service.get_task_instances(task_def_id)[0].status is TaskStatus.COMPLETED

    eventually(done, what="the triggered instance is done")
    (instance,) = service.get_task_instances(task_def_id)
    assert instance.result == {"output": "循环执行的测试任务"}
    assert instance.completed_at is not None
    service.cancel_task(task_def_id)
    assert found(task_def_id).status is TaskStatus.CANCELLED
    assert task_def_id in [one.task_def_id for one in service.get_user_tasks("user1")]


def test_the_default_is_immediate() -> None:
    task_def_id = task_control_service.create_task("user2", "sleep 30")
    (instance,) = task_control_service.get_task_instances(task_def_id)
    assert instance.status is TaskStatus.RUNNING
    task_control_service.cancel_task(task_def_id)
    (instance,) = task_control_service.get_task_instances(task_def_id)
    assert instance.status is TaskStatus.CANCELLED
    assert instance.error == "Task cancelled by user"


def test_a_datetime_as_run_date() -> None:
    at = datetime.now() + timedelta(hours=1)
    task_def_id = task_control_service.create_task(
        "user3", "echo later", TaskTriggerType.SCHEDULED, {"run_date": at}
    )
    assert found(task_def_id).trigger_args == {"run_date": at.isoformat()}


def test_wrong_triggers_and_unknown_ids() -> None:
    with pytest.raises(ValueError, match="run_date is required for SCHEDULED trigger type"):
        task_control_service.create_task("u", "c", TaskTriggerType.SCHEDULED)
    with pytest.raises(ValueError, match="Either interval or cron is required for LOOP"):
        task_control_service.create_task("u", "c", TaskTriggerType.LOOP, {})
    with pytest.raises(ValueError, match="trigger_type"):
        task_control_service.create_task("u", "c", "SOMETIMES")
    assert task_control_service.get_task_definition("unknown") is None
    assert task_control_service.get_task_instances("unknown") == []
    with pytest.raises(KeyError, match="Task unknown not found"):
        task_control_service.cancel_task("unknown")
