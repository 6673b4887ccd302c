"""Definitions of Task Control: exact bodies and codes; what is refused leaves nothing behind."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import pytest

from tests.dialects.taskcontrol.client import ControlClient, detail
from tests.support.server import Server


def test_a_definition_is_what_was_asked_for(client: ControlClient) -> None:
    created = client.create("监控服务器状态", "LOOP", {"interval": 1800})
    uuid.UUID(created)
    found = client.definition(created)
    assert found == {
        "task_def_id": created,
        "user_id": "user1",
        "content": "监控服务器状态",
        "trigger_type": "LOOP",
        "trigger_args": {"interval": 1800},
        "status": "ACTIVE",
        "created_at": found["created_at"],
        "updated_at": found["created_at"],
    }
    assert datetime.fromisoformat(found["created_at"]).tzinfo is None
    assert client.instances(created) == []


@pytest.mark.parametrize("arguments", [None, {}])
def test_no_arguments_are_null(client: ControlClient, arguments: dict[str, Any] | None) -> None:
    created = client.create("echo x", "IMMEDIATE", arguments)
    assert client.definition(created)["trigger_args"] is None


def test_the_tasks_of_a_user_are_in_order_and_only_theirs(client: ControlClient) -> None:
    user, other = "张 三/四", "other-user"
    mine = [client.create(f"echo {n}", user=user) for n in range(3)]
    client.create("echo other", user=other)
    for one in mine:
        client.with_instances(one, 1, "COMPLETED")
    client.act(mine[1], "cancel")
    listed = client.of_user(user)
    assert [one["task_def_id"] for one in listed] == mine
    assert listed[1]["status"] == "CANCELLED"
    assert listed[0] == client.definition(mine[0])
    assert client.of_user("nobody at all") == []
    under_prefix = client.ask("GET", "/taskcontrol/users/a%20name%0A/tasks")
    assert (under_prefix.status_code, under_prefix.json()) == (200, [])


@pytest.mark.parametrize(
    ("trigger", "arguments", "words"),
    [
        ("SCHEDULED", None, "run_date is required for SCHEDULED trigger type"),
        ("SCHEDULED", {}, "run_date is required for SCHEDULED trigger type"),
        ("SCHEDULED", {"run_date": "soon"}, "not a date"),
        ("SCHEDULED", {"run_date": 5}, "run_date must be text"),
        ("SCHEDULED", {"run_date": "2020-01-01T10:00:00"}, "in the past"),
        ("LOOP", None, "Either interval or cron is required for LOOP trigger type"),
        ("LOOP", {"interval": 0}, "Either interval or cron is required for LOOP trigger type"),
        ("LOOP", {"interval": -5}, "interval"),
        ("LOOP", {"interval": "30"}, "interval"),
        ("LOOP", {"interval": True}, "interval"),
        ("LOOP", {"interval": 1e300}, "interval"),
        ("LOOP", {"cron": "* * * *"}, "five fields"),
        ("LOOP", {"cron": "* * * * * *"}, "five fields"),
        ("LOOP", {"cron": "@daily"}, "five fields"),
        ("LOOP", {"cron": 5}, "five fields"),
        ("LOOP", {"cron": "61 * * * *"}, "minute"),
        ("LOOP", {"cron": "0 0 30 2 *"}, "never"),
    ],
)
def test_a_trigger_that_can_not_be_leaves_nothing_behind(
    client: ControlClient,
    shared_server: Server,
    trigger: str,
    arguments: dict[str, Any] | None,
    words: str,
) -> None:
    user = f"refused-{uuid.uuid4()}"
    body = {"user_id": user, "content": "c", "trigger_type": trigger, "trigger_args": arguments}
    status, message = detail(client.ask("POST", "/tasks", json=body))
    assert status == 400
    assert words in message
    assert client.of_user(user) == []
    assert shared_server.http.get("/api/v1/tasks").json()["items"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"user_id": "u", "content": "c"},
        {"user_id": "u", "trigger_type": "IMMEDIATE"},
        {"content": "c", "trigger_type": "IMMEDIATE"},
        {"user_id": 5, "content": "c", "trigger_type": "IMMEDIATE"},
        {"user_id": "u", "content": ["c"], "trigger_type": "IMMEDIATE"},
        {"user_id": "u", "content": "c", "trigger_type": "immediate"},
        {"user_id": "u", "content": "c", "trigger_type": "LOOP", "trigger_args": []},
        {"user_id": "u", "content": "a\0b", "trigger_type": "IMMEDIATE"},
        {"user_id": "u", "content": "x" * 100_000, "trigger_type": "IMMEDIATE"},
        [],
        "text",
        None,
    ],
)
def test_a_body_that_does_not_fit(client: ControlClient, body: object) -> None:
    status, findings = detail(client.ask("POST", "/tasks", json=body))
    assert status == 422
    assert all(one.keys() == {"type", "loc", "msg"} for one in findings)
    assert all(one["loc"][0] == "body" for one in findings)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 10_000])
def test_a_body_that_is_no_json(client: ControlClient, raw: bytes) -> None:
    assert detail(client.ask("POST", "/tasks", content=raw))[0] == 422


def test_what_is_not_there(client: ControlClient) -> None:
    unknown = str(uuid.uuid4())
    gone = (404, f"Task {unknown} not found")
    assert detail(client.ask("GET", f"/tasks/{unknown}")) == gone
    for verb in ("pause", "resume", "cancel", "trigger"):
        assert detail(client.ask("POST", f"/tasks/{unknown}/{verb}")) == gone
    assert client.instances(unknown) == []


def test_scripts_and_other_tasks_are_no_definitions(
    client: ControlClient, shared_server: Server
) -> None:
    shared_server.write_task("hello", "print(1)\n")
    assert detail(client.ask("GET", "/tasks/hello"))[0] == 404
    assert detail(client.ask("POST", "/tasks/hello/cancel"))[0] == 404
    assert client.instances("hello") == []
    client.create("echo mine")
    scripts = shared_server.http.get("/api/tasks").json()["data"]
    assert [one["id"] for one in scripts] == ["hello"]


@pytest.mark.parametrize("path", ["%2e%2e", "..%2f..%2fx", "%00", "a%00b", "x" * 5000, "%ff"])
@pytest.mark.parametrize("verb", ["", "/instances", "/pause", "/cancel", "/trigger"])
def test_hostile_ids(client: ControlClient, path: str, verb: str) -> None:
    method = "GET" if verb in {"", "/instances"} else "POST"
    answer = client.ask(method, f"/tasks/{path}{verb}")
    if verb == "/instances" and answer.status_code == 200:
        assert answer.json() == []
        return
    assert 400 <= answer.status_code < 500
    assert answer.json()["detail"]


def test_a_content_and_a_user_of_any_kind(client: ControlClient) -> None:
    content = "echo 多行\n\t\u202e'\"<b>{}$(x)"
    created = client.create(content, user=" odd \n user ")
    assert client.definition(created)["content"] == content
    (instance,) = client.with_instances(created, 1, "COMPLETED")
    assert instance["content"] == content
    assert instance["result"] == {"output": content.removeprefix("echo ")}
    assert [one["task_def_id"] for one in client.of_user(" odd \n user ")][-1] == created


def test_the_documentation_pages(client: ControlClient, shared_server: Server) -> None:
    own = ControlClient(shared_server, "/taskcontrol")
    document = own.ask("GET", "/openapi.json").json()
    assert document["info"]["title"] == "Task Control Service API"
    operations = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item
    }
    assert operations == {
        ("POST", "/tasks"),
        ("POST", "/tasks/{task_def_id}/pause"),
        ("POST", "/tasks/{task_def_id}/resume"),
        ("POST", "/tasks/{task_def_id}/cancel"),
        ("POST", "/tasks/{task_def_id}/trigger"),
        ("GET", "/tasks/{task_def_id}"),
        ("GET", "/tasks/{task_def_id}/instances"),
        ("GET", "/users/{user_id}/tasks"),
    }
    for page in ("/docs", "/redoc"):
        text = own.ask("GET", page).text
        sources = [part.split('"')[0] for part in text.split('src="')[1:]]
        assert sources
        for source in sources:
            assert own.ask("GET", f"/{source}").status_code == 200
    assert client.ask("GET", "/docs").status_code == 200
