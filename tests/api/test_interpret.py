"""Sentences over HTTP on the real server: shown first, done when confirmed, refused when unsure."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from runyard.sdk.async_client import AsyncClient
from runyard.sdk.client import Client
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from tests.support.server import Server

AT = "/api/v1/interpret"


@pytest.fixture
def server(module_server: Server) -> Server:
    return module_server


@pytest.fixture
def user() -> str:
    return uuid.uuid4().hex


def ask(server: Server, text: str, **more: Any) -> dict[str, Any]:
    answer = server.http.post(AT, json={"text": text, **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def definitions(server: Server, user: str) -> list[dict[str, Any]]:
    answer = server.http.get(f"/taskcontrol/users/{user}/tasks")
    assert answer.status_code == 200, answer.text
    return list(answer.json())


def test_a_loop_is_shown_then_made_paused_resumed_run_and_cancelled(
    server: Server, user: str
) -> None:
    sentence = "每隔30分钟帮我监控一下服务器状态"
    shown = ask(server, sentence, user_id=user)
    assert (shown["intent"], shown["done"], shown["result"]) == ("create", False, None)
    assert shown["trigger"]["type"] == "LOOP"
    assert shown["trigger"]["interval_s"] == 1800
    assert "监控服务器状态" in shown["understood"]
    assert definitions(server, user) == []
    made = ask(server, sentence, user_id=user, confirm=True)
    assert made["done"] is True
    (one,) = definitions(server, user)
    assert one["task_def_id"] == made["result"]["task_id"]
    assert (one["content"], one["trigger_type"]) == ("监控服务器状态", "LOOP")
    assert one["trigger_args"] == {"interval": 1800}
    for said, status in [
        ("先别监控了", "PAUSED"),
        ("恢复监控", "ACTIVE"),
        ("取消监控", "CANCELLED"),
    ]:
        only_shown = ask(server, said, user_id=user)
        assert only_shown["target"]["id"] == one["task_def_id"]
        assert definitions(server, user)[0]["status"] != status
        assert ask(server, said, user_id=user, confirm=True)["done"] is True
        assert definitions(server, user)[0]["status"] == status


def test_monitor_once_right_now_runs_what_is_meant(server: Server, user: str) -> None:
    made = ask(server, "every 30 minutes monitor the server", user_id=user, confirm=True)
    done = ask(server, "monitor once right now", user_id=user, confirm=True)
    assert (done["intent"], done["target"]["id"]) == ("trigger_now", made["result"]["task_id"])
    run = server.http.get(f"/api/v1/runs/{done['result']['run_id']}").json()
    assert run["task_id"] == made["result"]["task_id"]


def test_a_date_and_a_cron_expression(server: Server, user: str) -> None:
    ask(server, "tomorrow at 3pm call the office", user_id=user, confirm=True)
    ask(server, "every weekday at 9:30 send the report", user_id=user, confirm=True)
    found = {one["content"]: one for one in definitions(server, user)}
    assert found["call the office"]["trigger_type"] == "SCHEDULED"
    assert "T15:00:00" in found["call the office"]["trigger_args"]["run_date"]
    assert found["send the report"]["trigger_args"] == {"cron": "30 9 * * 1-5"}


def test_several_are_candidates_and_a_confirmation_is_refused(server: Server, user: str) -> None:
    for place in ("paris", "london"):
        ask(server, f"every day at 8am water flowers in {place}", user_id=user, confirm=True)
    shown = ask(server, "pause water flowers", user_id=user)
    assert (shown["sure"], shown["target"], len(shown["candidates"])) == (False, None, 2)
    refused = server.http.post(
        AT, json={"text": "pause water flowers", "user_id": user, "confirm": True}
    )
    assert refused.status_code == 409
    assert len(refused.json()["candidates"]) == 2
    chosen = shown["candidates"][0]["id"]
    ask(server, "pause water flowers", user_id=user, confirm=True, target=chosen)
    paused = [one["task_def_id"] for one in definitions(server, user) if one["status"] == "PAUSED"]
    assert paused == [chosen]
    assert ask(server, "pause water flowers in london", user_id=user)["sure"] is True


def test_nothing_like_it_is_known(server: Server, user: str) -> None:
    asked = {"text": "pause the zeppelin", "user_id": user}
    assert ask(server, "pause the zeppelin", user_id=user)["sure"] is False
    assert server.http.post(AT, json={**asked, "confirm": True}).status_code == 404
    fallback = ask(server, "polish the zeppelin", user_id=user)
    assert (fallback["intent"], fallback["trigger"]["type"]) == ("create", "IMMEDIATE")


def test_native_tasks_are_meant_too(server: Server, user: str) -> None:
    server.write_task("nightly_backup", "print('kept')\n")
    eventually(
        lambda: server.http.get("/api/v1/tasks/nightly_backup").status_code == 200,
        what="the task is known",
    )
    done = ask(server, "run the nightly backup now", user_id=user, confirm=True)
    assert done["target"] == {
        "id": "nightly_backup", "kind": "task", "title": "nightly_backup", "score": 100.0,
    }  # fmt: skip
    assert server.until(done["result"]["run_id"])["status"] == "succeeded"
    ask(server, "暂停 nightly backup", user_id=user, confirm=True)
    assert server.http.get("/api/v1/tasks/nightly_backup").json()["paused"] is True
    ask(server, "resume nightly backup", user_id=user, confirm=True)
    assert server.http.get("/api/v1/tasks/nightly_backup").json()["paused"] is False
    listed = ask(server, "what tasks do I have", user_id=user)
    assert "nightly_backup" in {one["id"] for one in listed["candidates"]}


@pytest.mark.parametrize(
    "body",
    [{}, {"text": ""}, {"text": " "}, {"text": "x" * 2001}, {"text": "每天25点备份"}, {"text": 3}],
)
def test_what_cannot_be_read_is_refused(server: Server, body: dict[str, Any]) -> None:
    assert server.http.post(AT, json=body).status_code == 422


async def test_both_clients_ask(server: Server, user: str) -> None:
    with Client(server.url) as client:
        shown = client.interpret("every day at 8 wind the clock", user_id=user)
    assert (shown.intent, shown.done) == ("create", False)
    async with AsyncClient(server.url) as other:
        done = await other.interpret("every day at 8 wind the clock", user_id=user, confirm=True)
    assert done.result == {"task_id": definitions(server, user)[0]["task_def_id"]}
