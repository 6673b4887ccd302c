"""Counts, timelines and the newest runs of tasks: what they answer, and how far they look."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from runyard.domain.ids import lowest_id
from runyard.domain.runs import Run
from runyard.domain.states import RunStatus
from runyard.store import (
    RunFilter,
    Store,
    project_runs,
    run_counts,
    run_search,
    run_timeline,
    runs,
    task_runs,
)
from runyard.store.run_counts import RunCounts
from runyard.store.run_timeline import Timeline
from tests.store.making import NOW, new_run

_MINUTE = timedelta(minutes=1)
_ID_LENGTH = 16


def run_at(minute: float, *, lasted: float | None = 1.0, number: int = 0, **fields: Any) -> Run:
    """Submitted and started `minute` after NOW; over `lasted` minutes later, or still running."""
    at = NOW + minute * _MINUTE
    status = RunStatus.RUNNING if lasted is None else RunStatus.SUCCEEDED
    values: dict[str, Any] = {
        "id": lowest_id(int(at.timestamp() * 1000))[:-4] + f"{number:04d}",
        "status": status,
        "submitted_at": at,
        "started_at": at,
        "finished_at": None if lasted is None else at + lasted * _MINUTE,
    }
    return new_run(**(values | fields))


async def store_runs(store: Store, *new: Run) -> None:
    await store.write(lambda tx: runs.insert(tx, new))


async def timeline(
    store: Store, since: float, until: float, *, limit: int = 100, **wanted: Any
) -> Timeline:
    asked = RunFilter(**wanted)
    return await store.read(
        lambda tx: run_timeline.timeline(
            tx, asked, since=NOW + since * _MINUTE, until=NOW + until * _MINUTE, limit=limit
        )
    )


async def test_a_timeline_has_what_waited_or_ran_in_the_window(store: Store) -> None:
    before = run_at(0, lasted=5)
    into = run_at(1, lasted=10)
    around = run_at(2, lasted=100)
    within = run_at(12, lasted=1, status=RunStatus.FAILED)
    out = run_at(13, lasted=30)
    after = run_at(21, lasted=1)
    live = run_at(3, lasted=None)
    queued = run_at(4, lasted=None, started_at=None, status=RunStatus.QUEUED)
    later = run_at(25, lasted=None)
    await store_runs(store, before, into, around, within, out, after, live, queued, later)
    found = await timeline(store, 10, 20)
    expected = [out, within, queued, live, around, into]
    assert [span.id for span in found.items] == [run.id for run in expected]
    assert not found.truncated
    assert found.items[1] == run_timeline.RunSpan(
        id=within.id,
        task_id="hello",
        executor="script",
        queue="script",
        status=RunStatus.FAILED,
        submitted_at=within.submitted_at,
        started_at=within.started_at,
        finished_at=within.finished_at,
    )


async def test_a_window_is_half_open(store: Store) -> None:
    ended_at_start, starts_at_end = run_at(9, lasted=1), run_at(20, lasted=1)
    await store_runs(store, ended_at_start, starts_at_end)
    assert [span.id for span in (await timeline(store, 10, 20)).items] == [ended_at_start.id]


async def test_a_timeline_keeps_to_its_filters(store: Store) -> None:
    a = run_at(1, task_id="a", queue="x", project="p", labels=("red", "blue"))
    b = run_at(2, task_id="b", message="Needle", labels=("red",))
    c = run_at(3, lasted=None, task_id="c", queue="x", executor="shell", labels=("red",))
    await store_runs(store, a, b, c)

    async def ids(**wanted: Any) -> list[str]:
        return [span.id for span in (await timeline(store, 0, 10, **wanted)).items]

    assert await ids(task_ids=("a", "c")) == [c.id, a.id]
    assert await ids(queues=("x",)) == [c.id, a.id]
    assert await ids(executors=("shell",)) == [c.id]
    assert await ids(projects=("p",)) == [a.id]
    assert await ids(labels=("red",)) == [c.id, b.id, a.id]
    assert await ids(labels=("red", "blue")) == [a.id]
    assert await ids(text="needle") == [b.id]
    assert await ids(statuses=(RunStatus.SUCCEEDED,)) == [b.id, a.id]
    assert await ids(statuses=(RunStatus.RUNNING,)) == [c.id]
    assert await ids(statuses=(RunStatus.CRASHED,)) == []


async def test_too_many_are_cut_those_that_run_stay(store: Store) -> None:
    live = run_at(0, lasted=None)
    waiting = [run_at(9, lasted=None, number=n, status=RunStatus.QUEUED) for n in range(5)]
    over = [run_at(n, lasted=1) for n in range(1, 8)]
    await store_runs(store, live, *waiting, *over)
    found = await timeline(store, 0, 10, limit=4)
    assert found.truncated
    assert [span.id for span in found.items] == [run.id for run in [*over[:-4:-1], live]]
    assert len((await timeline(store, 0, 10, limit=13)).items) == 13
    assert not (await timeline(store, 0, 10, limit=13)).truncated


async def counts(store: Store, **wanted: Any) -> RunCounts:
    return await store.read(lambda tx: run_counts.counts(tx, RunFilter(**wanted)))


async def test_counts_agree_with_the_lists(store: Store) -> None:
    statuses = [*RunStatus, RunStatus.FAILED, RunStatus.FAILED]
    await store_runs(
        store,
        *(
            run_at(
                n,
                lasted=2.0 if status.is_final else None,
                status=status,
                task_id=f"t{n % 2}",
                labels=("odd",) if n % 2 else (),
                message="Needle" if n % 3 == 0 else None,
            )
            for n, status in enumerate(statuses)
        ),
    )
    over = {"finished_since": NOW + 5 * _MINUTE}
    filters: list[dict[str, Any]] = [
        {},
        {"statuses": (RunStatus.FAILED, RunStatus.QUEUED)},
        {"task_ids": ("t1",)},
        {"queues": ("script",)},
        {"task_ids": ("t1", "t0"), "labels": ("odd",)},
        {"task_ids": ("t1",), "statuses": (RunStatus.FAILED, RunStatus.RUNNING)},
        {"labels": ("odd",)},
        {"text": "needle"},
        {"text": "needle", "statuses": (RunStatus.FAILED,)},
        {"since": NOW + 3 * _MINUTE, "until": NOW + 8 * _MINUTE},
        over,
        {**over, "finished_until": NOW + 9 * _MINUTE, "labels": ("odd",)},
        {**over, "statuses": (RunStatus.FAILED, RunStatus.RUNNING), "task_ids": ("t0",)},
        {**over, "text": "needle"},
        {**over, "statuses": (RunStatus.QUEUED,)},
    ]
    for wanted in filters:
        found = await counts(store, **wanted)
        asked = RunFilter(**wanted)
        page = await store.read(partial(runs.page, wanted=asked, limit=100))
        listed = dict.fromkeys(RunStatus, 0)
        for run in page.items:
            listed[run.status] += 1
        assert dict(found.counts) == listed, wanted
        assert found.exact
        assert found.total == len(page.items)


async def test_more_than_can_be_counted_is_said(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_counts, "LOOKED_AT", 5)
    await store_runs(store, *(run_at(n) for n in range(8)))
    for wanted in ({"task_ids": ("hello",)}, {"since": NOW}, {"queues": ("script",)}):
        found = await counts(store, **wanted)
        assert (found.total, found.exact) == (5, False)
    assert await counts(store) == await counts(store, statuses=tuple(RunStatus))
    assert (await counts(store)).total == 8


@pytest.mark.parametrize("few", [True, False])
async def test_the_time_of_the_end_is_a_filter_with_pages(
    store: Store, monkeypatch: pytest.MonkeyPatch, few: bool
) -> None:
    if not few:
        monkeypatch.setattr(run_search, "_FEW_ENDED", 0)
        monkeypatch.setattr(run_search, "_WINDOW", 3)
    made = [
        run_at(n, lasted=20.0 - 2 * n, status=RunStatus.FAILED if n % 2 else RunStatus.SUCCEEDED)
        for n in range(9)
    ]
    await store_runs(store, *made, run_at(10, lasted=None))
    asked = RunFilter(finished_since=NOW + 13 * _MINUTE, finished_until=NOW + 18 * _MINUTE)
    expected = [run.id for run in reversed(made) if _is_within(run, 13, 18)]
    assert len(expected) == 5
    assert await pages(store, asked) == expected
    failed = RunFilter(
        statuses=(RunStatus.FAILED, RunStatus.QUEUED), finished_since=asked.finished_since
    )
    assert await pages(store, failed) == [
        run.id
        for run in reversed(made)
        if run.status is RunStatus.FAILED and _is_within(run, 13, 1000)
    ]
    assert await store.read(lambda tx: runs.ids_matching(tx, asked, limit=100)) == expected
    live = RunFilter(statuses=(RunStatus.RUNNING,), finished_since=NOW)
    assert await pages(store, live) == []


def _is_within(run: Run, since: float, until: float) -> bool:
    assert isinstance(run.finished_at, datetime)
    return NOW + since * _MINUTE <= run.finished_at < NOW + until * _MINUTE


async def pages(store: Store, wanted: RunFilter) -> list[str]:
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = await store.read(partial(runs.page, wanted=wanted, cursor=cursor, limit=2))
        found += [run.id for run in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found


async def test_the_runs_around_a_run(store: Store) -> None:
    first, second, third = (run_at(n, task_id="a") for n in (1, 3, 5))
    await store_runs(store, first, second, third, *(run_at(n, task_id="b") for n in (0, 2, 4, 6)))

    async def around(run: Run) -> tuple[str | None, str | None]:
        found = await store.read(lambda tx: task_runs.neighbours(tx, "a", run.id))
        return found.previous and found.previous.id, found.next and found.next.id

    assert await around(first) == (None, second.id)
    assert await around(second) == (first.id, third.id)
    assert await around(third) == (second.id, None)


async def test_the_newest_runs_of_tasks(store: Store) -> None:
    a = [run_at(n, task_id="a") for n in range(5)]
    b = [run_at(n, task_id="b", lasted=None, number=1) for n in range(2)]
    await store_runs(store, *a, *b)
    found = await store.read(lambda tx: task_runs.newest(tx, ["a", "b", "none"], most=3))
    assert {task: [run.id for run in some] for task, some in found.items()} == {
        "a": [run.id for run in a[:1:-1]],
        "b": [run.id for run in reversed(b)],
    }
    first = found["a"][0]
    assert (first.status, first.submitted_at) == (RunStatus.SUCCEEDED, a[-1].submitted_at)
    assert (first.started_at, first.finished_at) == (a[-1].started_at, a[-1].finished_at)
    assert await store.read(lambda tx: task_runs.newest(tx, [], most=3)) == {}


async def test_how_tasks_ended_last(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await store_runs(
        store,
        run_at(0, task_id="a", status=RunStatus.FAILED),
        run_at(1, task_id="a", status=RunStatus.CRASHED),
        run_at(2, task_id="a", lasted=None),
        run_at(3, task_id="b", lasted=None),
    )
    found = await store.read(lambda tx: task_runs.last_ends(tx, ["a", "b", "c"]))
    assert found == {"a": RunStatus.CRASHED}
    monkeypatch.setattr(task_runs, "LOOKED_AT", 1)
    assert await store.read(lambda tx: task_runs.last_ends(tx, ["a"])) == {}


async def test_the_runs_of_a_task_for_its_statistics(store: Store) -> None:
    made = [run_at(n, task_id="a", attempt=n, not_before=NOW + n * _MINUTE) for n in range(3)]
    await store_runs(store, *made, run_at(9, task_id="b"))
    found = await store.read(lambda tx: task_runs.of_task(tx, "a", most=2))
    assert [(run.id, run.attempts) for run in found] == [(made[2].id, 2), (made[1].id, 1)]
    assert found[0].not_before == made[2].not_before
    assert found[0].duration == _MINUTE


async def test_what_the_runs_of_projects_do_and_did(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store_runs(
        store,
        run_at(0, project="p", status=RunStatus.FAILED),
        run_at(5, project="p"),
        run_at(6, project="p", lasted=None),
        run_at(7, project="q", lasted=None, status=RunStatus.QUEUED),
        run_at(8, status=RunStatus.TIMED_OUT),
    )
    live = await store.read(project_runs.unfinished)
    assert live == {"p": {RunStatus.RUNNING: 1}, "q": {RunStatus.QUEUED: 1}}
    since = NOW + 2 * _MINUTE
    ended = await store.read(lambda tx: project_runs.ended_since(tx, since))
    assert ended.exact
    assert ended.counts == {"p": {RunStatus.SUCCEEDED: 1}, None: {RunStatus.TIMED_OUT: 1}}
    last = await store.read(lambda tx: project_runs.last_submitted(tx, ["p", "none", None]))
    assert last == {"p": NOW + 6 * _MINUTE, None: NOW + 8 * _MINUTE}
    monkeypatch.setattr(project_runs, "LOOKED_AT", 1)
    ended = await store.read(lambda tx: project_runs.ended_since(tx, since))
    assert not ended.exact
