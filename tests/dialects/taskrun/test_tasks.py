"""Script tasks of TaskRunService: exact bodies, codes and messages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.dialects.taskrun.client import TaskRunClient, refusal
from tests.support.server import Server

LOCAL_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?")
GONE = "任务不存在"


def test_the_life_of_a_task(client: TaskRunClient, shared_server: Server) -> None:
    client.create("data_process", "print('one')\n")
    file = shared_server.tasks / "data_process.py"
    assert file.read_text() == "print('one')\n"

    (listed,) = client.ask("GET", "/api/tasks").json()["data"]
    assert listed.keys() == {"id", "name", "path", "created_at"}
    assert (listed["id"], listed["name"]) == ("data_process", "data_process")
    assert listed["path"] == "data_process.py"
    assert LOCAL_TIME.fullmatch(listed["created_at"])

    detail = client.ask("GET", "/api/tasks/data_process").json()
    assert detail["success"] is True
    assert detail["data"] == {
        **listed,
        "task_id": "data_process",
        "content": "print('one')\n",
        "modified_at": detail["data"]["modified_at"],
    }

    # The editor sends the whole object back.
    edited = {**detail["data"], "content": "print('two')\n"}
    answer = client.ask("PUT", "/api/tasks/data_process", json=edited)
    assert (answer.status_code, answer.json()) == (
        200,
        {"success": True, "message": "任务更新成功"},
    )
    assert file.read_text() == "print('two')\n"
    after = client.ask("GET", "/api/tasks/data_process").json()["data"]
    assert after["created_at"] == listed["created_at"]
    assert after["modified_at"] > detail["data"]["modified_at"]

    answer = client.ask("DELETE", "/api/tasks/data_process")
    assert (answer.status_code, answer.json()) == (
        200,
        {"success": True, "message": "任务删除成功"},
    )
    assert not file.exists()
    assert client.ask("GET", "/api/tasks").json() == {"success": True, "data": []}


def test_a_file_put_there_by_hand_is_there_at_once(
    client: TaskRunClient, shared_server: Server
) -> None:
    (shared_server.tasks / "by_hand.py").write_text("print('by hand')\n")
    assert [task["id"] for task in client.ask("GET", "/api/tasks").json()["data"]] == ["by_hand"]
    (shared_server.tasks / "later.py").write_text("print('later')\n")
    assert client.finished(client.execute("later"))["status"] == "success"


def test_only_scripts_directly_in_the_folder_are_listed(
    client: TaskRunClient, shared_server: Server
) -> None:
    (shared_server.tasks / "sub").mkdir()
    (shared_server.tasks / "sub" / "inner.py").write_text("")
    (shared_server.tasks / "notes.txt").write_text("")
    typed = {"id": "typed", "executor": "shell", "config": {"command": "true"}}
    assert shared_server.http.post("/api/v1/tasks", json=typed).status_code == 201
    assert client.ask("GET", "/api/tasks").json()["data"] == []
    assert refusal(client.ask("GET", "/api/tasks/typed")) == (404, GONE)
    assert refusal(client.ask("DELETE", "/api/tasks/typed")) == (400, GONE)


@pytest.mark.parametrize("task_id", ["任务_一", "with-dash", "a.b", "数据1"])
def test_ids_in_any_script(client: TaskRunClient, task_id: str) -> None:
    client.create(task_id, "print('你好')\n")
    run_id = client.execute(task_id)
    assert client.finished(run_id)["status"] == "success"
    assert client.log(task_id, run_id) == "你好\n"


def test_an_empty_content_is_the_default(client: TaskRunClient) -> None:
    assert client.ask("POST", "/api/tasks", json={"task_id": "empty"}).status_code == 201
    assert client.ask("GET", "/api/tasks/empty").json()["data"]["content"] == ""


@pytest.mark.parametrize("body", [{"content": "x"}, {"task_id": "", "content": "x"}])
def test_a_missing_id(client: TaskRunClient, body: dict[str, str]) -> None:
    assert refusal(client.ask("POST", "/api/tasks", json=body)) == (400, "缺少task_id")


def test_a_taken_id_leaves_the_task_as_it_is(client: TaskRunClient) -> None:
    client.create("taken", "print(1)\n")
    again = client.ask("POST", "/api/tasks", json={"task_id": "taken", "content": "print(2)\n"})
    assert refusal(again)[0] == 400
    assert client.ask("GET", "/api/tasks/taken").json()["data"]["content"] == "print(1)\n"


@pytest.mark.parametrize("body", [{}, {"content": None}, {"other": 1}])
def test_an_update_without_content_empties_nothing(
    client: TaskRunClient, body: dict[str, object]
) -> None:
    client.create("kept", "print(1)\n")
    assert refusal(client.ask("PUT", "/api/tasks/kept", json=body))[0] == 400
    assert client.ask("GET", "/api/tasks/kept").json()["data"]["content"] == "print(1)\n"


def test_what_is_not_there(client: TaskRunClient) -> None:
    assert refusal(client.ask("GET", "/api/tasks/none")) == (404, GONE)
    assert refusal(client.ask("PUT", "/api/tasks/none", json={"content": ""})) == (400, GONE)
    assert refusal(client.ask("DELETE", "/api/tasks/none")) == (400, GONE)
    assert refusal(client.ask("POST", "/api/tasks/none/execute")) == (400, GONE)


@pytest.mark.parametrize(
    "task_id",
    ["..", ".", "../out", "a/b", "a\\b", "/etc/x", "x" * 300, "runs", "db", "a\nb", "...", 5, []],
)
def test_an_id_that_is_no_file_stem_is_refused(
    client: TaskRunClient, shared_server: Server, task_id: object
) -> None:
    before = everything_below(shared_server.folder)
    answer = client.ask("POST", "/api/tasks", json={"task_id": task_id, "content": "x = 1\n"})
    assert refusal(answer)[0] == 400
    assert everything_below(shared_server.folder) == before


@pytest.mark.parametrize("raw", [b"{", b"[]", b'"x"', b"5", b'{"task_id": "a\\u0000b"}', b"\xff"])
def test_a_body_that_is_no_object_is_refused(client: TaskRunClient, raw: bytes) -> None:
    for path in ("/taskrun/api/tasks", "/taskrun/api/tasks/x/execute"):
        assert refusal(client.ask("POST", path, content=raw))[0] == 400


@pytest.mark.parametrize(
    "path",
    ["%2e%2e", "..%2f..%2fetc%2fpasswd", "%00", "a%00b", "x" * 5000, "%ff%fe", "%2e%2e%5cx"],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
def test_hostile_ids_in_paths(client: TaskRunClient, method: str, path: str) -> None:
    suffix = "/execute" if method == "POST" else ""
    body = {"content": "x"} if method == "PUT" else None
    answer = client.ask(method, f"/api/tasks/{path}{suffix}", json=body)
    assert 400 <= answer.status_code < 500
    assert answer.json()["success"] is False


def test_every_change_is_in_the_app_log(client: TaskRunClient) -> None:
    client.create("audited", "")
    client.ask("PUT", "/api/tasks/audited", json={"content": "print(1)\n"})
    run_id = client.execute("audited")
    client.finished(run_id)
    client.ask("DELETE", "/api/tasks/audited")
    lines = client.ask("GET", "/api/logs/app.log", params={"lines": "50"}).json()["data"]["content"]
    for words in ("audited created", "audited updated", f"({run_id})", "audited deleted"):
        assert words in lines, words


def everything_below(folder: Path) -> set[str]:
    logs = folder / "data"
    return {str(path) for path in folder.rglob("*.py") if logs not in path.parents}
