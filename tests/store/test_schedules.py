"""Schedules and their ledger in the store: guarded, complete, and found by their indexes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from runyard.domain.schedules.model import Decision, Occurrence, Schedule
from runyard.domain.schedules.spec import CatchUp, Overlap, ScheduleSpec
from runyard.domain.states import AttemptStatus, RunStatus
from runyard.domain.tasks import TaskSource
from runyard.store import Dialect, Store, Tx, changes, occurrences, runs, schedule_runs, schedules
from runyard.store import tasks as task_rows
from runyard.store.runs import Finish, RunFilter
from tests.store.making import NOW, new_run, outcome, task_change

MINUTE = timedelta(minutes=1)
SPEC = ScheduleSpec(
    cron="0 2 * * *",
    timezone="Europe/Berlin",
    start=NOW,
    jitter=timedelta(seconds=3),
    overlap=Overlap.BUFFER_ONE,
    catch_up=CatchUp.ALL,
    params={"day": [1, "two", None]},
    argv=("a", "b"),
    note="Nächtlich",
)


def new_schedule(name: str = "nightly", task_id: str = "hello", **fields: Any) -> Schedule:
    values: dict[str, Any] = {
        "id": f"{task_id}:{name}",
        "task_id": task_id,
        "name": name,
        "source": TaskSource.API,
        "spec": SPEC,
        "version": 1,
        "anchor": NOW,
        "cursor": NOW,
        "next_at": NOW + MINUTE,
        "next_due": NOW + MINUTE,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Schedule(**(values | fields))


def new_row(minute: int = 0, **fields: Any) -> Occurrence:
    values: dict[str, Any] = {
        "schedule_id": "hello:nightly",
        "planned_at": NOW + minute * MINUTE,
        "planned_local": "2026-05-17T14:30:15+02:00[Europe/Berlin]",
        "due_at": NOW + minute * MINUTE,
        "decision": Decision.FIRED,
        "rule": "on time",
        "decided_at": NOW,
    }
    return Occurrence(**(values | fields))


async def add(store: Store, *new: Schedule) -> list[Schedule]:
    return await store.write(
        lambda tx: schedules.insert(tx, [(one, False) for one in new], author="ada")
    )


async def test_what_is_stored_is_what_was_given(store: Store) -> None:
    (stored,) = await add(store, new_schedule(paused=True, pause_reason="why", problem="none"))
    assert await store.read(lambda tx: schedules.get(tx, stored.id)) == stored
    (version,) = await store.read(lambda tx: schedules.versions(tx, stored.id))
    assert (version.spec, version.author, version.version) == (SPEC, "ada", 1)


async def test_the_newest_rows_of_several_schedules_come_with_the_state_of_their_run(
    store: Store,
) -> None:
    run = new_run()
    other = [new_row(9, schedule_id="hello:other"), new_row(8, schedule_id="hello:other")]
    rows = [new_row(0), new_row(1, run_id=run.id), new_row(2, decision=Decision.MISSED), *other]
    await store.write(lambda tx: runs.insert(tx, [run]))
    await store.write(lambda tx: occurrences.insert(tx, rows))

    async def found(*ids: str, **bounds: Any) -> list[tuple[str, Any, RunStatus | None]]:
        read = await store.read(lambda tx: occurrences.newest_of_each(tx, ids, **bounds))
        return [(one.schedule_id, (one.planned_at - NOW) // MINUTE, status) for one, status in read]

    assert await found("hello:nightly", "hello:none", "hello:other", limit=2) == [
        ("hello:nightly", 2, None),
        ("hello:nightly", 1, run.status),
        ("hello:other", 9, None),
        ("hello:other", 8, None),
    ]
    assert await found("hello:nightly", since=NOW, until=NOW + 2 * MINUTE, limit=9) == [
        ("hello:nightly", 1, run.status),
        ("hello:nightly", 0, None),
    ]


async def test_a_state_is_written_only_over_the_state_that_was_read(store: Store) -> None:
    (stored,) = await add(store, new_schedule())
    ahead = replace(stored, cursor=NOW + MINUTE, fires=1, next_at=None, next_due=None)
    first = await store.write(lambda tx: schedules.advance(tx, [(stored, ahead)]))
    again = replace(ahead, fires=2)
    second = await store.write(lambda tx: schedules.advance(tx, [(stored, again)]))
    assert list(first) == [stored.id]
    assert second == {}
    assert await store.read(lambda tx: schedules.get(tx, stored.id)) == first[stored.id]


async def test_a_change_of_a_schedule_is_in_the_feed(store: Store) -> None:
    (stored,) = await add(store, new_schedule())
    (change,) = await store.read(lambda tx: changes.since(tx, 0, kinds=["schedule"]))
    assert (change.kind, change.object, change.seq) == ("schedule", stored, stored.seq)


async def test_those_that_are_due_come_in_the_order_of_their_time(store: Store) -> None:
    later = new_schedule("later", next_due=NOW + 2 * MINUTE)
    never = new_schedule("never", next_at=None, next_due=None)
    sooner = new_schedule("sooner")
    await add(store, later, never, sooner, new_schedule("far", next_due=NOW + 9 * MINUTE))
    due = await store.read(lambda tx: schedules.due(tx, until=NOW + 2 * MINUTE, limit=10))
    stored = {one.id: one for one in await store.read(schedules.listed)}
    assert [(stored[id_].name, seq) for id_, seq in due] == [
        (name, stored[f"hello:{name}"].seq) for name in ("sooner", "later")
    ]


async def test_due_pages_leave_out_what_is_paused(store: Store) -> None:
    await store.write(lambda tx: task_rows.save(tx, task_change("hello")))
    await store.write(lambda tx: task_rows.save(tx, task_change("asleep")))
    await store.write(lambda tx: task_rows.update_state(tx, "asleep", paused=True))
    await add(
        store,
        new_schedule("a"),
        new_schedule("b"),
        new_schedule("c", paused=True),
        new_schedule("d", "asleep"),
    )

    def page(tx: Tx, after: Any) -> list[str]:
        until = NOW + MINUTE
        return [one.id for one in schedules.due_page(tx, after=after, until=until, limit=1)]

    assert await store.read(lambda tx: page(tx, None)) == ["hello:a"]
    assert await store.read(lambda tx: page(tx, (NOW + MINUTE, "hello:a"))) == ["hello:b"]
    assert await store.read(lambda tx: page(tx, (NOW + MINUTE, "hello:b"))) == []


async def test_a_planned_time_has_one_row(store: Store) -> None:
    await store.write(lambda tx: occurrences.insert(tx, [new_row()]))
    with pytest.raises(IntegrityError):
        await store.write(lambda tx: occurrences.insert(tx, [new_row(rule="again")]))
    page = await store.read(lambda tx: occurrences.page(tx, "hello:nightly"))
    assert [row.rule for row in page.items] == ["on time"]


async def test_the_ledger_is_read_newest_first_in_pages(store: Store) -> None:
    rows = [new_row(n, decision=Decision.MISSED if n % 2 else Decision.FIRED) for n in range(5)]
    await store.write(lambda tx: occurrences.insert(tx, rows))

    def minutes(page: occurrences.OccurrencePage) -> list[int]:
        return [(row.planned_at - NOW) // MINUTE for row in page.items]

    first = await store.read(lambda tx: occurrences.page(tx, "hello:nightly", limit=3))
    second = await store.read(
        lambda tx: occurrences.page(tx, "hello:nightly", limit=3, cursor=first.next_cursor)
    )
    assert (minutes(first), minutes(second), second.next_cursor) == ([4, 3, 2], [1, 0], None)
    missed = await store.read(
        lambda tx: occurrences.page(
            tx,
            "hello:nightly",
            decisions=[Decision.MISSED],
            since=NOW + 2 * MINUTE,
            until=NOW + 4 * MINUTE,
        )
    )
    assert minutes(missed) == [3]


async def test_what_waits_is_found_until_it_is_decided_anew(store: Store) -> None:
    waiting = [new_row(n, decision=Decision.BUFFERED) for n in range(2)]
    await store.write(lambda tx: occurrences.insert(tx, [*waiting, new_row(5)]))
    rows, count = (
        await store.read(lambda tx: occurrences.buffered(tx, ["hello:nightly", "other:x"]))
    )["hello:nightly"]
    assert (rows, count) == (waiting, 2)
    run = new_run()
    fired = replace(waiting[0], decision=Decision.FIRED, run_id=run.id, rule="then")
    await store.write(lambda tx: occurrences.redecide(tx, [fired]))
    assert await store.read(lambda tx: occurrences.get(tx, "hello:nightly", NOW)) == fired
    left = await store.read(lambda tx: occurrences.buffered(tx, ["hello:nightly"]))
    assert left["hello:nightly"] == ([waiting[1]], 1)


async def test_live_and_ended_runs_of_a_schedule(store: Store) -> None:
    made = [new_run(schedule_id="hello:nightly", scheduled_for=NOW) for _ in range(3)]
    await store.write(lambda tx: runs.insert(tx, [*made, new_run()]))
    live = await store.read(lambda tx: schedule_runs.live(tx, ["hello:nightly"]))
    assert live["hello:nightly"] == [run.id for run in made]

    def end(tx: Tx) -> None:
        for run in (made[1], made[0]):
            runs.claim(tx, [run.id], at=NOW)
            failed = outcome(AttemptStatus.FAILED)
            finish = Finish(run_id=run.id, attempt=1, status=RunStatus.FAILED, outcome=failed)
            assert runs.finish(tx, [finish])

    await store.write(end)
    ended = await store.read(lambda tx: schedule_runs.ended(tx, most=10))
    assert [one.run_id for one in ended] == [made[1].id, made[0].id]  # as they ended
    await store.write(lambda tx: schedule_runs.set_counted(tx, ended[0].seq))
    rest = await store.read(lambda tx: schedule_runs.ended(tx, most=10))
    assert [one.run_id for one in rest] == [made[0].id]
    wanted = RunFilter(schedule_ids=("hello:nightly",))
    page = await store.read(lambda tx: runs.page(tx, wanted))
    assert {run.id for run in page.items} == {run.id for run in made}


async def test_a_renamed_task_takes_its_schedules_along(store: Store) -> None:
    await store.write(lambda tx: task_rows.save(tx, task_change("hello")))
    (stored,) = await add(store, new_schedule(paused=True, pause_reason="why", failures=2))
    waits = new_row(decision=Decision.BUFFERED)
    await store.write(lambda tx: occurrences.insert(tx, [waits, new_row(1)]))
    await store.write(lambda tx: task_rows.rename(tx, "hello", "bye", at=NOW))
    assert await store.read(lambda tx: schedules.get(tx, stored.id)) is None
    moved = await store.read(lambda tx: schedules.get(tx, "bye:nightly"))
    assert moved is not None
    assert (moved.paused, moved.failures, moved.next_due) == (True, 2, stored.next_due)
    assert len(await store.read(lambda tx: schedules.versions(tx, "bye:nightly"))) == 1
    assert "bye:nightly" in await store.read(lambda tx: occurrences.buffered(tx, ["bye:nightly"]))
    old = await store.read(lambda tx: occurrences.page(tx, stored.id))
    assert len(old.items) == 1


async def test_two_that_decide_at_once_on_one_database(store: Store, url: str) -> None:
    """The one that comes second sees what the first has done, whoever that is."""
    from runyard.store import open_store

    other = open_store(url)
    try:
        (stored,) = await add(store, new_schedule())
        ahead = replace(stored, cursor=NOW + MINUTE)

        def decide(tx: Tx) -> bool:
            tx.numbers(0)
            moved = schedules.advance(tx, [(stored, ahead)])
            if moved:
                occurrences.insert(tx, [new_row(1)])
            return bool(moved)

        won = await asyncio.gather(store.write(decide), other.write(decide))
        assert sorted(won) == [False, True]
    finally:
        other.close()


async def test_hot_queries_use_their_indexes(store: Store, dialect: Dialect) -> None:
    if dialect is not Dialect.SQLITE:
        pytest.skip("PostgreSQL plans by statistics")
    many = [new_schedule(f"s{n}", next_due=NOW + n * MINUTE) for n in range(500)]
    await add(store, *many)

    def explain(tx: Tx, text: str) -> str:
        rows = tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").all()
        return " ".join(str(row[-1]) for row in rows)

    def plans(tx: Tx) -> list[str]:
        return [
            explain(tx, "SELECT * FROM schedules WHERE next_due <= 5 ORDER BY next_due, id"),
            explain(
                tx,
                "SELECT id FROM runs WHERE seq > 5 AND schedule_id IS NOT NULL "
                "AND finished_at IS NOT NULL ORDER BY seq",
            ),
            explain(
                tx,
                "SELECT runs.id FROM runs JOIN json_each('[\"a\"]') r "
                "ON runs.schedule_id = r.value "
                "WHERE schedule_id IS NOT NULL AND finished_at IS NULL",
            ),
            explain(
                tx,
                "SELECT * FROM occurrences WHERE schedule_id = 'a' AND decision = 'buffered' "
                "ORDER BY planned_at",
            ),
        ]

    due, ended, live, waits = await store.read(plans)
    assert "schedules_due" in due
    assert "TEMP B-TREE" not in due
    assert "runs_schedule_ended" in ended
    assert "runs_schedule_live" in live
    assert "occurrences" in waits
    assert "SCAN" not in waits
