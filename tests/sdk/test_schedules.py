"""Schedules and calendars by both clients: what is sent, and what the real server answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest

from runyard.sdk.async_client import AsyncClient
from runyard.sdk.errors import Conflict, Invalid, NotFound, StaleEdit
from runyard.sdk.ledger_operations import upcoming
from runyard.sdk.schedule_operations import backfill, create_schedule, edit_schedule
from tests.support.server import Server

FAR = "0 2 29 2 *"
HELLO = "import runyard\nrunyard.result(runyard.context().params)\n"


def test_times_keep_their_offset_or_that_they_have_none() -> None:
    call = create_schedule(
        "t",
        at=datetime(2026, 5, 1, 8),
        start=datetime(2026, 5, 1, tzinfo=UTC),
        end=date(2026, 12, 31),
        every=timedelta(minutes=30),
        argv=("a",),
        message="why",
    )
    assert (call.method, call.path) == ("POST", "/schedules")
    assert call.body == {
        "task_id": "t",
        "message": "why",
        "at": "2026-05-01T08:00:00",
        "start": "2026-05-01T00:00:00+00:00",
        "end": "2026-12-31",
        "every": 1800.0,
        "argv": ["a"],
    }
    filled = backfill("t:a", datetime(2026, 5, 1), "2026-05-02", dry_run=True)
    assert filled.path == "/schedules/t%3Aa/backfill"
    assert filled.body == {"start": "2026-05-01T00:00:00", "end": "2026-05-02", "dry_run": True}
    assert upcoming(until=datetime(2026, 5, 1, tzinfo=UTC)).query == {
        "until": "2026-05-01T00:00:00+00:00", "limit": "100",
    }  # fmt: skip


def test_what_is_taken_out_is_sent_as_null() -> None:
    call = edit_schedule("t:a", {"end": None, "jitter": timedelta(minutes=1)}, expected_version=3)
    assert call.body == {"end": None, "jitter": 60.0}
    assert call.headers["If-Match"] == '"3"'
    assert call.repeatable is False


@pytest.fixture
async def client(shared_server: Server) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(shared_server.url) as client:
        await client.tasks.create(
            "hello", "import runyard\nrunyard.result(runyard.context().params)\n"
        )
        yield client
        async for one in client.all_schedules():
            await client.schedules.delete(one.id)
        for calendar in await client.calendars.list():
            await client.calendars.delete(calendar.name)


async def test_the_life_of_a_schedule(client: AsyncClient) -> None:
    made = await client.schedules.create("hello", name="far", cron=FAR, params={"a": 1})
    assert (made.id, made.task_id, made.settings["cron"]) == ("hello:far", "hello", FAR)
    assert made.next_at is not None
    assert (made.next_at.month, made.next_at.day) == (2, 29)
    with pytest.raises(Conflict):
        await client.schedules.create("hello", name="far", cron=FAR)
    edited = await client.schedules.edit(made.id, {"timezone": "Asia/Kathmandu", "params": None})
    assert edited.settings == {"cron": FAR, "timezone": "Asia/Kathmandu"}
    with pytest.raises(StaleEdit):
        await client.schedules.replace(made.id, every="400d", expected_version=made.version)
    saved = await client.schedules.replace(
        made.id, every="400d", expected_version=edited.version, message="slower"
    )
    assert saved.settings == {"every": "400d"}
    versions = await client.schedules.versions(made.id)
    assert versions[0].message == "slower"
    assert versions[0].settings == {"every": "400d"}
    await client.schedules.delete(made.id)
    with pytest.raises(NotFound):
        await client.schedules.get(made.id)


async def test_trying_saves_nothing(client: AsyncClient) -> None:
    change = await client.schedules.try_create("hello", cron="0 2 * * *", timezone="UTC")
    assert len(change.appear) >= 29
    assert change.disappear == ()
    assert change.schedule.id == "hello:default"
    assert (await client.schedules.list()).items == []
    made = await client.schedules.create("hello", cron="0 2 * * *", timezone="UTC")
    less = await client.schedules.try_edit(made.id, {"cron": "0 2 * * 1-5"})
    assert less.appear == ()
    assert {fire.at.hour for fire in less.disappear if fire.at is not None} == {2}
    with pytest.raises(Invalid) as caught:
        await client.schedules.preview(cron="0 25 * * *")
    assert caught.value.problems[0]["position"] == 2


async def test_many_at_once(client: AsyncClient) -> None:
    entries = [
        {"task_id": "hello", "name": f"n{n}", "every": timedelta(days=400)} for n in range(9)
    ]
    answer = await client.schedules.create_many([*entries, {"task_id": "hello", "cron": "x"}])
    assert answer.ids == [*(f"hello:n{n}" for n in range(9)), None]
    assert [error["index"] for error in answer.errors] == [9]
    assert [one.name async for one in client.all_schedules(task_id="hello")] == [
        f"n{n}" for n in range(9)
    ]


async def test_acting_and_looking(client: AsyncClient) -> None:
    made = await client.schedules.create("hello", cron="0 2 * * *", params={"a": "1"})
    run = await client.schedules.trigger(made.id, {"a": "2"}, wait_s=120)
    assert (run.result, run.schedule_id) == ({"a": "2"}, made.id)
    assert (await client.schedules.pause(made.id, "why")).pause_reason == "why"
    assert (await client.schedules.resume(made.id)).paused is False
    assert (await client.schedules.skip_next(made.id, 2)).skip_next == 2
    with pytest.raises(Invalid):
        await client.schedules.skip_next(made.id, 0)
    window = (datetime(2026, 1, 1), datetime(2026, 1, 4))
    planned = await client.schedules.backfill(made.id, *window, dry_run=True)
    assert len(planned) == 3
    page = await client.schedules.occurrences(made.id)
    assert [one.origin for one in page.items] == ["triggered"]
    told = await client.schedules.why(made.id, page.items[0].planned_at or "")
    assert told.occurrence is not None
    assert told.occurrence.run_id == run.id
    fires = await client.schedules.next_fires(made.id, 3)
    assert [fire.local[11:] for fire in fires.items] == ["02:00:00"] * 3
    assert fires.more
    ahead = await client.schedules.upcoming(until=datetime.now(UTC) + timedelta(days=3))
    assert {one.schedule_id for one in ahead.items} == {made.id}
    today = datetime.now(UTC)
    density = await client.schedules.upcoming_density(
        start=today, end=today + timedelta(days=4), bucket_s=3600
    )
    assert (sum(density.counts), len(density.counts)) == (2, 96)  # two are to be skipped
    assert "BEGIN:VEVENT" in await client.schedules.upcoming_feed()


async def test_calendars(client: AsyncClient) -> None:
    saved = await client.calendars.save("free", exclude=[date(2026, 12, 24)], weekdays=["thu"])
    assert (saved.name, saved.weekdays) == ("free", ["thu"])
    days = await client.calendars.days("free", date(2026, 12, 17), date(2026, 12, 25))
    assert [day.day for day in days if day.included] == [date(2026, 12, 17)]
    await client.schedules.create("hello", cron=FAR, calendar="free")
    with pytest.raises(Conflict):
        await client.calendars.delete("free")
    assert (await client.calendars.get("free")).raw == saved.raw
