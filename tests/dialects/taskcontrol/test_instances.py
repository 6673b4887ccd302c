"""Triggers and instances of Task Control: when they come, how they end, pause, cancel, restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.dialects.taskcontrol.client import ControlClient, detail
from tests.support.server import Server
from tests.support.waiting import eventually

HANDLER = '''
from dataclasses import dataclass

import runyard


@dataclass
class Instruction:
    content: str


@runyard.executor("instruction", config=Instruction, queue_limit=None)
def carry_out(config: Instruction, context: runyard.Context) -> object:
    """Understands everything."""
    if config.content == "fail":
        raise ValueError("that went wrong")
    return [config.content.upper()]
'''


def test_an_immediate_one_has_its_instance_at_once(client: ControlClient) -> None:
    created = client.create("sleep 0.3")
    (instance,) = client.instances(created)
    assert instance["instance_id"].startswith(f"{created}_")
    assert instance.keys() == {
        "instance_id",
        "task_def_id",
        "content",
        "status",
        "created_at",
        "started_at",
        "completed_at",
        "result",
        "error",
    }
    assert (instance["status"], instance["completed_at"]) == ("RUNNING", None)
    assert client.status(created) == "ACTIVE"
    (done,) = client.with_instances(created, 1, "COMPLETED")
    assert done["result"] == {"slept_s": 0.3}
    assert done["error"] is None
    assert done["created_at"] <= done["started_at"] <= done["completed_at"]
    assert client.status(created) == "COMPLETED"


def test_a_failure_is_cancelled_with_an_error(client: ControlClient) -> None:
    created = client.create("clean the kitchen")
    (instance,) = client.with_instances(created, 1, "CANCELLED")
    assert "register an executor" in instance["error"]
    assert instance["result"] is None
    assert instance["completed_at"] is not None


@pytest.mark.parametrize("zone", ["naive", "Z", "offset", "blank"])
def test_a_date_fires_once(client: ControlClient, zone: str) -> None:
    at = datetime.now(UTC) + timedelta(seconds=1)
    text = {
        "naive": at.astimezone().replace(tzinfo=None).isoformat(),
        "Z": at.isoformat().replace("+00:00", "Z"),
        "offset": at.astimezone(UTC).isoformat(),
        "blank": at.astimezone().replace(tzinfo=None).isoformat(sep=" "),
    }[zone]
    created = client.create("echo dated", "SCHEDULED", {"run_date": text})
    assert client.definition(created)["trigger_args"] == {"run_date": text}
    (instance,) = client.with_instances(created, 1, "COMPLETED")
    began = datetime.fromisoformat(instance["created_at"]).astimezone(UTC)
    assert at <= began < at + timedelta(seconds=60)
    assert client.status(created) == "COMPLETED"


def test_a_date_that_comes_at_once_is_refused_or_fires_once(client: ControlClient) -> None:
    accepted = []
    for milliseconds in (1, 3, 5, 8, 12, 20, 40, 80):
        at = datetime.now() + timedelta(milliseconds=milliseconds)
        body = {
            "user_id": "hasty",
            "content": "echo hasty",
            "trigger_type": "SCHEDULED",
            "trigger_args": {"run_date": at.isoformat()},
        }
        answer = client.ask("POST", "/tasks", json=body)
        if answer.status_code == 200:
            accepted.append(answer.json())
        else:
            assert detail(answer) == (400, "run_date is in the past")
    for one in accepted:
        client.with_instances(one, 1, "COMPLETED")
        assert len(client.instances(one)) == 1
        assert client.status(one) == "COMPLETED"


def test_a_loop_fires_first_after_one_interval_and_again(client: ControlClient) -> None:
    before = datetime.now()
    created = client.create("echo again", "LOOP", {"interval": 1, "cron": "0 0 1 1 *"})
    found = client.with_instances(created, 2, "COMPLETED")
    times = [datetime.fromisoformat(one["created_at"]) for one in found]
    assert times == sorted(times, reverse=True)
    assert times[-1] - before >= timedelta(seconds=1)
    assert len({one["instance_id"] for one in found}) == len(found)
    assert client.status(created) == "ACTIVE"
    client.act(created, "cancel")


def test_instances_may_overlap(client: ControlClient) -> None:
    created = client.create("sleep 60", "LOOP", {"interval": 0.5})
    client.with_instances(created, 2, "RUNNING")
    client.act(created, "cancel")


def test_pause_leaves_instances_alone_and_trigger_works_meanwhile(
    client: ControlClient, shared_server: Server
) -> None:
    """The documented flow."""
    created = client.create("sleep 0.5", "LOOP", {"interval": 30})
    assert client.status(created) == "ACTIVE"
    client.act(created, "trigger")
    client.act(created, "pause")
    client.act(created, "pause")
    assert client.status(created) == "PAUSED"
    assert len(client.with_instances(created, 1, "COMPLETED")) == 1
    client.act(created, "trigger")
    assert client.status(created) == "PAUSED"
    assert len(client.instances(created)) == 2
    client.act(created, "resume")
    client.act(created, "resume")
    assert client.status(created) == "ACTIVE"
    client.with_instances(created, 2, "COMPLETED")
    changed = client.definition(created)
    assert changed["updated_at"] > changed["created_at"]
    client.act(created, "cancel")
    assert client.status(created) == "CANCELLED"


def test_nothing_fires_while_paused_and_nothing_is_made_up(client: ControlClient) -> None:
    created = client.create("echo tick", "LOOP", {"interval": 0.5})
    client.with_instances(created, 1, "COMPLETED")
    client.act(created, "pause")
    marker = client.create("sleep 2")  # time passes in which it would have fired
    before = len(client.instances(created))
    client.with_instances(marker, 1, "COMPLETED")
    assert len(client.instances(created)) <= before + 1  # one that was decided already
    paused_at = len(client.instances(created))
    client.act(created, "resume")
    after = len(client.instances(created))
    assert after <= paused_at + 1
    client.with_instances(created, paused_at + 1, "COMPLETED")
    client.act(created, "cancel")


def test_pausing_what_has_no_schedule_changes_nothing(client: ControlClient) -> None:
    created = client.create("sleep 60")
    client.act(created, "pause")
    client.act(created, "resume")
    assert client.status(created) == "ACTIVE"
    client.act(created, "cancel")


def test_cancel_is_thorough_and_final(client: ControlClient, shared_server: Server) -> None:
    created = client.create("sleep 600", "LOOP", {"interval": 3600})
    for _ in range(2):
        client.act(created, "trigger")
    client.with_instances(created, 2, "RUNNING")
    client.act(created, "cancel")
    for instance in client.instances(created):  # already when the answer comes
        assert instance["status"] == "CANCELLED"
        assert instance["error"] == "Task cancelled by user"
        assert instance["completed_at"] is not None
    client.act(created, "cancel")
    for verb in ("resume", "trigger", "pause"):
        status, message = detail(client.ask("POST", f"/tasks/{created}/{verb}"))
        assert (status, message) == (400, f"Task {created} is cancelled")
    assert client.status(created) == "CANCELLED"
    assert len(client.instances(created)) == 2
    left = shared_server.http.get("/api/v1/schedules", params={"task_id": created})
    assert left.json()["items"] == []


def test_all_outlives_the_server(stopped_server: Server) -> None:
    server = stopped_server.start()
    client = ControlClient(server)
    loop = client.create("echo loop", "LOOP", {"interval": 1})
    paused = client.create("echo paused", "LOOP", {"interval": 1})
    client.act(paused, "pause")
    running = client.create("sleep 1.5")
    dated = (datetime.now() + timedelta(seconds=1)).isoformat()
    missed = client.create("echo late", "SCHEDULED", {"run_date": dated})
    before = len(client.instances(paused))
    server.kill()
    server.start()
    client = ControlClient(server)
    client.with_instances(loop, len(client.instances(loop)) + 1, "COMPLETED")
    client.with_instances(missed, 1, "COMPLETED")
    client.with_instances(running, 1, "COMPLETED")
    assert client.status(paused) == "PAUSED"
    assert len(client.instances(paused)) <= before + 1
    assert [one["status"] for one in client.of_user("user1")] == [
        "ACTIVE",
        "PAUSED",
        "COMPLETED",
        "COMPLETED",
    ]


def test_a_registered_handler_takes_the_place_of_the_built_in(stopped_server: Server) -> None:
    (stopped_server.tasks / "_handler.py").write_text(HANDLER)
    server = stopped_server.start("--app", str(stopped_server.tasks / "_handler.py"))
    client = ControlClient(server)
    (done,) = client.with_instances(client.create("water the plants"), 1, "COMPLETED")
    assert done["result"] == {"result": ["WATER THE PLANTS"]}
    (failed,) = client.with_instances(client.create("fail"), 1, "CANCELLED")
    assert failed["error"] == "that went wrong"


def test_what_is_done_natively_shows_here(client: ControlClient, shared_server: Server) -> None:
    created = client.create("echo x", "LOOP", {"interval": 3600})
    (schedule,) = shared_server.http.get("/api/v1/schedules", params={"task_id": created}).json()[
        "items"
    ]

    def native(verb: str) -> None:
        answer = shared_server.http.post(f"/api/v1/schedules/{schedule['id']}/{verb}", json={})
        assert answer.status_code in {200, 201}, answer.text

    native("pause")
    assert client.status(created) == "PAUSED"
    native("resume")
    assert client.status(created) == "ACTIVE"
    native("trigger")
    client.with_instances(created, 1, "COMPLETED")
    shared_server.http.delete(f"/api/v1/tasks/{created}", params={"cancel_runs": True})
    assert client.status(created) == "CANCELLED"
    assert detail(client.ask("POST", f"/tasks/{created}/trigger"))[0] == 404


def error_free(found: list[dict[str, Any]]) -> bool:
    return all(one["error"] is None for one in found)


def test_many_definitions_at_once(client: ControlClient) -> None:
    ids = [client.create(f"echo {n}", user="many") for n in range(30)]

    def all_done() -> bool:
        listed = client.of_user("many")
        return len(listed) == 30 and all(one["status"] == "COMPLETED" for one in listed)

    eventually(all_done, what="all are done")
    assert all(error_free(client.instances(one)) for one in ids)
