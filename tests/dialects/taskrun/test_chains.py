"""Orchestrated tasks: scripts in order, a context that is passed on, integer ids."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dialects.taskrun.client import TaskRunClient, refusal
from tests.support.server import Server
from tests.support.waiting import eventually

FIRST = "import os\nprint('got', os.environ['who'], os.environ['yes'])\n"
GIVES = 'print(\'__CONTEXT__{"count": 2, "who": "second"}\')\n'
SECOND = "import os\nprint(os.environ['who'], os.environ['count'])\n"


def make(client: TaskRunClient, *scripts: str) -> int:
    body = {"name": "n", "description": "d", "scripts": list(scripts)}
    answer = client.ask("POST", "/api/tasks/db", json=body)
    assert answer.status_code == 201, answer.text
    number = answer.json()["task_id"]
    assert answer.json() == {"success": True, "task_id": number, "message": number}
    return int(number)


def run(client: TaskRunClient, number: int, context: dict[str, Any]) -> dict[str, Any]:
    answer = client.ask("POST", f"/api/tasks/db/{number}/execute", json={"context": context})
    assert answer.status_code == 202, answer.text
    run_id = answer.json()["run_id"]
    assert answer.json() == {"success": True, "message": "任务已提交执行", "run_id": run_id}

    def over() -> dict[str, Any] | None:
        newest = client.ask("GET", f"/api/tasks/db/{number}/runs").json()["data"][0]
        assert newest["run_id"] == run_id
        return None if newest["status"] == "running" else dict(newest)

    found = eventually(over, what="the chain is over")
    assert found is not None
    return found


def steps(client: TaskRunClient, run_id: int, what: str) -> list[dict[str, Any]]:
    return list(client.ask("GET", f"/api/tasks/db/runs/{run_id}/{what}").json()["data"])


def test_a_context_is_passed_from_script_to_script(client: TaskRunClient) -> None:
    client.create("first", FIRST + GIVES)
    client.create("second", SECOND)
    number = make(client, "first.py", "second.py")
    listed = client.ask("GET", "/api/tasks/db").json()["data"]
    mine = {"id": number, "name": "n", "description": "d", "scripts": ["first.py", "second.py"]}
    assert mine in listed
    over = run(client, number, {"who": "first", "yes": True})
    assert over["status"] == "success"
    assert over["initial_context"] == {"who": "first", "yes": True}
    assert over["final_context"] == {"who": "second", "yes": True, "count": 2}
    assert over["started_at"] <= over["finished_at"]
    logs = steps(client, over["run_id"], "logs")
    assert [one["script"] for one in logs] == ["first.py", "second.py"]
    assert logs[0]["output"].startswith("got first True\n")
    assert logs[1]["output"] == "second 2\n"
    contexts = steps(client, over["run_id"], "contexts")
    assert [one["context"]["who"] for one in contexts] == ["second", "second"]


@pytest.mark.parametrize(
    "content", ["raise SystemExit(2)\n", "print('an ERROR here')\n", "1 / 0\n", None]
)
def test_a_failure_stops_the_chain(client: TaskRunClient, content: str | None) -> None:
    client.create("good", "print('good')\n")
    if content is not None:
        client.create("bad", content)
    number = make(client, "good.py", "bad.py", "good.py")
    over = run(client, number, {})
    assert over["status"] == "failed"
    assert [one["script"] for one in steps(client, over["run_id"], "logs")] == ["good.py", "bad.py"]


def test_an_update_keeps_what_is_empty_and_replaces_the_scripts(client: TaskRunClient) -> None:
    number = make(client, "a.py")
    body = {"name": "", "description": "", "scripts": ["b.py", "c.py"]}
    assert client.ask("PUT", f"/api/tasks/db/{number}", json=body).status_code == 200
    listed = {one["id"]: one for one in client.ask("GET", "/api/tasks/db").json()["data"]}
    assert listed[number] == {
        "id": number,
        "name": "n",
        "description": "d",
        "scripts": ["b.py", "c.py"],
    }


def test_refusals(client: TaskRunClient, shared_server: Server) -> None:
    missing = (400, "缺少name或scripts")
    for body in ({}, {"name": "n"}, {"scripts": ["a.py"]}, {"name": "n", "scripts": []}):
        assert refusal(client.ask("POST", "/api/tasks/db", json=body)) == missing
    wrong_ones: list[object] = [["../a.py"], ["a"], [5], "a.py", ["a\0.py"], [".py"]]
    for scripts in wrong_ones:
        asked = {"name": "n", "scripts": scripts}
        assert refusal(client.ask("POST", "/api/tasks/db", json=asked))[0] == 400
    for number in ("999999", "x", "-1", "9" * 40):
        gone = client.ask("POST", f"/api/tasks/db/{number}/execute", json={})
        assert refusal(gone) == (400, "任务不存在")
    context = client.ask(
        "POST", f"/api/tasks/db/{make(client, 'a.py')}/execute", json={"context": 5}
    )
    assert refusal(context)[0] == 400
