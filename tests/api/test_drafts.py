"""Drafts over HTTP on the real server: checked, edited and run without being saved."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from runyard.api import answers, draft_answers
from runyard.definitions.script import read_script
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from tests.support.server import Server

RUN = "/api/v1/drafts/run"
CHECK = "/api/v1/drafts/check"
SETTINGS = "/api/v1/drafts/settings"

SCRIPT = """\
# /// script
# requires-python = ">=3.11"
# dependencies = []
#
# [tool.runyard]
# title = "Greeting"  # a comment
# timeout = "5m"
#
# [tool.runyard.parameters]
# count = {type = "integer", default = 2, min = 1}
#
# [[tool.runyard.schedules]]
# name = "nightly"
# cron = "0 2 * * *"
# timezone = "Europe/Berlin"
# ///
print("hello")
"""


@pytest.fixture
def server(module_server: Server) -> Server:
    return module_server


def check(server: Server, **body: Any) -> dict[str, Any]:
    answer = server.http.post(CHECK, json=body)
    assert answer.status_code == 200, answer.text
    draft_answers.DraftCheckAnswer.model_validate(answer.json())
    return dict(answer.json())


def run_draft(server: Server, content: str, **body: Any) -> dict[str, Any]:
    answer = server.http.post(RUN, json={"content": content, **body})
    assert answer.status_code == 201, answer.text
    answers.RunAnswer.model_validate(answer.json())
    return dict(answer.json())


def fields(problems: list[dict[str, Any]]) -> set[str]:
    return {problem["field"] for problem in problems}


# Checking


def test_a_good_draft_is_told_as_it_is_written_and_as_it_applies(server: Server) -> None:
    found = check(server, content=SCRIPT, task_id="greeting")
    assert found["problems"] == []
    assert found["settings"]["timeout"] == "5m"
    assert found["settings"]["parameters"]["count"]["min"] == 1
    assert "dependencies" not in found["settings"]
    assert (found["dependencies"], found["requires_python"]) == ([], ">=3.11")
    assert found["spec"]["timeout_s"] == 300
    assert found["parameters"] == found["spec"]["parameters"]
    (nightly,) = found["schedules"]
    assert (nightly["name"], nightly["kind"]) == ("nightly", "cron")
    assert nightly["summary"] == {"en": "at 02:00, every day", "zh": "每天，02:00"}
    assert [fire["local"][11:16] for fire in nightly["next"]] == ["02:00"] * 3
    assert not (server.tasks / "greeting.py").exists()


def test_what_is_wrong_has_its_line(server: Server) -> None:
    text = SCRIPT.replace('"5m"', '"soon"').replace("0 2 * *", "0 99 * *") + "def f(:\n"
    found = check(server, content=text)
    by_field = {problem["field"]: problem for problem in found["problems"]}
    lines = text.splitlines()
    assert 'timeout = "soon"' in lines[by_field["tool.runyard.timeout"]["line"] - 1]
    assert by_field["python"]["line"] == len(lines)
    assert by_field["python"]["severity"] == "error"
    (nightly,) = found["schedules"]
    assert nightly["kind"] is None
    assert nightly["problems"]
    assert nightly["problems"][0] in found["problems"]
    assert "cron" in lines[nightly["problems"][0]["line"] - 1]
    assert found["spec"]["timeout_s"] is None
    assert found["settings"]["timeout"] == "soon"


def test_schedules_are_checked_against_the_draft_itself(server: Server) -> None:
    text = SCRIPT.replace('# timezone = "Europe/Berlin"', '# params = {count = "many"}')
    assert fields(check(server, content=text)["problems"]) == {"tool.runyard.schedules.0"}
    text = SCRIPT.replace('# timezone = "Europe/Berlin"', '# calendar = "nowhere"')
    (problem,) = check(server, content=text)["problems"]
    assert "nowhere" in problem["message"]
    assert problem["line"] == text.splitlines().index("# [[tool.runyard.schedules]]") + 1
    text = SCRIPT.replace('cron = "0 2 * * *"', 'at = "2001-01-01 00:00"')
    (problem,) = check(server, content=text)["problems"]
    assert (problem["severity"], "no fire" in problem["message"]) == ("warning", True)


def test_a_task_id_is_checked_when_a_task_is_to_be_made(server: Server) -> None:
    server.write_task("taken", "print()\n")
    assert fields(check(server, content="", task_id="taken")["problems"]) == {"task_id"}
    assert check(server, content="", task_id="taken", new=False)["problems"] == []
    for wrong in ("../x", "", "_hidden", "a" * 300, "runs"):
        assert fields(check(server, content="", task_id=wrong)["problems"]) == {"task_id"}


@pytest.mark.parametrize(
    "content",
    [
        "(" * 5_000,
        "-" * 100_000 + "1",
        "x" + ".a" * 50_000,
        "x = " + "[" * 90 + "]" * 90,
        "1" * 100_000,
        "f'" + "{" * 3_000,
        "# /// script\n# a = " + "[" * 5_000 + "\n# ///\n",
        "# /// script\n# [tool.runyard]\n# priority = " + "9" * 5_000 + "\n# ///\n",
        "# /// script\n# tool = 3\n# dependencies = 7\n# requires-python = []\n# ///\n",
        "# /// script\n# [tool.runyard]\n# schedules = 3\n# schedule = {cron = 4}\n# ///\n",
        "# /// script\n# ///\n" * 2,
        "# -*- coding: nonsense -*-\n",
        "# -*- coding: ascii -*-\nprint('ü')\n",
        "\ufeff\r\r\n\x0c",
    ],
)
def test_a_hostile_draft_is_only_wrong(server: Server, content: str) -> None:
    check(server, content=content)
    answer = server.http.post(SETTINGS, json={"content": content, "settings": {"priority": 1}})
    assert answer.status_code in (200, 422), answer.text


def test_a_draft_that_is_too_large_is_not_read(server: Server) -> None:
    found = check(server, content="#" * (1024 * 1024 + 1))
    assert fields(found["problems"]) == {"content"}
    assert found["settings"] == {}
    answer = server.http.post(RUN, json={"content": "#" * (1024 * 1024 + 1)})
    assert answer.status_code == 422


def test_checking_runs_nothing(server: Server) -> None:
    path = server.folder / "touched"
    check(server, content=f"import pathlib; pathlib.Path({str(path)!r}).touch()\n")
    assert not path.exists()


def test_a_typed_draft_has_json_paths(server: Server) -> None:
    good = check(server, executor="shell", config={"command": "date"})
    assert good["problems"] == []
    assert good["spec"]["config"]["command"] == "date"
    wrong = check(
        server,
        executor="shell",
        config={"command": 3},
        settings={"timeout": "soon", "schedules": ["0 2 * * *", "nonsense"]},
    )
    assert fields(wrong["problems"]) == {
        "$.config.command", "$.settings.timeout", "$.settings.schedules[1]",
    }  # fmt: skip
    assert [one["kind"] for one in wrong["schedules"]] == ["cron", None]
    assert fields(check(server, executor="nobody")["problems"]) == {"$.executor"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"content": "", "executor": "shell"},
        {"executor": "script"},
        {"content": "", "config": {"a": 1}},
    ],
)
def test_it_is_a_script_or_a_typed_task(server: Server, body: dict[str, Any]) -> None:
    assert server.http.post(CHECK, json=body).status_code == 422


# Editing


def test_settings_are_changed_in_place(server: Server) -> None:
    changes = {
        "settings": {"title": "Hi", "timeout": None, "priority": 3},
        "dependencies": ["requests>=2"],
        "requires_python": ">=3.12",
    }
    answer = server.http.post(SETTINGS, json={"content": SCRIPT, **changes})
    assert answer.status_code == 200, answer.text
    draft_answers.DraftSettingsAnswer.model_validate(answer.json())
    text = answer.json()["content"]
    assert '# title = "Hi"  # a comment' in text
    assert text.endswith('# ///\nprint("hello")\n')
    definition = read_script("greeting", text)
    assert (definition.spec.priority, definition.spec.timeout) == (3, None)
    assert definition.spec.dependencies == ("requests>=2",)
    assert definition.spec.requires_python == ">=3.12"
    removed = server.http.post(SETTINGS, json={"content": text, "dependencies": None}).json()
    assert "dependencies" not in removed["content"]


def test_a_block_is_made_and_what_is_wrong_is_told(server: Server) -> None:
    body = {"content": "print(1)\n", "settings": {"priority": "high"}}
    answer = server.http.post(SETTINGS, json=body).json()
    assert answer["content"].startswith("# /// script\n")
    assert fields(answer["problems"]) == {"tool.runyard.priority"}
    again = {"content": answer["content"], "settings": {"priority": 2}}
    assert server.http.post(SETTINGS, json=again).json()["problems"] == []


def test_a_block_that_can_not_be_edited_is_refused(server: Server) -> None:
    broken = "# /// script\n# a = \n# ///\n"
    answer = server.http.post(SETTINGS, json={"content": broken, "settings": {"priority": 2}})
    assert answer.status_code == 422
    assert answer.json()["hint"]
    twice = {"content": "", "settings": {"dependencies": []}}
    assert server.http.post(SETTINGS, json=twice).status_code == 422


# Running


def test_a_draft_run_executes_the_text_and_leaves_the_task_alone(server: Server) -> None:
    server.write_task("mine", "print('saved')\n")
    text = "import runyard, sys\nprint('draft', __file__, sys.argv[1:])\nrunyard.result({'n': 1})\n"
    run = run_draft(server, text, task_id="mine", argv=["a"], labels=["trial"])
    assert run["draft"] is True
    assert (run["task_id"], run["task_version"]) == ("mine", None)
    assert "trial" in run["labels"]
    run = server.until(run["id"])
    assert (run["status"], run["result"]) == ("succeeded", {"n": 1})
    assert server.log_text(run["id"]).splitlines()[0] == f"draft {server.tasks / 'mine.py'} ['a']"
    task = server.http.get("/api/v1/tasks/mine").json()
    assert (task["version"], task["content"]) == (1, "print('saved')\n")
    kept = server.http.get(f"/api/v1/runs/{run['id']}/draft").json()
    draft_answers.DraftContentAnswer.model_validate(kept)
    assert kept["content"] == text
    assert kept["content_hash"] == hashlib.sha256(text.encode()).hexdigest()
    listed = server.http.get("/api/v1/runs", params={"task_id": "mine"}).json()["items"]
    assert [one["draft"] for one in listed] == [True]
    ordinary = server.finished("mine")
    assert ordinary["draft"] is False
    assert server.http.get(f"/api/v1/runs/{ordinary['id']}/draft").status_code == 404


def test_a_draft_needs_no_task(server: Server) -> None:
    run = server.until(run_draft(server, "raise SystemExit(3)\n")["id"])
    assert (run["task_id"], run["status"], run["concurrency_key"]) == (None, "failed", None)
    assert run["attempts"][0]["exit_code"] == 3
    named = run_draft(server, "print(1)\n", task_id="not_there_yet")
    assert server.until(named["id"])["status"] == "succeeded"
    assert server.http.get("/api/v1/tasks/not_there_yet").status_code == 404


def test_the_settings_of_the_draft_apply(server: Server) -> None:
    text = SCRIPT.replace('title = "Greeting"', 'queue = "trials"')
    wrong = server.http.post(RUN, json={"content": text, "params": {"count": 0}})
    assert wrong.status_code == 422
    run = run_draft(server, text, params={"count": 3}, timeout_s=7)
    assert (run["queue"], run["params"], run["spec"]["timeout_s"]) == ("trials", {"count": 3}, 7)


def test_a_rerun_runs_the_same_draft(server: Server) -> None:
    server.write_task("again", "print('saved')\n")
    text = "import sys; print('tried', *sys.argv[1:])\n"
    first = server.until(run_draft(server, text, task_id="again", argv=["x"])["id"])
    for body in ({}, {"exact": True}, {"argv": ["y"]}):
        answer = server.http.post(f"/api/v1/runs/{first['id']}/rerun", json=body)
        assert answer.status_code == 201, answer.text
        run = server.until(answer.json()["id"])
        assert (run["draft"], run["rerun_of"]) == (True, first["id"])
        expected = "tried y\n" if "argv" in body else "tried x\n"
        assert server.log_text(run["id"]) == expected


def test_a_draft_and_its_task_do_not_wait_for_each_other(server: Server) -> None:
    endless = "import time\nprint('up', flush=True)\ntime.sleep(600)\n"
    server.write_task("both", endless)
    draft = run_draft(server, endless, task_id="both")
    saved = server.submit("both")
    server.until(draft["id"], "running")
    server.until(saved["id"], "running")
    second = run_draft(server, "print(2)\n", task_id="both")
    waiting = server.run(second["id"])
    assert waiting["waiting_for"]["holders"] == [draft["id"]]
    replacing = run_draft(server, "print(3)\n", task_id="both", if_busy="replace")
    assert server.until(draft["id"])["status"] == "cancelled"
    assert server.until(second["id"])["status"] == "cancelled"
    assert server.until(replacing["id"])["status"] == "succeeded"
    assert server.run(saved["id"])["status"] == "running"
    server.http.post(f"/api/v1/runs/{saved['id']}/cancel", json={})
    server.until(saved["id"])


def test_a_pause_of_the_task_does_not_hold_a_draft_but_one_of_the_queue_does(
    server: Server,
) -> None:
    server.write_task("resting", "print(1)\n")
    server.http.post("/api/v1/tasks/resting/pause", json={"reason": "it is broken"})
    run = run_draft(server, "print(2)\n", task_id="resting")
    assert server.until(run["id"])["status"] == "succeeded"
    text = "# /// script\n# [tool.runyard]\n# queue = 'closed'\n# ///\n"
    server.http.post("/api/v1/queues/closed/pause")
    run = run_draft(server, text, task_id="resting")
    assert server.run(run["id"])["waiting_for"]["code"] == "queue_paused"
    server.http.post("/api/v1/queues/closed/resume")
    assert server.until(run["id"])["status"] == "succeeded"


def test_an_idempotency_key_replays_the_same_draft_only(server: Server) -> None:
    headers = {"Idempotency-Key": "draft-1"}
    body = {"content": "print('a')\n"}
    first = server.http.post(RUN, json=body, headers=headers, params={"wait": 60})
    assert (first.status_code, first.json()["status"]) == (201, "succeeded")
    again = server.http.post(RUN, json=body, headers=headers)
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    other = server.http.post(RUN, json={"content": "print('b')\n"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")


def test_what_can_not_be_run_is_refused(server: Server) -> None:
    typed = {"id": "typed", "executor": "shell", "config": {"command": "date"}}
    assert server.http.post("/api/v1/tasks", json=typed).status_code == 201
    for body, status in (
        ({"content": "", "task_id": "typed"}, 409),
        ({"content": "", "task_id": "../up"}, 422),
        ({"content": "# coding: nonsense\n"}, 422),
        ({"content": "", "argv": ["a"], "params": {"a": 1}}, 422),
        ({}, 422),
    ):
        assert server.http.post(RUN, json=body).status_code == status, body


# Around it


def test_a_stale_edit_is_told_what_is_the_newest(server: Server) -> None:
    server.write_task("shared", "print(1)\n")
    path = "/api/v1/tasks/shared"
    old = server.http.get(path).headers["etag"]
    mine = server.http.put(path, json={"content": "print(2)\n", "message": "mine"})
    for method, body in (
        ("PUT", {"content": "print(3)\n"}),
        ("PATCH", {"settings": {"priority": 1}}),
    ):
        answer = server.http.request(method, path, json=body, headers={"If-Match": old})
        assert answer.status_code == 412
        draft_answers.StaleTaskProblem.model_validate(answer.json())
        told = answer.json()
        assert told["etag"] == mine.headers["etag"]
        assert told["version"] == 2
        (newest, _) = server.http.get(f"{path}/versions").json()["items"]
        assert told["newest"] == newest
        assert (newest["author"], newest["message"]) == ("api", "mine")


def test_the_schema_and_the_examples(server: Server) -> None:
    schema = server.http.get("/api/v1/drafts/schema").json()
    assert schema["properties"]["timeout"]["examples"] == ["30m"]
    found = server.http.get("/api/v1/examples").json()
    draft_answers.ExamplesAnswer.model_validate(found)
    by_id = {one["id"]: one for one in found["items"]}
    assert list(by_id)[:2] == ["minimal", "steps"]
    assert {"hello", "report", "flaky"} <= by_id.keys()
    for one in found["items"]:
        assert check(server, content=one["content"], task_id=one["id"])["problems"] == []
    made = {"id": "from_example", "content": by_id["steps"]["content"]}
    assert server.http.post("/api/v1/tasks", json=made).status_code == 201
    run = server.finished("from_example", params={"steps": 1, "name": "Ada"})
    assert run["result"] == {"steps": 1, "greeted": "Ada"}


def test_a_draft_survives_the_server_and_garbage_does_not(stopped_server: Server) -> None:
    server = stopped_server.start()
    versions = server.data / "versions"
    text = "import time\ntime.sleep(600)\n"
    queue = "# /// script\n# [tool.runyard]\n# queue = 'later'\n# ///\nprint('late')\n"
    running = run_draft(server, text)
    server.until(running["id"], "running")
    server.http.post("/api/v1/queues/later/pause")
    waiting = run_draft(server, queue, task_id="other")
    over = server.until(run_draft(server, "print('over')\n")["id"])
    server.kill()
    for file in versions.iterdir():
        file.unlink()  # as with a new data folder beside the old database
    orphan = versions / f"{'0' * 64}.py"
    orphan.write_text("print('left behind')\n")
    server.start()
    assert not orphan.exists()
    assert server.run(running["id"])["status"] == "running"
    server.http.post("/api/v1/queues/later/resume")
    assert server.until(waiting["id"])["status"] == "succeeded"
    assert server.log_text(waiting["id"]) == "late\n"
    again = server.http.post(f"/api/v1/runs/{over['id']}/rerun", json={}).json()
    assert server.until(again["id"])["status"] == "succeeded"
    assert server.log_text(again["id"]) == "over\n"
    server.http.post(f"/api/v1/runs/{running['id']}/cancel", json={})
    assert server.until(running["id"])["status"] == "cancelled"
    eventually(lambda: len(list(versions.glob("*.py"))) == 3, what="three contents are kept")
