"""The scheduler beside its plan: definitions, calendars, starts of the server, two servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from runyard.domain.errors import Conflict, Invalid, NotFound, StaleEdit
from runyard.domain.schedules.calendars import calendar_from
from runyard.domain.schedules.model import Decision, Occurrence, Origin
from runyard.domain.schedules.spec import NamedSchedule, Overlap, ScheduleSpec
from runyard.domain.states import RunStatus
from runyard.domain.tasks import Problem
from runyard.runtime.schedules.schedules import Schedules
from runyard.store import Tx, schedules, settings
from tests.runtime.schedule_world import START, World
from tests.support.postgres import Cluster

MINUTELY = ScheduleSpec(cron="* * * * *")
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(f"sqlite:///{tmp_path / 'a.db'}")
    await world.start()
    await world.save_task()
    yield world
    world.close()


async def after(world: World, delay: timedelta) -> None:
    world.clock.at += delay
    await world.look()


async def ledger(world: World, schedule_id: str) -> list[Occurrence]:
    page = await world.scheduling.schedules.occurrences(schedule_id)
    return list(page.items)


def decisions(rows: list[Occurrence]) -> list[Decision]:
    return [row.decision for row in rows]


async def test_definitions_become_schedules_and_go_with_them(world: World) -> None:
    facade = world.scheduling.schedules
    await world.save_task(schedules=[NamedSchedule(name="a", spec=MINUTELY)])
    (found,) = await facade.list()
    assert (found.id, found.version, found.source.value) == ("t:a", 1, "file")
    await facade.pause("t:a", reason="why", by="ada")
    hourly = ScheduleSpec(cron="0 * * * *")
    await world.save_task(schedules=[NamedSchedule(name="a", spec=hourly)])
    (found,) = await facade.list()
    assert (found.version, found.paused, found.spec) == (2, True, hourly)
    await after(world, timedelta(hours=1))
    await world.save_task()
    assert await facade.list() == []
    assert decisions(await ledger(world, "t:a")) == [Decision.PAUSED]
    assert [one.version for one in await facade.versions("t:a")] == [2, 1]


async def test_a_start_finds_what_a_crash_left_undone(world: World) -> None:
    facade = world.scheduling.schedules
    await world.save_task(schedules=[NamedSchedule(name="a", spec=MINUTELY)])
    world.close()  # before anybody looked
    await world.start()
    facade = world.scheduling.schedules
    assert [one.id for one in await facade.list()] == ["t:a"]


async def test_definitions_are_edited_in_their_definition(world: World) -> None:
    facade = world.scheduling.schedules
    await world.save_task(schedules=[NamedSchedule(name="a", spec=MINUTELY)])
    with pytest.raises(Conflict) as raised:
        await facade.replace(
            "t:a", ScheduleSpec(cron="0 * * * *"), expected_version=1, author="ada"
        )
    assert "definition" in (raised.value.hint or "")
    with pytest.raises(Conflict):
        await facade.delete("t:a", author="ada")


async def test_edits_are_versioned_and_guarded(world: World) -> None:
    facade = world.scheduling.schedules
    await facade.create(task_id="t", name="s", spec=MINUTELY, author="ada")
    with pytest.raises(Conflict):
        await facade.create(task_id="t", name="s", spec=MINUTELY, author="ada")
    with pytest.raises(NotFound):
        await facade.create(task_id="nobody", name="s", spec=MINUTELY, author="ada")
    with pytest.raises(Invalid):
        await facade.create(task_id="t", name="x", spec=ScheduleSpec(cron="99"), author="ada")
    hourly = ScheduleSpec(cron="0 * * * *")
    changed = await facade.replace("t", hourly, expected_version=1, author="bob", message="less")
    assert (changed.id, changed.version) == ("t:s", 2)
    with pytest.raises(StaleEdit):
        await facade.replace("t:s", MINUTELY, expected_version=1, author="ada")
    newest, first = await facade.versions("t:s")
    assert (newest.author, newest.message, newest.spec) == ("bob", "less", hourly)
    assert first.spec == MINUTELY


async def test_a_deleted_schedule_can_be_made_again(world: World) -> None:
    facade = world.scheduling.schedules
    await facade.create(task_id="t", name="s", spec=MINUTELY, author="ada")
    await after(world, MINUTE)
    await facade.delete("t:s", author="ada")
    with pytest.raises(NotFound):
        await facade.get("t:s")
    again = await facade.create(task_id="t", name="s", spec=MINUTELY, author="ada")
    assert (again.version, again.deleted_at, again.fires) == (2, None, 0)
    assert len(await ledger(world, "t:s")) == 1
    await after(world, MINUTE)
    assert len(await ledger(world, "t:s")) == 2


async def test_fires_at_each_start_of_the_server(world: World) -> None:
    spec = ScheduleSpec(cron="@reboot", overlap=Overlap.ALLOW_ALL)
    await world.scheduling.schedules.create(task_id="t", name="s", spec=spec, author="ada")
    await after(world, timedelta(hours=5))
    assert await ledger(world, "t:s") == []
    for count in (1, 2):
        world.clock.at += MINUTE
        world.close()
        await world.start()
        await world.look()
        await world.look()
        assert decisions(await ledger(world, "t:s")) == [Decision.FIRED] * count
    assert len(await world.all_runs()) == 2


async def test_new_zone_data_moves_what_is_planned(world: World) -> None:
    spec = ScheduleSpec(cron="0 12 * * *", timezone="Europe/Berlin")
    facade = world.scheduling.schedules
    right = await facade.create(task_id="t", name="s", spec=spec, author="ada")
    assert right.next_at is not None
    later = replace(right, next_at=right.next_at + MINUTE, next_due=right.next_at + MINUTE)

    def by_old_data(tx: Tx) -> None:
        schedules.put(tx, later)
        settings.put(tx, "schedules.zones", "older")

    await world.store.real.write(by_old_data)
    world.close()
    await world.start()
    found = await world.scheduling.schedules.get("t:s")
    assert (found.next_at, found.next_due) == (right.next_at, right.next_due)


async def test_a_calendar_is_followed_at_once(world: World) -> None:
    facade, calendars = world.scheduling.schedules, world.scheduling.calendars
    await calendars.save("c", calendar_from({}), author="ada")
    spec = ScheduleSpec(cron="0 12 * * *", calendar="c")
    await facade.create(task_id="t", name="s", spec=spec, author="ada")
    with pytest.raises(Conflict):
        await calendars.delete("c")
    closed = calendar_from({"exclude": [f"{START:%Y-%m-%d}"]})
    await calendars.save("c", closed, author="bob")
    assert (await calendars.get("c")).author == "bob"
    await after(world, timedelta(hours=12))
    assert decisions(await ledger(world, "t:s")) == [Decision.CALENDAR]
    await facade.delete("t:s", author="ada")
    await calendars.delete("c")
    assert list(await calendars.all()) == []
    with pytest.raises(Invalid):
        await facade.create(task_id="t", name="x", spec=spec, author="ada")


async def test_a_broken_task_shows_before_the_time_comes(world: World) -> None:
    facade = world.scheduling.schedules
    await facade.create(task_id="t", name="s", spec=MINUTELY, author="ada")
    await world.save_task(problems=(Problem(message="not valid TOML", where="script"),))
    assert "not valid TOML" in ((await facade.get("t:s")).problem or "")
    assert [one.id for one in await facade.list(broken=True)] == ["t:s"]
    await after(world, MINUTE)
    (row,) = await ledger(world, "t:s")
    assert (row.decision, row.run_id) == (Decision.REFUSED, None)
    await world.save_task()
    assert (await facade.get("t:s")).problem is None
    await after(world, MINUTE)
    assert decisions(await ledger(world, "t:s"))[0] is Decision.FIRED


async def test_cancel_other_ends_the_run_and_starts_the_next(world: World) -> None:
    spec = ScheduleSpec(cron="* * * * *", overlap=Overlap.TERMINATE_OTHER)
    await world.scheduling.schedules.create(task_id="t", name="s", spec=spec, author="ada")
    await after(world, MINUTE)
    (first,) = await world.live_runs()
    await world.claim(first)
    await after(world, MINUTE)
    assert decisions(await ledger(world, "t:s")) == [Decision.BUFFERED, Decision.FIRED]
    (marked,) = await world.live_runs()
    assert marked.cancel_requested_at == world.clock.at
    assert world.engine.stopped == {first.id: timedelta()}
    await world.end_run(marked, RunStatus.CANCELLED)
    await world.look()
    assert decisions(await ledger(world, "t:s")) == [Decision.FIRED, Decision.FIRED]


async def test_backfill_makes_up_for_what_did_not_fire(world: World) -> None:
    facade = world.scheduling.schedules
    spec = ScheduleSpec(cron="* * * * *", overlap=Overlap.ALLOW_ALL)
    await facade.create(task_id="t", name="s", spec=spec, author="ada")
    await after(world, MINUTE)
    await after(world, MINUTE)
    start, end = START - 3 * MINUTE, world.clock.at
    dry = await facade.backfill("t:s", start=start, end=end, by="ada", dry_run=True)
    assert len(dry) == 3
    assert len(await ledger(world, "t:s")) == 2
    done = await facade.backfill("t:s", start=start, end=end, by="ada")
    assert [row.planned_at for row in done] == [row.planned_at for row in dry]
    assert {row.origin for row in done} == {Origin.BACKFILLED}
    assert len(await world.all_runs()) == 5
    assert await facade.backfill("t:s", start=start, end=end, by="ada") == []
    with pytest.raises(Invalid):
        await facade.backfill("t:s", start=end, end=end + MINUTE, by="ada")


async def test_why(world: World) -> None:
    facade: Schedules = world.scheduling.schedules
    spec = ScheduleSpec(cron="*/10 * * * *")
    await facade.create(task_id="t", name="s", spec=spec, author="ada")
    await after(world, 10 * MINUTE)
    (row,) = await ledger(world, "t:s")
    known = await facade.why("t:s", row.planned_at + timedelta(seconds=20))
    assert known.occurrence == row
    assert "fired" in known.sentence
    between = await facade.why("t:s", row.planned_at + 5 * MINUTE)
    assert between.occurrence is None
    assert "01:30" in between.sentence
    assert "01:40" in between.sentence
    future = await facade.why("t:s", row.planned_at + 10 * MINUTE)
    assert "will run" in future.sentence


async def test_another_server_hears_of_a_calendar(tmp_path: Path) -> None:
    one, other = (World(f"sqlite:///{tmp_path / 'both.db'}") for _ in range(2))
    await one.start()
    try:
        await one.save_task()
        facade, calendars = one.scheduling.schedules, one.scheduling.calendars
        await calendars.save("c", calendar_from({}), author="ada")
        spec = ScheduleSpec(cron="0 12 * * *", calendar="c")
        await facade.create(task_id="t", name="s", spec=spec, author="ada")
        await other.start()
        await other.look()
        closed = calendar_from({"exclude": [f"{START:%Y-%m-%d}"]})
        await calendars.save("c", closed, author="bob")
        await calendars.save("new", closed, author="bob")
        await after(other, timedelta(hours=12))
        assert decisions(await ledger(other, "t:s")) == [Decision.CALENDAR]
        named = ScheduleSpec(cron="0 13 * * *", calendar="new")
        made = await other.scheduling.schedules.create(
            task_id="t", name="named", spec=named, author="ada"
        )
        assert made.problem is None
    finally:
        one.close()
        other.close()


async def test_two_servers_on_one_database_fire_once(postgres: Cluster) -> None:
    """Both look at the same moments, again and again; the ledger and the runs are those of one."""
    url = postgres.new_database()
    worlds = [World(url), World(url)]
    for world in worlds:
        await world.start()
    try:
        await worlds[0].save_task()
        facade = worlds[0].scheduling.schedules
        spec = ScheduleSpec(cron="* * * * *", overlap=Overlap.ALLOW_ALL)
        for number in range(5):
            await facade.create(task_id="t", name=f"s{number}", spec=spec, author="ada")
        for world in worlds[1:]:
            world.close()
            await world.start()  # it knows the task, too
        for _ in range(6):
            for world in worlds:
                world.clock.at += MINUTE
            await asyncio.gather(*(world.look() for world in worlds))
        all_runs = await worlds[0].all_runs()
        planned = {(run.schedule_id, run.scheduled_for) for run in all_runs}
        assert len(planned) == len(all_runs) == 30
        for number in range(5):
            rows = await ledger(worlds[0], f"t:s{number}")
            assert {row.run_id for row in rows} == {
                run.id for run in all_runs if run.schedule_id == f"t:s{number}"
            }
    finally:
        for world in worlds:
            world.close()
