"""Schedules on a whole server: each planned fire has one row and one run, also across kills."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.support.server import Server
from tests.support.waiting import eventually

EVERY_SECOND = """\
# /// script
# [tool.runyard]
# concurrency = 0
# [[tool.runyard.schedules]]
# every = "1s"
# overlap = "allow_all"
# catch_up = "all"
# ///
print("tick")
"""


def occurrences(server: Server, schedule_id: str, **query: Any) -> list[dict[str, Any]]:
    """The whole ledger, newest first."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        parameters = {"limit": 200, **query} | ({"cursor": cursor} if cursor else {})
        answer = server.http.get(f"/api/v1/schedules/{schedule_id}/occurrences", params=parameters)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def fired(server: Server, schedule_id: str, at_least: int) -> list[dict[str, Any]]:
    def enough() -> list[dict[str, Any]] | None:
        rows = [row for row in occurrences(server, schedule_id) if row["decision"] == "fired"]
        return rows if len(rows) >= at_least else None

    rows = eventually(enough, what=f"{at_least} fires of {schedule_id}")
    assert rows is not None
    return rows


def runs_of(server: Server, schedule_id: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    cursor: str | None = None
    while True:
        query = {"limit": "500", "task_id": schedule_id.partition(":")[0]}
        answer = server.http.get(
            "/api/v1/runs", params=query | ({"cursor": cursor} if cursor else {})
        ).json()
        found |= {run["id"]: run for run in answer["items"]}
        cursor = answer["next_cursor"]
        if cursor is None:
            return found


def test_kills_lose_and_double_nothing(server: Server) -> None:
    server.write_task("tick", EVERY_SECOND)
    for count in (2, 4, 6):
        fired(server, "tick:default", count)
        server.kill()
        server.start()
    fired(server, "tick:default", 9)
    answer = server.http.post("/api/v1/schedules/tick:default/pause", json={"reason": "enough"})
    assert answer.status_code == 200, answer.text
    rows = [row for row in occurrences(server, "tick:default") if row["decision"] != "paused"]
    planned = sorted(datetime.fromisoformat(row["planned_at"]) for row in rows)
    assert {later - sooner for sooner, later in pairwise(planned)} == {timedelta(seconds=1)}
    assert {row["decision"] for row in rows} == {"fired"}
    made = runs_of(server, "tick:default")
    assert {row["run_id"]: row["planned_at"] for row in rows} == {
        run["id"]: run["scheduled_for"] for run in made.values()
    }


def test_pause_resume_trigger_and_backfill(server: Server) -> None:
    server.write_task("job", "print('x')\n")
    made = server.http.post(
        "/api/v1/schedules", json={"task_id": "job", "name": "hourly", "cron": "0 * * * *"}
    )
    assert made.status_code == 201, made.text
    path = "/api/v1/schedules/job:hourly"
    run = server.http.post(f"{path}/trigger", json={}).json()
    assert server.until(run["id"])["status"] == "succeeded"
    created = datetime.fromisoformat(made.json()["created_at"])
    window = {
        "start": (created - timedelta(hours=3)).isoformat(),
        "end": created.isoformat(),
    }
    dry = server.http.post(f"{path}/backfill", json={**window, "dry_run": True})
    assert dry.status_code == 200, dry.text
    assert len(occurrences(server, "job:hourly")) == 1
    done = server.http.post(f"{path}/backfill", json=window)
    assert done.status_code == 200, done.text
    rows = eventually(
        lambda: (
            [
                row
                for row in occurrences(server, "job:hourly", decision="fired")
                if row["origin"] == "backfilled"
            ][2:]
            and occurrences(server, "job:hourly")
        ),
        what="the three hours are made up for, one after the other",
    )
    assert rows is not None
    assert sorted(row["origin"] for row in rows) == ["backfilled"] * 3 + ["triggered"]
    for row in rows:
        assert server.until(row["run_id"])["status"] == "succeeded"


def test_a_task_that_goes_says_so_in_its_schedules(server: Server) -> None:
    server.write_task("gone", "print('x')\n")
    made = server.http.post(
        "/api/v1/schedules",
        json={"task_id": "gone", "name": "often", "every": "1s", "overlap": "allow_all"},
    )
    assert made.status_code == 201, made.text
    fired(server, "gone:often", 1)
    assert server.http.delete("/api/v1/tasks/gone").status_code in (200, 204)
    rows = eventually(
        lambda: occurrences(server, "gone:often", decision="refused"), what="a fire is refused"
    )
    assert "no task" in rows[0]["rule"]
    assert "no task" in server.http.get("/api/v1/schedules/gone:often").json()["problem"]


def test_an_edit_of_the_script_is_an_edit_of_its_schedules(server: Server) -> None:
    server.write_task("tick", EVERY_SECOND)
    fired(server, "tick:default", 1)
    server.write_task("tick", EVERY_SECOND.replace('"1s"', '"2h"'))
    known = eventually(
        lambda: [
            one
            for one in server.http.get("/api/v1/schedules").json()["items"]
            if one["spec"]["every_s"] == 7200
        ],
        what="the schedule follows its definition",
    )
    assert (known[0]["version"], known[0]["source"]) == (2, "file")
    refused = server.http.delete("/api/v1/schedules/tick:default")
    assert refused.status_code == 409
    server.write_task("tick", "print('x')\n")
    eventually(
        lambda: server.http.get("/api/v1/schedules").json()["items"] == [],
        what="the schedule is gone with its definition",
    )
    assert occurrences(server, "tick:default")


def test_a_slip_in_the_definition_leaves_no_hole(server: Server) -> None:
    server.write_task("tick", EVERY_SECOND)
    fired(server, "tick:default", 1)
    server.write_task("tick", EVERY_SECOND.replace('"1s"', '"1 sek"'))

    def refused() -> list[dict[str, Any]]:
        return occurrences(server, "tick:default", decision="refused")

    rows = eventually(refused, what="a refused fire")
    assert "its definition can't be read" in rows[0]["rule"]
    assert "1 sek" in rows[0]["rule"]
    shown = server.http.get("/api/v1/schedules/tick:default").json()
    assert "can't be read" in shown["problem"]
    server.write_task("tick", EVERY_SECOND)
    known = len([row for row in occurrences(server, "tick:default") if row["decision"] == "fired"])
    fired(server, "tick:default", known + 1)
    assert server.http.get("/api/v1/schedules/tick:default").json()["problem"] is None
    rows = occurrences(server, "tick:default")
    planned = sorted(datetime.fromisoformat(row["planned_at"]) for row in rows)
    assert {later - sooner for sooner, later in pairwise(planned)} == {timedelta(seconds=1)}
