"""Schedules over HTTP on the real server: store, scheduler and streams beneath."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import icalendar
import pytest

from runyard.api import answers, schedule_answers
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from tests.support.server import Server

AT = "/api/v1/schedules"


@pytest.fixture
def server(module_server: Server) -> Server:
    return module_server


def make(server: Server, task_id: str, **keys: Any) -> dict[str, Any]:
    """A schedule of a task that is written for it."""
    if not (server.tasks / f"{task_id}.py").exists():
        server.write_task(task_id, f"print({task_id!r})\n")
    answer = server.http.post(AT, json={"task_id": task_id, **keys})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def get(server: Server, path: str, **query: Any) -> Any:
    answer = server.http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_fire_makes_a_run_that_names_its_schedule(server: Server) -> None:
    at = datetime.now(UTC) + timedelta(seconds=2)
    make(server, "soon", at=at.isoformat(), params={"n": 1})
    (row,) = eventually(lambda: get(server, f"{AT}/soon/occurrences")["items"])
    schedule_answers.OccurrenceAnswer.model_validate(row)
    assert row["decision"] == "fired"
    assert datetime.fromisoformat(row["planned_at"]) == at
    run = server.until(row["run_id"])
    answers.RunAnswer.model_validate(run)
    assert run["schedule_id"] == "soon:default"
    assert run["scheduled_for"] == row["planned_at"]
    assert run["params"] == {"n": 1}
    found = get(server, "/api/v1/runs", schedule_id="soon:default")["items"]
    assert [one["id"] for one in found] == [run["id"]]
    assert get(server, "/api/v1/runs", schedule_id="others:default")["items"] == []
    over = get(server, f"{AT}/soon")
    assert (over["next"], over["fires"]) == (None, 1)


def test_what_a_dry_run_tells_is_what_saving_does(server: Server) -> None:
    make(server, "dry", every="1h")
    edit = {"cron": "7 */6 * * *", "timezone": "Asia/Kathmandu", "jitter": "10m"}
    tried = server.http.patch(f"{AT}/dry", params={"dry_run": True}, json=edit).json()
    schedule_answers.PlanChangeAnswer.model_validate(tried)
    assert get(server, f"{AT}/dry")["version"] == 1
    saved = server.http.patch(f"{AT}/dry", json=edit).json()
    for same in ("settings", "version", "next", "next_due", "description", "timezone"):
        assert tried["schedule"][same] == saved[same], same
    assert tried["appear"][0]["at"] == saved["next_at"]
    fires = get(server, f"{AT}/dry/fires", count=20)["items"]
    assert [fire["at"] for fire in fires] == [fire["at"] for fire in tried["appear"][:20]]
    assert fires[0]["due"] == saved["next_due"]


def test_a_new_one_fires_when_the_dry_run_said(server: Server) -> None:
    server.write_task("fresh", "")
    body = {"task_id": "fresh", "cron": "30 2 * * *", "timezone": "Australia/Lord_Howe"}
    tried = server.http.post(AT, params={"dry_run": True}, json=body).json()
    made = server.http.post(AT, json=body).json()
    assert tried["schedule"]["next"] == made["next"]
    assert tried["schedule"]["id"] == made["id"] == "fresh:default"
    taken = {**body, "name": "default"}
    for query in ({}, {"dry_run": True}):
        assert server.http.post(AT, params=query, json=taken).status_code == 409


def test_upcoming_leaves_out_what_is_paused(server: Server) -> None:
    for task_id in ("up1", "up2", "up3", "up4"):
        make(server, task_id, every="1h")
    make(server, "up1", every="20m", timezone="America/New_York")
    server.http.post(f"{AT}/up2/pause", json={"reason": "x"})
    server.http.post("/api/v1/tasks/up3/pause", json={"reason": "x"})
    until = (datetime.now(UTC) + timedelta(minutes=65)).isoformat()

    def shown() -> list[str]:
        items = get(server, "/api/v1/upcoming", until=until, limit=500)["items"]
        return [one["schedule_id"] for one in items if one["task_id"].startswith("up")]

    assert shown()[:2] == ["up1:default-2"] * 2
    assert set(shown()[2:]) == {"up1:default", "up1:default-2", "up4:default"}
    one_task = get(server, "/api/v1/upcoming", task_id="up4", limit=2)
    assert [one["schedule_id"] for one in one_task["items"]] == ["up4:default"] * 2
    assert one_task["more"]
    feed = server.http.get("/api/v1/upcoming.ics", params={"task_id": "up4", "limit": 3})
    events = icalendar.Calendar.from_ical(feed.text).events
    assert events[0].decoded("DTSTART").isoformat()[:19] == one_task["items"][0]["due"][:19]
    density = get(server, "/api/v1/upcoming/density", task_id="up4", bucket_s=3600)
    assert sum(density["counts"]) in (23, 24)
    server.http.post("/api/v1/tasks/up3/resume")
    assert "up3:default" in shown()


def test_pages_hold_each_schedule_once(server: Server) -> None:
    for task_id in ("page-1", "page-2", "page.3"):
        make(server, task_id, every="1h")
        make(server, task_id, every="2h")
    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": 4, "q": "page", **({} if cursor is None else {"cursor": cursor})}
        page = get(server, AT, **query)
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 6
    task = get(server, "/api/v1/tasks/page.3")
    assert [one["id"] for one in task["schedules"]] == ["page.3:default", "page.3:default-2"]


def test_the_definitions_own_ones_are_steered_but_not_edited(server: Server) -> None:
    text = '# /// script\n# [tool.runyard]\n# schedule = "0 3 * * *"\n# ///\n'
    server.write_task("own", text)
    mine = get(server, f"{AT}/own")
    assert mine["source"] == "file"
    assert get(server, "/api/v1/tasks/own")["spec"]["schedules"] == [
        {"name": "default", "cron": "0 3 * * *"}
    ]
    refusals = [
        server.http.patch(f"{AT}/own", params=query, json={"cron": "0 4 * * *"})
        for query in ({}, {"dry_run": True})
    ]
    assert [one.status_code for one in refusals] == [409, 409]
    assert refusals[0].json() == refusals[1].json()
    assert server.http.delete(f"{AT}/own").status_code == 409
    skipping = server.http.post(f"{AT}/own/skip-next").json()
    assert skipping["skip_next"] == 1
    assert get(server, f"{AT}/own/fires")["items"][0]["skipped"] == "skipped"


def test_a_deleted_one_still_accounts_for_itself(server: Server) -> None:
    make(server, "gone", every="1h", timezone="Europe/Berlin", message="first")
    run = server.http.post(f"{AT}/gone/trigger", params={"wait": 30}).json()
    assert server.http.delete(f"{AT}/gone:default").status_code == 204
    assert server.http.get(f"{AT}/gone:default").status_code == 404
    (row,) = get(server, f"{AT}/gone:default/occurrences")["items"]
    assert (row["origin"], row["run_id"]) == ("triggered", run["id"])
    told = get(server, f"{AT}/gone:default/why", at=row["planned_at"])
    assert told["occurrence"] == row
    assert "+0" in told["local"]
    (version,) = get(server, f"{AT}/gone:default/versions")["items"]
    assert version["message"] == "first"
    assert server.http.get(f"{AT}/nobody:default/occurrences").status_code == 404
    assert server.http.get(f"{AT}/nobody:default/why", params={"at": "02:30"}).status_code == 404


def test_backfill_tells_first_and_runs_then(server: Server) -> None:
    make(server, "back", cron="0 2 * * *", overlap="allow_all")
    window = {"start": "2026-01-01T00:00:00", "end": "2026-01-03T12:00:00Z"}
    dry = server.http.post(f"{AT}/back/backfill", json={**window, "dry_run": True}).json()
    assert len(dry["items"]) == 3
    assert get(server, f"{AT}/back/occurrences")["items"] == []
    done = server.http.post(f"{AT}/back/backfill", json=window).json()
    assert [one["planned_at"] for one in done["items"]] == [
        one["planned_at"] for one in dry["items"]
    ]
    for one in done["items"]:
        assert one["origin"] == "backfilled"
        assert server.until(one["run_id"])["scheduled_for"] == one["planned_at"]
    again = server.http.post(f"{AT}/back/backfill", json=window).json()
    assert again["items"] == []


def test_changes_of_schedules_are_streamed(server: Server) -> None:
    made = make(server, "live", every="1h")
    server.http.post(f"{AT}/live/pause", json={"reason": "x"})
    query = {"since": str(made["seq"] - 1), "kinds": "schedule"}
    shown = []
    with server.http.stream("GET", "/api/v1/events", params=query) as stream:
        for line in stream.iter_lines():
            if line.startswith("data: ") and '"kind":"schedule"' in line:
                shown.append(json.loads(line.removeprefix("data: "))["object"])
                if shown[-1]["id"] == "live:default" and shown[-1]["paused"]:
                    break
    assert shown[-1] == get(server, f"{AT}/live")
    assert {one["id"] for one in shown} == {"live:default"}


def test_a_calendar_that_changes_moves_the_next_fire(server: Server) -> None:
    at = "/api/v1/calendars/moving"
    assert server.http.put(at, json={"weekdays": ["mon"]}).status_code == 200
    made = make(server, "cal", cron="0 12 * * *", timezone="UTC", calendar="moving")
    monday = next(
        fire for fire in get(server, f"{AT}/cal/fires", count=8)["items"] if fire["skipped"] is None
    )
    assert datetime.fromisoformat(monday["at"]).weekday() == 0
    assert made["settings"]["calendar"] == "moving"
    assert server.http.delete(at).status_code == 409
    assert server.http.put(at, json={"weekdays": ["fri"]}).status_code == 200
    fires = get(server, f"{AT}/cal/fires", count=8)["items"]
    days = {datetime.fromisoformat(one["at"]).weekday() for one in fires if not one["skipped"]}
    assert days == {4}
    unknown = server.http.patch(f"{AT}/cal", json={"calendar": "nobody"})
    assert unknown.status_code == 422
    assert unknown.json()["problems"][0]["where"] == "calendar"
