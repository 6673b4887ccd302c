"""What a user does, from the first file to the last log line, against the real server."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest

from tests.support.server import Server, is_alive
from tests.support.waiting import eventually


@pytest.fixture
def server(shared_server: Server) -> Server:
    """None of these journeys stops the server, so they share one."""
    return shared_server


SLEEPER = "import time\nprint('up', flush=True)\ntime.sleep(600)\n"

APP = '''
import enum
import runyard
from pydantic import BaseModel


class Colour(enum.Enum):
    RED = "red"


@runyard.task(retries=1, queue="paint")
def paint(colour: Colour, coats: int = 1) -> dict:
    """Paint something."""
    runyard.progress(50, "half")
    return {"colour": colour.value, "coats": coats}


@runyard.task()
def broken() -> None:
    raise ValueError("no brush")


class Crawl(BaseModel):
    site: str
    depth: int = 2


@runyard.executor("crawl", config=Crawl)
def crawl(config: Crawl, ctx) -> str:
    return f"{config.site} to {config.depth}"
'''


def with_settings(settings: str, code: str) -> str:
    block = "".join(f"# {line}\n" for line in settings.strip().splitlines())
    return f"# /// script\n# [tool.runyard]\n{block}# ///\n{code}"


def post(server: Server, path: str, body: Any = None, **headers: str) -> Any:
    answer = server.http.post(path, json=body if body is not None else {}, headers=headers)
    assert answer.status_code < 300, answer.text
    return answer.json()


def test_a_file_is_a_task_and_a_task_is_a_file(server: Server) -> None:
    (server.tasks / "dropped.py").write_text("print('one')\n")
    eventually(lambda: server.http.get("/api/v1/tasks/dropped").status_code == 200, timeout_s=60)
    made = server.http.post("/api/v1/tasks", json={"id": "made", "content": "print('made')\n"})
    assert made.status_code == 201
    assert (server.tasks / "made.py").read_text() == "print('made')\n"

    etag = server.http.get("/api/v1/tasks/made").headers["etag"]
    edit = {"content": "print('edited')\n", "message": "better"}
    assert (
        server.http.put("/api/v1/tasks/made", json=edit, headers={"If-Match": etag}).status_code
        == 200
    )
    stale = server.http.put("/api/v1/tasks/made", json=edit, headers={"If-Match": etag})
    assert stale.status_code == 412
    assert stale.json()["code"] == "stale_edit"

    versions = server.http.get("/api/v1/tasks/made/versions").json()["items"]
    assert [(v["version"], v["message"]) for v in versions] == [(2, "better"), (1, "")]
    diff = server.http.get("/api/v1/tasks/made/versions/1/diff", params={"to": 2})
    assert "+print('edited')" in diff.json()["diff"]
    post(server, "/api/v1/tasks/made/versions/1/restore")
    assert (server.tasks / "made.py").read_text() == "print('made')\n"

    post(server, "/api/v1/tasks/made/rename", {"new_id": "renamed"})
    assert not (server.tasks / "made.py").exists()
    assert server.http.delete("/api/v1/tasks/renamed").status_code in (200, 204)
    assert not (server.tasks / "renamed.py").exists()


def test_an_old_version_runs_again_exactly(server: Server) -> None:
    server.write_task("v", "print('first')\n")
    first = server.finished("v")
    server.write_task("v", "print('second')\n")
    exact = post(server, f"/api/v1/runs/{first['id']}/rerun", {"exact": True})
    newest = post(server, f"/api/v1/runs/{first['id']}/rerun", {})
    assert server.until(exact["id"])["rerun_of"] == first["id"]
    server.until(newest["id"])
    assert server.log_text(exact["id"]) == "first\n"
    assert server.log_text(newest["id"]) == "second\n"


def test_a_wrong_setting_is_reported_with_its_line_and_hides_nothing(server: Server) -> None:
    server.write_task("odd", with_settings('timeuot = "5s"\npriority = 3', "print('ran')\n"))
    task = server.http.get("/api/v1/tasks/odd").json()
    (problem,) = task["problems"]
    assert problem["line"] == 3
    assert "timeout" in problem["message"]
    assert task["spec"]["priority"] == 3
    assert server.finished("odd")["status"] == "succeeded"


def test_parameters_are_checked_and_reach_the_script(server: Server) -> None:
    server.write_task(
        "add",
        with_settings(
            'parameters = {a = {type = "integer", required = true}, b = 5}',
            "import runyard\np = runyard.context().params\nrunyard.result(p['a'] + p['b'])\n",
        ),
    )
    wrong = server.http.post("/api/v1/tasks/add/runs", json={"params": {"b": "x"}})
    assert wrong.status_code == 422
    assert {p["where"] for p in wrong.json()["problems"]} == {"params.a", "params.b"}
    assert server.finished("add", params={"a": "2"})["result"] == 7


def test_plain_arguments_and_exit_codes(server: Server) -> None:
    server.write_task("args", "import sys\nprint(sys.argv[1:])\nsys.exit(3)\n")
    run = server.finished("args", argv=["x", "--y=1"])
    assert run["status"] == "failed"
    assert run["attempts"][0]["exit_code"] == 3
    assert server.log_text(run["id"]) == "['x', '--y=1']\n"


def test_an_exception_is_told_with_its_traceback(server: Server) -> None:
    server.write_task("boom", "def f():\n    raise KeyError('gone')\nf()\n")
    run = server.finished("boom")
    assert run["status"] == "failed"
    assert run["error"]["type"] == "KeyError"
    assert 'boom.py", line 2, in f' in run["error"]["traceback"]
    assert "runyard" not in server.log_text(run["id"])


def test_retries_by_exit_code(server: Server) -> None:
    script = (
        "import runyard, sys\nn = runyard.context().attempt\nprint('try', n)\n"
        "sys.exit(0 if n == 3 else 75)\n"
    )
    settings = 'retries = {max = 5, backoff = "0.05s", exit_codes = [75]}'
    server.write_task("flaky", with_settings(settings, script))
    run = server.finished("flaky")
    assert (run["status"], run["attempt"], run["failures"]) == ("succeeded", 3, 2)
    assert [a["exit_code"] for a in run["attempts"]] == [75, 75, 0]
    told = [a["error"]["retry"] for a in run["attempts"] if a["error"]]
    assert [re.sub(r"[0-9.]+s$", "N s", text) for text in told] == [
        "the attempt failed with exit 75: retries 1 of 5, in N s",
        "the attempt failed with exit 75: retries 2 of 5, in N s",
    ]
    assert server.log_text(run["id"]) == "try 1\ntry 2\ntry 3\n"
    server.write_task("other", with_settings(settings, "import sys; sys.exit(1)\n"))
    other = server.finished("other")
    assert other["attempt"] == 1
    assert other["error"]["retry"] == "the attempt failed with exit 1; retried are only 75"


def test_cancel_kills_the_whole_tree(server: Server) -> None:
    server.write_task(
        "tree",
        "import os, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'],\n"
        "                         start_new_session=True)\n"
        "print(os.getpid(), child.pid, flush=True)\n"
        "time.sleep(600)\n",
    )
    server.http.patch("/api/v1/tasks/tree", json={"settings": {"grace": "0.3s"}})
    run_id = server.submit("tree")["id"]
    pids = eventually(lambda: [int(pid) for pid in server.log_text(run_id).split()])
    assert len(pids) == 2
    post(server, f"/api/v1/runs/{run_id}/cancel", {"reason": "enough"})
    run = server.until(run_id)
    assert (run["status"], run["cancel_reason"]) == ("cancelled", "enough")
    assert not any(is_alive(pid) for pid in pids)


def test_a_busy_task_queues_rejects_skips_or_replaces(server: Server) -> None:
    server.write_task("one", SLEEPER)
    first = server.submit("one")["id"]
    server.until(first, "running")
    second = server.submit("one")["id"]
    waiting = server.run(second)["waiting_for"]
    assert waiting["code"] == "key_busy"
    assert first in waiting["message"]
    rejected = server.http.post("/api/v1/tasks/one/runs", json={"if_busy": "reject"})
    assert rejected.status_code == 409
    assert rejected.json()["run_id"] == first
    skipped = server.submit("one", if_busy="skip")
    assert skipped["status"] == "cancelled"
    assert first in skipped["error"]["message"]
    last = server.submit("one", if_busy="replace")["id"]
    assert server.until(first)["status"] == "cancelled"
    assert server.until(second)["status"] == "cancelled"
    server.until(last, "running")
    post(server, f"/api/v1/runs/{last}/cancel")
    server.until(last)


def test_queues_have_limits_and_pauses_and_the_next_run_starts_at_once(server: Server) -> None:
    for name in "abc":
        server.write_task(name, with_settings('queue = "narrow"', SLEEPER))
    server.http.patch("/api/v1/queues/narrow", json={"limit": 1})
    a, b = server.submit("a")["id"], server.submit("b")["id"]
    server.until(a, "running")
    assert server.run(b)["waiting_for"]["code"] == "queue_full"
    c = server.submit("c", priority=9)["id"]
    post(server, f"/api/v1/runs/{a}/cancel")
    server.until(c, "running")
    assert server.run(b)["status"] == "queued"
    post(server, "/api/v1/queues/narrow/pause")
    post(server, f"/api/v1/runs/{c}/cancel")
    server.until(c)
    assert server.run(b)["waiting_for"]["code"] == "queue_paused"
    post(server, "/api/v1/queues/narrow/resume")
    server.until(b, "running")
    post(server, "/api/v1/tasks/b/pause", {"reason": "holiday"})
    again = server.submit("b")["id"]
    cancelled = post(server, "/api/v1/runs/cancel", {"filter": {"status": "running"}})
    assert cancelled["ids"] == [b]
    eventually(lambda: server.run(again)["waiting_for"]["code"] == "task_paused")
    post(server, "/api/v1/tasks/b/resume")
    server.until(again, "running")
    post(server, f"/api/v1/runs/{again}/cancel")


def test_not_before_and_the_reason_to_wait(server: Server) -> None:
    server.write_task("later", "print('now')\n")
    run = server.submit("later", delay_s=1.5)
    assert run["status"] == "scheduled"
    assert server.run(run["id"])["waiting_for"]["code"] == "not_before"
    began = time.monotonic()
    assert server.until(run["id"])["status"] == "succeeded"
    assert time.monotonic() - began < 10
    far = server.submit("later", delay_s=3600)["id"]
    post(server, f"/api/v1/runs/{far}/cancel")
    assert server.run(far)["status"] == "cancelled"


def test_an_idempotency_key_makes_one_run(server: Server) -> None:
    server.write_task("once", "print('once')\n")
    path, key = "/api/v1/tasks/once/runs", {"Idempotency-Key": "k1"}
    first = server.http.post(path, json={}, headers=key)
    again = server.http.post(path, json={}, headers=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    other = server.http.post(path, json={"argv": ["other"]}, headers=key)
    assert other.status_code == 422


def test_wait_answers_with_the_outcome(server: Server) -> None:
    server.write_task("quick", "import runyard\nrunyard.result([1, 2])\n")
    answer = server.http.post("/api/v1/tasks/quick/runs", params={"wait": 20}, json={})
    assert answer.json()["result"] == [1, 2]


def test_thousands_in_one_call(server: Server) -> None:
    server.write_task("many", with_settings("concurrency = 0", "pass\n"))
    server.http.patch("/api/v1/queues/script", json={"paused": True})
    runs = [{"task_id": "many"}] * 3000 + [{"task_id": "absent"}]
    answer = post(server, "/api/v1/runs/bulk", {"runs": runs})
    assert len([i for i in answer["ids"] if i]) == 3000
    assert [e["index"] for e in answer["errors"]] == [3000]
    done = post(server, "/api/v1/runs/cancel", {"filter": {"task_id": "many"}})
    assert done["count"] == 3000


def test_functions_and_executors_of_the_app(stopped_server: Server) -> None:
    app = stopped_server.folder / "yard_app.py"
    app.write_text(APP)
    server = stopped_server.start("--app", str(app))
    paint = server.http.get("/api/v1/tasks/paint").json()
    assert paint["source"] == "app"
    assert [p["name"] for p in paint["spec"]["parameters"]] == ["colour", "coats"]
    assert server.http.post("/api/v1/tasks/paint/runs", json={"params": {}}).status_code == 422
    run = server.finished("paint", params={"colour": "red", "coats": 2})
    assert (run["status"], run["queue"]) == ("succeeded", "paint"), server.log_text(run["id"])
    assert run["result"] == {"colour": "red", "coats": 2}
    failed = server.finished("broken")
    assert (failed["status"], failed["error"]["type"]) == ("failed", "ValueError")

    one_off = post(server, "/api/v1/runs", {"executor": "crawl", "config": {"site": "x"}})
    assert server.until(one_off["id"])["result"] == "x to 2"
    wrong = server.http.post("/api/v1/runs", json={"executor": "crawl", "config": {"depth": "q"}})
    assert wrong.status_code == 422
    typed = {"id": "docs", "executor": "crawl", "config": {"site": "docs", "depth": 1}}
    post(server, "/api/v1/tasks", typed)
    assert server.finished("docs")["result"] == "docs to 1"

    app.write_text(APP.replace('"coats": coats', '"coats": -coats'))
    post(server, "/api/v1/reload")
    assert server.finished("paint", params={"colour": "red"})["result"]["coats"] == -1
    app.write_text("raise RuntimeError('half edited')\n")
    refused = server.http.post("/api/v1/reload")
    assert refused.status_code == 422
    assert "half edited" in json.dumps(refused.json())
    assert server.http.get("/api/v1/tasks/paint").json()["problems"]


def test_shell_commands(server: Server) -> None:
    body = {"executor": "shell", "config": {"command": "echo $1 >&2; exit 4"}, "argv": ["hi"]}
    run = server.until(post(server, "/api/v1/runs", body)["id"])
    assert (run["status"], run["attempts"][0]["exit_code"]) == ("failed", 4)
    lines = server.http.get(f"/api/v1/runs/{run['id']}/log").json()["lines"]
    assert [(line["stream"], line["text"]) for line in lines] == [("stderr", "hi")]
    body["config"] = {"command": "exit 4", "expected_exit_codes": [4]}
    run = server.until(post(server, "/api/v1/runs", body)["id"])
    assert run["status"] == "succeeded"


def test_external_work_reports_and_must_stay_alive(server: Server) -> None:
    post(server, "/api/v1/tasks", {"id": "ext", "executor": "external", "config": {}})
    run_id = server.submit("ext")["id"]
    server.until(run_id, "running")
    path = f"/api/v1/runs/{run_id}"
    post(server, f"{path}/heartbeat")
    assert post(server, f"{path}/progress", {"progress": 40, "message": "40"})["progress"] == 40
    done = post(server, f"{path}/finish", {"status": "succeeded", "result": {"n": 1}})
    assert (done["status"], done["result"]) == ("succeeded", {"n": 1})

    server.http.patch("/api/v1/tasks/ext", json={"settings": {"heartbeat": "0.5s"}})
    silent = server.finished("ext")
    assert (silent["status"], silent["error"]["type"]) == ("crashed", "heartbeat")
    cancelled = server.submit("ext")["id"]
    server.until(cancelled, "running")
    post(server, f"/api/v1/runs/{cancelled}/cancel")
    assert server.until(cancelled)["status"] == "cancelled"


def test_a_rate_spreads_the_starts_of_a_queue(server: Server) -> None:
    server.write_task("paced", with_settings('queue = "slow-lane"\nconcurrency = 0', "print(1)\n"))
    asked = server.http.patch("/api/v1/queues/slow-lane", json={"rate": "1/h burst 2"})
    assert (asked.status_code, asked.json()["rate"]) == (200, "1/h burst 2")
    first = [server.submit("paced")["id"] for _ in range(2)]
    assert [server.until(run_id)["status"] for run_id in first] == ["succeeded"] * 2
    held = server.submit("paced")["id"]
    reason = server.run(held)["waiting_for"]
    assert reason["code"] == "rate_limited"
    assert "starts 1 runs per 1h" in reason["message"]
    assert reason["until"] is not None
    wrong = server.http.patch("/api/v1/queues/slow-lane", json={"rate": "fast"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid")
    listed = {one["name"]: one["rate"] for one in server.http.get("/api/v1/queues").json()["items"]}
    assert listed["slow-lane"] == "1/h burst 2"
    server.http.patch("/api/v1/queues/slow-lane", json={"rate": None})
    assert server.until(held)["status"] == "succeeded"
