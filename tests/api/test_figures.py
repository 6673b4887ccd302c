"""Counts, timeline, statistics, facets and projects on the real server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from runyard.api import answers, statistics_answers
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from tests.support.server import Server

AT = "/api/v1"
SCRIPT = """# /// script
# [tool.runyard]
# project = "{project}"
# owner = "ada"
# labels = ["nightly", "{task_id}"]
# queue = "lane-{project}"
# ///
import sys
sys.exit({code})
"""


@pytest.fixture(scope="module")
def server(module_server: Server) -> Server:
    """Tasks of two projects, of which one has a task that succeeded and one that failed."""
    for task_id, project, code in (("good", "p", 0), ("bad", "p", 3), ("idle", "q", 0)):
        text = SCRIPT.format(project=project, task_id=task_id, code=code)
        module_server.write_task(task_id, text)
    module_server.write_task("plain", "print('plain')\n")
    module_server.finished("good")
    module_server.finished("bad")
    module_server.finished("good")
    return module_server


def get(server: Server, path: str, **query: Any) -> Any:
    answer = server.http.get(f"{AT}{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_runs_are_counted_by_status(server: Server) -> None:
    found = get(server, "/runs/counts", task_id=["good", "bad"])
    statistics_answers.RunCountsAnswer.model_validate(found)
    assert (found["counts"]["succeeded"], found["counts"]["failed"]) == (2, 1)
    assert (found["total"], found["exact"]) == (3, True)
    assert get(server, "/runs/counts", task_id="bad", status="final")["total"] == 1
    assert get(server, "/runs/counts", task_id="bad", status="live")["total"] == 0


def test_what_ended_since_one_last_looked(server: Server) -> None:
    (newest, older) = get(server, "/runs", task_id="good")["items"]
    seen = older["finished_at"]
    since = get(server, "/runs", task_id=["good", "bad"], finished_since=newest["finished_at"])
    assert [run["id"] for run in since["items"]] == [newest["id"]]
    before = get(server, "/runs", task_id="good", finished_until=newest["finished_at"])
    assert [run["id"] for run in before["items"]] == [older["id"]]
    failed = get(server, "/runs/counts", finished_since=seen, status="failed,crashed,timed_out")
    assert failed["total"] == 1
    body = {"filter": {"task_id": "good", "finished_since": seen}}
    cancelled = server.http.post(f"{AT}/runs/cancel", json=body)
    assert cancelled.json() == {"count": 0, "ids": []}


def test_the_timeline_has_the_last_hours(server: Server) -> None:
    found = get(server, "/runs/timeline", project="p")
    statistics_answers.TimelineAnswer.model_validate(found)
    assert [span["task_id"] for span in found["items"]] == ["good", "bad", "good"]
    assert not found["truncated"]
    hours = datetime.fromisoformat(found["until"]) - datetime.fromisoformat(found["since"])
    assert hours == timedelta(hours=6)
    one = get(server, "/runs/timeline", project="p", limit=1)
    assert [span["task_id"] for span in one["items"]] == ["good"]
    assert one["truncated"]
    early = get(server, "/runs/timeline", until="2020-01-01T00:00:00Z")
    assert (early["items"], early["since"]) == ([], "2019-12-31T18:00:00Z")


@pytest.mark.parametrize(
    "query",
    [
        {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"limit": 5001},
        {"finished_since": "2026-01-01T00:00:00Z"},
        {"status": "sleeping"},
    ],
)
def test_a_timeline_of_nothing_sensible_is_refused(server: Server, query: dict[str, Any]) -> None:
    answer = server.http.get(f"{AT}/runs/timeline", params=query)
    assert answer.status_code == 422, answer.text
    assert answer.json()["problems"]


def test_one_walks_from_run_to_run_of_a_task(server: Server) -> None:
    newest, older = get(server, "/runs", task_id="good")["items"]
    found = get(server, f"/runs/{older['id']}/neighbours")
    statistics_answers.NeighboursAnswer.model_validate(found)
    assert (found["previous"], found["next"]["id"]) == (None, newest["id"])
    found = get(server, f"/runs/{newest['id'][-8:]}/neighbours")
    assert (found["previous"]["id"], found["next"]) == (older["id"], None)
    assert server.http.get(f"{AT}/runs/0000000000/neighbours").status_code == 404


def test_tasks_show_their_newest_runs(server: Server) -> None:
    page = get(server, "/tasks", recent=1)
    answers.TaskPageAnswer.model_validate(page)
    by_id = {task["id"]: task["recent_runs"] for task in page["items"]}
    newest = get(server, "/runs", task_id="good", limit=1)["items"][0]
    (shown,) = by_id["good"]
    assert shown == {name: newest[name] for name in shown}
    assert by_id["bad"][0]["status"] == "failed"
    assert by_id["idle"] == []
    assert len(get(server, "/tasks", recent=30, q="good")["items"][0]["recent_runs"]) == 2
    assert get(server, "/tasks", q="good")["items"][0]["recent_runs"] == []
    assert server.http.get(f"{AT}/tasks", params={"recent": 31}).status_code == 422


def test_tasks_are_found_by_how_they_ended_last(server: Server) -> None:
    def ids(**query: Any) -> list[str]:
        return [task["id"] for task in get(server, "/tasks", **query)["items"]]

    assert ids(last_status="failed,crashed") == ["bad"]
    assert ids(last_status="final", project="p") == ["bad", "good"]
    assert ids(last_status="timed_out") == []


def test_tasks_are_sorted_in_pages(server: Server) -> None:
    def ids(sort: str) -> list[str]:
        found: list[str] = []
        cursor: str | None = None
        while True:
            asked = {"sort": sort, "limit": 1} | ({"cursor": cursor} if cursor else {})
            page = get(server, "/tasks", **asked)
            found += [task["id"] for task in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                return [one for one in found if one in {"bad", "good", "plain"}]

    schedule = {"task_id": "plain", "cron": "0 0 * * *"}
    assert server.http.post(f"{AT}/schedules", json=schedule).status_code == 201
    assert ids("id") == ["bad", "good", "plain"]
    assert ids("-id") == ["plain", "good", "bad"]
    assert ids("last_run") == ["bad", "good", "plain"]
    assert ids("-last_run") == ["good", "bad", "plain"]
    assert ids("next_at") == ["plain", "bad", "good"]
    assert ids("-next_at") == ["plain", "good", "bad"]


def test_facets_suggest_filters(server: Server) -> None:
    found = get(server, "/task-facets")
    statistics_answers.TaskFacetsAnswer.model_validate(found)
    assert {"value": "ada", "count": 3} in found["owners"]
    assert found["labels"][0] == {"value": "nightly", "count": 3}
    assert {"value": "lane-q", "count": 1} in found["queues"]
    assert [one["value"] for one in found["projects"]] == ["p", "q"]
    assert found["executors"][0]["value"] == "script"
    assert found["tasks"] >= 4


def test_the_statistics_of_a_task(server: Server) -> None:
    found = get(server, "/tasks/good/statistics", days=3, zone="Pacific/Auckland")
    statistics_answers.TaskStatisticsAnswer.model_validate(found)
    assert (found["success_rate"], found["counts"]["succeeded"]) == (1.0, 2)
    assert 0 < found["duration_s"]["p50"] <= found["duration_s"]["max"]
    assert found["waiting_s"]["p95"] >= 0
    assert len(found["days"]) == 3
    assert sum(day["succeeded"] for day in found["days"]) == 2
    assert found["zone"] == "Pacific/Auckland"
    newest = get(server, "/runs", task_id="good", limit=1)["items"][0]
    assert found["recent"][0]["id"] == newest["id"]
    assert found["recent"][0]["attempts"] == 1
    assert not found["sampled"]
    assert get(server, "/tasks/bad/statistics")["success_rate"] == 0.0
    idle = get(server, "/tasks/idle/statistics")
    assert idle["success_rate"] is None
    assert idle["duration_s"] == {"p50": None, "p95": None, "mean": None, "max": None}
    assert len(idle["days"]) == 30


def test_statistics_that_can_t_be_made(server: Server) -> None:
    def status(task_id: str, **query: Any) -> int:
        return server.http.get(f"{AT}/tasks/{task_id}/statistics", params=query).status_code

    assert status("none") == 404
    assert status("good", days=367) == 422
    assert status("good", zone="Europe/Berlim") == 422
    assert status("good", zone="../../etc/passwd") == 422
    assert status("good", days=366) == 200


def test_projects_tell_what_they_do_and_did(server: Server) -> None:
    def there() -> dict[str, Any]:
        items = get(server, "/projects")["items"]
        p = next(item for item in items if item["name"] == "p")
        return p if (p["succeeded_24h"], p["failed_24h"]) == (2, 1) else {}

    p = eventually(there)
    statistics_answers.ProjectsAnswer.model_validate(get(server, "/projects"))
    assert (p["tasks"], p["live"], p["waiting"], p["sampled"]) == (2, 0, 0, False)
    newest = get(server, "/runs", project="p", limit=1)["items"][0]
    assert p["last_run_at"] == newest["submitted_at"]
    names = [item["name"] for item in get(server, "/projects")["items"]]
    assert names == ["p", "q", None]
    whole = get(server, "/projects/p")
    statistics_answers.ProjectAnswer.model_validate(whole)
    assert whole["task_ids"] == ["bad", "good"]
    assert server.http.get(f"{AT}/projects/none").status_code == 404


def test_the_next_fire_of_a_project_is_that_of_its_active_tasks(server: Server) -> None:
    at = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    made = server.http.post(f"{AT}/schedules", json={"task_id": "idle", "at": at.isoformat()})
    assert made.status_code == 201, made.text

    def next_at() -> Any:
        return get(server, "/projects/q")["next_at"]

    eventually(lambda: next_at() == at.isoformat().replace("+00:00", "Z"))
    assert server.http.post(f"{AT}/tasks/idle/pause").status_code == 200
    assert next_at() is None
    assert server.http.post(f"{AT}/tasks/idle/resume").status_code == 200


def test_a_project_is_paused_and_resumed_as_a_whole(server: Server) -> None:
    def post(path: str, **body: Any) -> Any:
        answer = server.http.post(f"{AT}/projects/{path}", json=body or None)
        return answer.json() if answer.status_code == 200 else answer.status_code

    assert server.http.post(f"{AT}/tasks/good/pause").status_code == 200
    assert post("p/pause", reason="moving house") == {"count": 1, "ids": ["bad"]}
    assert get(server, "/projects/p")["paused_tasks"] == 2
    assert get(server, "/tasks/bad")["paused"]
    assert not get(server, "/tasks/idle")["paused"]
    assert post("p/resume") == {"count": 2, "ids": ["bad", "good"]}
    assert post("p/resume") == {"count": 0, "ids": []}
    assert not get(server, "/tasks/good")["paused"]
    assert post("none/pause") == 404
    assert post("none/resume") == 404
