"""Previews, what is to come over all schedules, and calendars, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import icalendar
import pytest

from runyard.api import schedule_answers
from runyard.domain.tasks import Parameter, ParameterType, TaskSpec
from tests.api.test_schedules import AT, make, moment

if TYPE_CHECKING:
    from tests.api.conftest import Served

CALENDARS = "/api/v1/calendars"
ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//EN
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20261224
DTEND;VALUE=DATE:20261227
SUMMARY:closed
END:VEVENT
END:VCALENDAR
"""


async def preview(served: Served, **body: Any) -> Any:
    answer = await served.client.post(f"{AT}/preview", json=body)
    assert answer.status_code == 200, answer.text
    schedule_answers.PreviewAnswer.model_validate(answer.json())
    return answer.json()


async def test_a_preview_tells_fires_words_and_notes(served: Served) -> None:
    told = await preview(
        served,
        cron="30 2 * * *",
        timezone="America/New_York",
        after="2026-03-07T12:00:00Z",
        count=2,
    )
    assert told["timezone"] == "America/New_York"
    assert [fire["at"] for fire in told["fires"]] == [
        "2026-03-08T07:00:00Z",
        "2026-03-09T06:30:00Z",
    ]
    assert [fire["local"] for fire in told["fires"]] == [
        "2026-03-08T02:30:00",
        "2026-03-09T02:30:00",
    ]
    assert "does not exist" in told["fires"][0]["note"]
    assert told["more"]
    assert told["problems"] == []
    assert told["description"]
    made = (await make(served, cron="H H * * *", timezone="UTC")).json()
    drawn = await preview(served, cron="H H * * *", timezone="UTC", task_id="hello", count=1)
    assert drawn["fires"][0]["at"] == made["next_at"]
    chinese = await preview(served, cron="30 2 * * *", language="zh")
    assert chinese["description"] != told["description"]


async def test_a_preview_says_what_speaks_against_it(served: Served) -> None:
    over = await preview(served, at="2020-01-01T00:00:00Z")
    assert over["fires"] == []
    assert over["problems"] == [{"where": "", "message": "no fire is to come"}]
    assert (await preview(served, cron="@reboot"))["problems"] == []
    catalog = served.service.catalog
    wanted = Parameter(name="mode", type=ParameterType.INTEGER, required=True)
    spec = TaskSpec(parameters=(wanted,), extra_parameters=False)
    catalog._save("strict", "", spec=spec, author="test")
    for params, wheres in (
        ({"mode": 1}, []),
        ({}, ["params.mode"]),
        ({"mode": "x", "more": 1}, ["params.mode", "params.more"]),
    ):
        told = await preview(served, every="1h", task_id="strict", params=params)
        assert [problem["where"] for problem in told["problems"]] == wheres
    gone = await preview(served, every="1h", task_id="nobody")
    assert gone["problems"][0]["where"] == "task_id"


async def test_a_preview_saves_nothing(served: Served) -> None:
    await preview(served, every="1s", count=1000)
    assert served.service.schedules.all == {}
    too_many = await served.client.post(f"{AT}/preview", json={"every": "1s", "count": 1001})
    assert too_many.status_code == 422


async def test_upcoming_is_in_order_over_all_schedules(served: Served) -> None:
    await make(served, "a", every="10m")
    await make(served, "b", every="7m", timezone="Asia/Kathmandu")
    await make(served, "c", every="1m")
    await served.client.post(f"{AT}/c/pause")
    until = (datetime.now(UTC) + timedelta(minutes=29, seconds=50)).isoformat()
    get = served.client.get
    told = (await get("/api/v1/upcoming", params={"until": until})).json()
    schedule_answers.UpcomingAnswer.model_validate(told)
    assert [one["task_id"] for one in told["items"]] == ["b", "a", "b", "a", "b", "b"]
    assert [one["due"] for one in told["items"]] == sorted(one["due"] for one in told["items"])
    assert {one["timezone"] for one in told["items"]} == {"Asia/Kathmandu", "Europe/Berlin"}
    assert not told["more"]
    later = {"since": told["items"][3]["due"], "until": until}
    assert (await get("/api/v1/upcoming", params=later)).json()["items"] == told["items"][3:]
    one_task = (await get("/api/v1/upcoming?task_id=a&limit=3")).json()
    assert [one["schedule_id"] for one in one_task["items"]] == ["a:default"] * 3
    assert one_task["more"]


async def test_density_counts_by_bucket(served: Served) -> None:
    await make(served, every="10s")
    start = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=5)
    query = {"start": start.isoformat(), "end": (start + timedelta(minutes=3)).isoformat()}
    told = (await served.client.get("/api/v1/upcoming/density", params=query)).json()
    schedule_answers.DensityAnswer.model_validate(told)
    assert told["counts"] == [6, 6, 6]
    assert told["bucket_s"] == 60
    whole_day = (await served.client.get("/api/v1/upcoming/density")).json()
    assert len(whole_day["counts"]) == 1440
    assert moment(whole_day["start"]) <= datetime.now(UTC)
    for wrong in (
        {"bucket_s": "0"},
        {"bucket_s": "0.001"},
        {"start": "9999-12-31T23:00:00Z"},
        {"start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"},
    ):
        answer = await served.client.get("/api/v1/upcoming/density", params=wrong)
        assert answer.status_code == 422, wrong


async def test_the_feed_is_a_calendar(served: Served) -> None:
    made = (await make(served, every="1h")).json()
    await served.client.post(f"{AT}/hello/skip-next", json={"count": 2})
    answer = await served.client.get("/api/v1/upcoming.ics?limit=5")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    events = icalendar.Calendar.from_ical(answer.text).events
    assert [str(event["SUMMARY"]) for event in events] == ["hello:default"] * 5
    first = moment(made["next_at"]) + timedelta(hours=2)
    assert events[0].decoded("DTSTART") == first.replace(microsecond=0)


async def test_calendars_are_kept_and_used(served: Served) -> None:
    client = served.client
    body = {
        "weekdays": ["mon", "fri"],
        "exclude": [{"day": "2026-12-25", "reason": "closed"}],
        "note": "the office",
    }
    saved = await client.put(f"{CALENDARS}/office", json=body)
    assert saved.status_code == 200
    schedule_answers.CalendarAnswer.model_validate(saved.json())
    assert saved.json().items() >= body.items()
    assert (await client.get(f"{CALENDARS}/office")).json() == saved.json()
    listed = (await client.get(CALENDARS)).json()
    assert [one["name"] for one in listed["items"]] == ["office"]
    days = await client.get(f"{CALENDARS}/office/days?start=2026-12-24&end=2026-12-29")
    schedule_answers.CalendarDaysAnswer.model_validate(days.json())
    assert [one["included"] for one in days.json()["items"]] == [False, False, False, False, True]
    assert "closed" in days.json()["items"][1]["reason"]
    await make(served, cron="0 9 * * *", calendar="office")
    assert (await client.delete(f"{CALENDARS}/office")).status_code == 409
    fires = await client.get(f"{AT}/hello/fires?after=2026-12-23T12:00:00Z&count=2")
    assert [fire["skipped"] for fire in fires.json()["items"]] == ["calendar", "calendar"]
    await client.delete(f"{AT}/hello")
    assert (await client.delete(f"{CALENDARS}/office")).status_code == 204
    assert (await client.get(f"{CALENDARS}/office")).status_code == 404


async def test_a_calendar_is_imported_from_a_file(served: Served) -> None:
    client, at = served.client, f"{CALENDARS}/closed"
    kind = {"Content-Type": "text/calendar; charset=utf-8"}
    answer = await client.post(f"{at}/import", content=ICS, headers=kind)
    assert answer.status_code == 200, answer.text
    days = (await client.get(f"{at}/days?start=2026-12-23&end=2026-12-28")).json()["items"]
    assert [one["included"] for one in days] == [True, False, False, False, True]
    only = await client.post(f"{at}/import?include=true", content=ICS, headers=kind)
    assert only.status_code == 200
    days = (await client.get(f"{at}/days?start=2026-12-23&end=2026-12-28")).json()["items"]
    assert [one["included"] for one in days] == [False, True, True, True, False]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"no calendar", "text/calendar", 422),
        (b"", "text/calendar", 422),
        (b"\xff\xfe", "text/calendar", 400),
        (ICS.encode(), "application/json", 415),
        (ICS.encode() + b"\x00", "text/calendar", 422),
    ],
)
async def test_what_is_no_calendar_file_is_refused(
    served: Served, content: bytes, kind: str, status: int
) -> None:
    answer = await served.client.post(
        f"{CALENDARS}/x/import", content=content, headers={"Content-Type": kind}
    )
    assert answer.status_code == status, answer.text


async def test_a_wrong_calendar_is_refused(served: Served) -> None:
    put = served.client.put
    for body in (
        {"weekdays": ["someday"]},
        {"holidays": ["Atlantis"]},
        {"exclude": ["2026-13-01"]},
        {"colour": "red"},
    ):
        assert (await put(f"{CALENDARS}/x", json=body)).status_code == 422, body
    assert (await put(f"{CALENDARS}/a%20b", json={})).status_code == 422
    await put(f"{CALENDARS}/x", json={})
    for query in ("start=2026-01-01&end=2026-01-01", "start=2026-01-01&end=2126-01-01", ""):
        assert (await served.client.get(f"{CALENDARS}/x/days?{query}")).status_code == 422
