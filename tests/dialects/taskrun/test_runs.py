"""Runs of TaskRunService: accepted or refused at once, one for each task, polled to their end."""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from tests.dialects.taskrun.client import TaskRunClient, refusal
from tests.support.server import Server
from tests.support.waiting import eventually

SLEEP = "import time\ntime.sleep(600)\n"
FULL = (400, "已达到最大并发任务数")


def cancel_all(server: Server) -> None:
    server.http.post("/api/v1/runs/cancel", json={"filter": {"status": "live"}, "reason": "test"})


def test_a_run_from_click_to_log(client: TaskRunClient) -> None:
    client.create("hello", "import sys\nprint('hello', sys.argv[1:])\n")
    answer = client.ask("POST", "/api/tasks/hello/execute")  # no body, no content type
    assert answer.status_code == 202
    run_id = answer.json()["run_id"]
    assert answer.json() == {"success": True, "message": "任务已提交执行", "run_id": run_id}
    assert re.fullmatch("[0-9a-f]{8}", run_id)
    over = client.finished(run_id)
    assert over.keys() == {"run_id", "task_id", "status", "start_time", "end_time"}
    assert (over["run_id"], over["task_id"], over["status"]) == (run_id, "hello", "success")
    began, ended = (datetime.fromisoformat(over[name]) for name in ("start_time", "end_time"))
    assert began.tzinfo is None
    assert began <= ended
    assert abs((datetime.now() - ended).total_seconds()) < 600
    assert client.log("hello", run_id) == "hello []\n"


def test_parameters_become_text_in_order(client: TaskRunClient) -> None:
    client.create("args", "import sys\nprint(sys.argv[1:])\n")
    run_id = client.execute("args", "--x", 5, 1.5, True, "空 格")
    client.finished(run_id)
    assert client.log("args", run_id) == "['--x', '5', '1.5', 'True', '空 格']\n"


@pytest.mark.parametrize("body", [{"params": None}, {}, {"other": 1}])
def test_no_parameters(client: TaskRunClient, body: dict[str, Any]) -> None:
    client.create("plain", "import sys\nassert len(sys.argv) == 1\n")
    answer = client.ask("POST", "/api/tasks/plain/execute", json=body)
    assert client.finished(answer.json()["run_id"])["status"] == "success"


@pytest.mark.parametrize("params", ["text", 5, {"a": 1}])
def test_parameters_that_are_no_array(client: TaskRunClient, params: object) -> None:
    client.create("plain", "")
    answer = client.ask("POST", "/api/tasks/plain/execute", json={"params": params})
    assert refusal(answer)[0] == 400


@pytest.mark.parametrize(
    ("content", "status", "closing"),
    [
        ("print('fine')\n", "success", "fine\n"),
        ("raise SystemExit(3)\n", "failed", ""),
        ("raise ValueError('no')\n", "failed", "ValueError: no\n"),
        (
            '# /// script\n# [tool.runyard]\n# timeout = "0.5s"\n# ///\nimport time\n'
            "print('begun', flush=True)\ntime.sleep(600)\n",
            "timeout",
            "[ERROR] 任务执行超时 (0.5秒)\n",
        ),
    ],
)
def test_how_a_run_ends(client: TaskRunClient, content: str, status: str, closing: str) -> None:
    client.create("ends", content)
    run_id = client.execute("ends")
    assert client.finished(run_id)["status"] == status
    assert client.log("ends", run_id).endswith(closing)
    download = client.ask("GET", f"/api/logs/ends_{run_id}.log/download")
    assert download.content.decode().endswith(closing)


def test_a_run_that_the_platform_lost_is_an_error(
    client: TaskRunClient, shared_server: Server
) -> None:
    client.create("killed", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    run_id = client.execute("killed")
    assert client.finished(run_id)["status"] == "error"
    assert "[ERROR] 执行错误: " in client.log("killed", run_id)


def test_one_run_of_a_task_at_a_time(client: TaskRunClient, shared_server: Server) -> None:
    client.create("busy", SLEEP)
    run_id = client.execute("busy")
    assert client.status(run_id)["end_time"] is None
    again = client.ask("POST", "/api/tasks/busy/execute")
    assert refusal(again) == (400, "任务 busy 已在执行中，保障了进程唯一性")
    (active,) = client.ask("GET", "/api/tasks/runs").json()["data"]
    assert active["run_id"] == run_id
    assert active["task_id"] == "busy"
    assert active["status"] == "running"
    cancel_all(shared_server)
    assert client.finished(run_id)["status"] == "failed"
    assert client.ask("GET", "/api/tasks/runs").json() == {"success": True, "data": []}
    client.ask("PUT", "/api/tasks/busy", json={"content": "print('again')\n"})
    assert client.finished(client.execute("busy"))["status"] == "success"


def test_of_many_at_once_exactly_one_is_accepted(
    client: TaskRunClient, shared_server: Server
) -> None:
    client.create("contested", SLEEP)
    with ThreadPoolExecutor(16) as pool:
        path = "/api/tasks/contested/execute"
        answers = list(pool.map(lambda _: client.ask("POST", path), range(16)))
    assert Counter(answer.status_code for answer in answers) == {202: 1, 400: 15}
    cancel_all(shared_server)


def test_as_many_tasks_as_there_are_places(client: TaskRunClient, shared_server: Server) -> None:
    """More are refused, never queued; also when all come together, also for a wrong name."""
    for number in range(8):
        client.create(f"many{number}", SLEEP)
    with ThreadPoolExecutor(8) as pool:
        paths = [f"/api/tasks/many{number}/execute" for number in range(8)]
        answers = list(pool.map(lambda path: client.ask("POST", path), paths))
    assert Counter(answer.status_code for answer in answers) == {202: 5, 400: 3}
    assert {refusal(answer) for answer in answers if answer.status_code == 400} == {FULL}
    assert len(client.ask("GET", "/api/tasks/runs").json()["data"]) == 5
    waiting = shared_server.http.get("/api/v1/runs", params={"status": "waiting"})
    assert waiting.json()["items"] == []
    assert refusal(client.ask("POST", "/api/tasks/none/execute")) == FULL
    cancel_all(shared_server)
    for answer in answers:
        if answer.status_code == 202:
            client.finished(answer.json()["run_id"])
    assert client.execute("many7")
    cancel_all(shared_server)


def test_what_can_not_start_now_is_refused_and_says_why(
    client: TaskRunClient, shared_server: Server
) -> None:
    client.create("held", "print(1)\n")
    shared_server.http.post("/api/v1/queues/script/pause")
    status, message = refusal(client.ask("POST", "/api/tasks/held/execute"))
    assert status == 400
    assert "queue script is paused" in message
    (kept,) = shared_server.http.get("/api/v1/runs", params={"task_id": "held"}).json()["items"]
    assert kept["status"] == "cancelled"


def test_what_was_started_elsewhere_is_there_too(
    client: TaskRunClient, shared_server: Server
) -> None:
    client.create("shared", "print('from elsewhere')\n")
    run = shared_server.finished("shared")
    assert client.status(run["id"])["status"] == "success"
    assert client.log("shared", run["id"]) == "from elsewhere\n"


@pytest.mark.parametrize("run_id", ["deadbeef", "0" * 16, "nothing", "..", "%00", "x" * 3000])
def test_a_run_that_is_not_there(client: TaskRunClient, run_id: str) -> None:
    answer = client.ask("GET", f"/api/tasks/runs/{run_id}")
    if run_id == "..":
        return  # the client itself makes /api/tasks of it
    assert refusal(answer) == (404, "执行记录不存在")


def test_a_deleted_task_runs_to_its_end(client: TaskRunClient, shared_server: Server) -> None:
    gate = shared_server.folder / "gate"
    client.create(
        "leaving",
        f"import os, time\nprint('in', flush=True)\nwhile not os.path.exists({str(gate)!r}):\n"
        "    time.sleep(0.02)\nprint('out')\n",
    )
    run_id = client.execute("leaving")
    assert client.ask("DELETE", "/api/tasks/leaving").status_code == 200
    eventually(lambda: client.log("leaving", run_id) == "in\n", what="the first line")
    gate.touch()
    assert client.finished(run_id)["status"] == "success"
    assert client.log("leaving", run_id) == "in\nout\n"


def test_runs_and_logs_outlive_the_server(stopped_server: Server) -> None:
    server = stopped_server.start()
    client = TaskRunClient(server)
    client.create("durable", "print('kept')\n")
    done = client.execute("durable")
    client.finished(done)
    client.create("long", SLEEP)
    going = client.execute("long")
    server.kill()
    server.start()
    client = TaskRunClient(server)
    assert client.status(done)["status"] == "success"
    assert client.log("durable", done) == "kept\n"
    assert client.status(going)["status"] == "running"
    assert refusal(client.ask("POST", "/api/tasks/long/execute"))[0] == 400
    cancel_all(server)
    client.finished(going)
