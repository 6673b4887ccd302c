"""What is done with schedules over HTTP, their ledger, and why things happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from runyard.api import answers, schedule_answers
from runyard.domain.schedules.model import Decision
from runyard.store import Change
from tests.api.fake_schedules import occurrence
from tests.api.test_schedules import AT, make, moment

if TYPE_CHECKING:
    from tests.api.conftest import Served

HOUR = timedelta(hours=1)


def keep(served: Served, *times: str, **more: Any) -> None:
    """Rows in the ledger of hello:default."""
    schedule = served.service.schedules.all["hello:default"]
    served.service.schedules.ledger += [
        occurrence(schedule, moment(text), **more) for text in times
    ]


async def test_pause_and_resume(served: Served) -> None:
    await make(served, every="1h")
    paused = await served.client.post(f"{AT}/hello/pause", json={"reason": "holidays"})
    schedule_answers.ScheduleAnswer.model_validate(paused.json())
    assert (paused.json()["paused"], paused.json()["pause_reason"]) == (True, "holidays")
    assert paused.json()["paused_at"] is not None
    resumed = (await served.client.post(f"{AT}/hello/resume")).json()
    assert (resumed["paused"], resumed["pause_reason"], resumed["version"]) == (False, None, 1)


async def test_trigger_makes_a_run_of_the_schedule(served: Served) -> None:
    await make(served, every="1h", params={"a": 1})
    answer = await served.client.post(f"{AT}/hello/trigger")
    assert answer.status_code == 201
    answers.RunAnswer.model_validate(answer.json())
    assert answer.json()["schedule_id"] == "hello:default"
    assert answer.json()["params"] == {"a": 1}
    assert answer.headers["location"] == f"/api/v1/runs/{answer.json()['id']}"
    other = await served.client.post(f"{AT}/hello/trigger", json={"params": {"a": 2}})
    assert other.json()["params"] == {"a": 2}
    waited = await served.client.post(f"{AT}/hello/trigger?wait=5")
    assert (waited.status_code, waited.json()["status"]) == (201, "succeeded")
    slow = await served.client.post(f"{AT}/hello/trigger?wait=1", json={"params": {"slow": True}})
    assert slow.status_code == 202


async def test_skipping_the_next_is_seen_in_the_next_fires(served: Served) -> None:
    await make(served, every="1h")
    assert (await served.client.post(f"{AT}/hello/skip-next")).json()["skip_next"] == 1
    more = await served.client.post(f"{AT}/hello/skip-next", json={"count": 1})
    assert more.json()["skip_next"] == 2
    fires = (await served.client.get(f"{AT}/hello/fires?count=3")).json()
    schedule_answers.FiresAnswer.model_validate(fires)
    assert [fire["skipped"] for fire in fires["items"]] == ["skipped", "skipped", None]
    assert fires["more"]
    for count in (0, -1, 10_001):
        answer = await served.client.post(f"{AT}/hello/skip-next", json={"count": count})
        assert answer.status_code == 422


async def test_next_fires_from_a_moment_on_tell_what_the_zone_does(served: Served) -> None:
    await make(served, cron="30 2 * * *", timezone="Europe/Berlin", dst_gap="skip")
    await served.client.post(f"{AT}/hello/skip-next", json={"count": 9})
    answer = await served.client.get(
        f"{AT}/hello/fires", params={"after": "2027-03-27T12:00:00Z", "count": 2}
    )
    gap, normal = answer.json()["items"]
    assert gap["local"] == "2027-03-28T02:30:00"
    assert gap["skipped"] == "dst_gap"
    assert "does not exist" in gap["note"]
    assert normal["at"] == normal["due"] == "2027-03-29T00:30:00Z"
    assert normal["skipped"] is None


async def test_a_backfill_tells_and_runs_a_past_window(served: Served) -> None:
    await make(served, cron="0 2 * * *", timezone="Asia/Kathmandu")
    body = {"start": "2026-01-01T00:00:00", "end": "2026-01-04T00:00:00+05:45"}
    at = f"{AT}/hello/backfill"
    dry = (await served.client.post(at, json={**body, "dry_run": True})).json()
    schedule_answers.BackfillAnswer.model_validate(dry)
    assert [one["planned_at"] for one in dry["items"]] == [
        f"{day}T20:15:00Z" for day in ("2025-12-31", "2026-01-01", "2026-01-02")
    ]
    assert served.service.schedules.ledger == []
    done = (await served.client.post(at, json=body)).json()
    assert done == {**dry, "dry_run": False}
    assert len(served.service.schedules.ledger) == 3
    for wrong in ({}, {"start": "x", "end": "y"}, {**body, "end": "9999-12-31T23:59:00-14:00"}):
        assert (await served.client.post(at, json=wrong)).status_code == 422


async def test_the_ledger_is_filtered_and_paged(served: Served) -> None:
    await make(served, every="1h")
    keep(served, *(f"2026-01-0{day}T02:00:00+00:00" for day in range(1, 6)))
    keep(served, "2026-01-06T02:00:00+00:00", decision=Decision.MISSED)
    keep(served, "2026-01-07T02:00:00+00:00", decision=Decision.PAUSED)
    get, at = served.client.get, f"{AT}/hello:default/occurrences"
    first = (await get(f"{at}?limit=4")).json()
    schedule_answers.OccurrencePageAnswer.model_validate(first)
    second = (await get(at, params={"limit": 4, "cursor": first["next_cursor"]})).json()
    days = [one["planned_at"][8:10] for one in first["items"] + second["items"]]
    assert days == ["07", "06", "05", "04", "03", "02", "01"]
    assert second["next_cursor"] is None
    some = (await get(f"{at}?decision=missed,paused")).json()["items"]
    assert [one["decision"] for one in some] == ["paused", "missed"]
    window = {"since": "2026-01-02T02:00:00Z", "until": "2026-01-04T02:00:00Z"}
    assert len((await get(at, params=window)).json()["items"]) == 2
    assert (await get(f"{at}?decision=perhaps")).status_code == 422


async def test_the_newest_rows_of_several_schedules_come_in_one_answer(served: Served) -> None:
    await make(served, every="1h")
    keep(served, *(f"2026-01-0{day}T02:00:00+00:00" for day in range(1, 6)))
    get, at = served.client.get, "/api/v1/occurrences"
    answer = (await get(f"{at}?schedule_id=hello:default,hello:none&limit=2")).json()
    schedule_answers.OutcomesAnswer.model_validate(answer)
    assert [one["planned_at"][8:10] for one in answer["items"]] == ["05", "04"]
    assert {one["status"] for one in answer["items"]} == {None}
    window = {"schedule_id": "hello:default", "until": "2026-01-03T00:00:00Z"}
    assert len((await get(at, params=window)).json()["items"]) == 2
    for wrong in (at, f"{at}?schedule_id={',x' * 201}", f"{at}?schedule_id=x&limit=0"):
        assert (await get(wrong)).status_code == 422


async def test_why_takes_what_the_clock_on_the_wall_showed(served: Served) -> None:
    await make(served, cron="30 2 * * *", timezone="Europe/Berlin")
    keep(served, "2026-05-04T00:30:00+00:00")
    get, at = served.client.get, f"{AT}/hello/why"
    for text in ("2026-05-04T02:30", "2026-05-04T00:30:00Z", "2026-05-04T02:30:00+02:00"):
        told = (await get(at, params={"at": text})).json()
        schedule_answers.WhyAnswer.model_validate(told)
        assert told["occurrence"]["decision"] == "fired", text
        assert told["local"] == "2026-05-04T02:30:00+02:00"
    unencoded = await get(f"{at}?at=2026-05-04T02:30:00+02:00")
    assert unencoded.json()["occurrence"]["decision"] == "fired"
    last = (await get(f"{at}?at=02:30")).json()
    assert last["local"][11:16] == "02:30"
    assert moment(last["at"]) <= datetime.now(UTC)
    assert last["occurrence"] is None
    for wrong in ("?at=soon", "", "?at="):
        assert (await get(at + wrong)).status_code == 422


async def test_why_finds_a_time_that_the_zone_left_out(served: Served) -> None:
    await make(served, cron="*/15 2 * * *", timezone="Europe/Berlin", dst_gap="skip")
    for number, local in enumerate(("02:00", "02:15", "02:30", "02:45")):
        keep(
            served,
            f"2026-03-29T00:59:59.99999{6 + number}+00:00",
            decision=Decision.DST_GAP,
            local=f"2026-03-29T{local}:00+01:00[Europe/Berlin]",
        )
    told = (await served.client.get(f"{AT}/hello/why?at=2026-03-29T02:30")).json()
    assert told["occurrence"]["planned_local"].startswith("2026-03-29T02:30")
    assert told["occurrence"]["decision"] == "dst_gap"
    ahead = (await served.client.get(f"{AT}/hello/why?at=2030-03-31T02:30")).json()
    assert ahead["at"] == "2030-03-31T00:59:59.999998Z"
    between = (await served.client.get(f"{AT}/hello/why?at=2026-03-29T02:40")).json()
    assert between["at"] == "2026-03-29T01:00:00Z"
    assert "02:40:00 does not exist in Europe/Berlin" in between["sentence"]


async def test_every_change_of_a_schedule_is_in_the_stream(served: Served) -> None:
    await make(served, every="1h")
    (change,) = (one for one in served.service.feed.kept if one.kind == "schedule")
    assert isinstance(change, Change)
    url = "/api/v1/events?kinds=schedule&since=0"
    async with served.client.stream("GET", url) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data:") and '"kind":"schedule"' in line:
                assert '"id":"hello:default"' in line
                assert '"next":{"at":' in line
                break
    assert (await served.client.get("/api/v1/events?kinds=schedules")).status_code == 422


@pytest.mark.parametrize("action", ["pause", "resume", "trigger", "skip-next"])
async def test_what_is_not_there_is_not_found(served: Served, action: str) -> None:
    answer = await served.client.post(f"{AT}/nobody:default/{action}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
