"""Runs are stored whole, found again by every filter, and counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from typing import Any

import pytest

from runyard.domain.errors import Conflict, Invalid, NotFound
from runyard.domain.ids import RunIds
from runyard.domain.runs import Run, RunError
from runyard.domain.states import FINAL, LIVE, RunStatus
from runyard.domain.tasks import TaskSpec
from runyard.store import RunFilter, Store, Tx, open_store, run_search, runs
from tests.store.making import NOW, new_run


def _full_run() -> Run:
    return new_run(
        project="p", priority=-3, params={"big": 2**70, "é": [None, 1.5]}, argv=("-x", ""),
        labels=("red", "blue"), status=RunStatus.FAILED, attempt=3, failures=2, crashes=1,
        progress=12.5, message="half", detail={"a": {"b": 1}}, result=[1, {"x": "\ud800"}],
        error=RunError(type="ValueError", message="no", traceback="line\n"),
        not_before=NOW + timedelta(hours=1), submitted_by="ada", started_at=NOW,
        cancel_requested_at=NOW, cancel_requested_by="bob", cancel_reason="why",
        rerun_of="0123456789abcdef", idempotency_key="key", scheduled_for=NOW,
        concurrency_limit=4,
    )  # fmt: skip


async def test_a_run_comes_back_as_it_was_stored(store: Store, url: str) -> None:
    (stored,) = await store.write(lambda tx: runs.insert(tx, [_full_run()]))
    assert stored.seq == 1
    assert await store.read(lambda tx: runs.get(tx, stored.id)) == stored
    other = open_store(url)  # decodes the definition from its row
    try:
        again = await other.read(lambda tx: runs.get(tx, stored.id))
    finally:
        other.close()
    assert again == stored


async def test_equal_definitions_are_stored_once_and_are_one_object(store: Store) -> None:
    def submit(tx: Tx) -> list[Run]:
        return runs.insert(tx, [new_run(spec=TaskSpec(title="same")) for _ in range(3)])

    stored = await store.write(submit)
    found = await store.read(lambda tx: runs.get_many(tx, [run.id for run in stored]))
    assert len({id(run.spec) for run in found}) == 1
    count = await store.read(
        lambda tx: tx.connection.exec_driver_sql("SELECT count(*) FROM specs").scalar_one()
    )
    assert count == 1


async def test_a_definition_survives_that_its_first_transaction_failed(store: Store) -> None:
    spec = TaskSpec(title="unlucky")

    def fail(tx: Tx) -> None:
        runs.insert(tx, [new_run(spec=spec)])
        raise ValueError("unlucky")

    with pytest.raises(ValueError, match="unlucky"):
        await store.write(fail)
    (stored,) = await store.write(lambda tx: runs.insert(tx, [new_run(spec=spec)]))
    found = await store.read(lambda tx: runs.get(tx, stored.id))
    assert found is not None
    assert found.spec == spec


async def test_an_idempotency_key_is_used_once(store: Store) -> None:
    first = new_run(idempotency_key="k")
    await store.write(lambda tx: runs.insert(tx, [first]))
    with pytest.raises(Conflict) as raised:
        await store.write(lambda tx: runs.insert(tx, [new_run(), new_run(idempotency_key="k")]))
    assert raised.value.facts["run_id"] == first.id
    with pytest.raises(Conflict):
        await store.write(
            lambda tx: runs.insert(tx, [new_run(idempotency_key="x") for _ in range(2)])
        )
    found = await store.read(lambda tx: runs.by_idempotency_key(tx, "k"))
    assert found == first
    assert sum((await store.read(runs.count_by_status)).values()) == 1


async def test_an_id_is_used_once(store: Store) -> None:
    run = new_run()
    await store.write(lambda tx: runs.insert(tx, [run]))
    with pytest.raises(Conflict):
        await store.write(lambda tx: runs.insert(tx, [run]))


async def test_thousands_in_one_call(store: Store) -> None:
    new = [new_run(params={"n": n}, labels=("odd",) if n % 2 else ()) for n in range(3000)]
    stored = await store.write(lambda tx: runs.insert(tx, new))
    assert [run.seq for run in stored] == list(range(1, 3001))
    found = await store.read(lambda tx: runs.get_many(tx, [run.id for run in new]))
    assert sorted(found, key=lambda run: run.id) == stored
    odd = await store.read(lambda tx: runs.ids_matching(tx, RunFilter(labels=("odd",)), 5000))
    assert odd == [run.id for run in reversed(new) if run.labels]


async def test_find_by_part_of_the_id(store: Store) -> None:
    one, other = new_run(id="0123456789abcdef"), new_run(id="0123x6789abcdeg0")
    await store.write(lambda tx: runs.insert(tx, [one, other]))
    for ref in (one.id, "01234", "cdef"):
        assert (await store.read(partial(runs.find, ref=ref))).id == one.id
    with pytest.raises(Conflict) as raised:
        await store.read(lambda tx: runs.find(tx, "0123"))
    assert set(raised.value.facts["candidates"]) == {one.id, other.id}
    for ref in ("def", "zzzz", "%%%%", "____"):
        with pytest.raises(NotFound):
            await store.read(partial(runs.find, ref=ref))


_FILTERS: list[dict[str, Any]] = [
    {},
    {"statuses": (RunStatus.FAILED,)},
    {"statuses": tuple(FINAL)},
    {"statuses": tuple(LIVE), "queues": ("lane0", "lane1")},
    {"task_ids": ("task1",)},
    {"task_ids": ("task1", "task2"), "statuses": (RunStatus.FAILED, RunStatus.SUCCEEDED)},
    {"task_ids": tuple(f"task{n}" for n in range(40)), "statuses": tuple(RunStatus)},
    {"queues": ("lane1",)},
    {"executors": ("script",)},
    {"executors": ("script",), "statuses": (RunStatus.SUCCEEDED,)},
    {"executors": ("lane0", "shell")},
    {"projects": ("a",)},
    {"projects": ("a",), "queues": ("lane0",)},
    {"labels": ("red",)},
    {"labels": ("red", "blue"), "statuses": (RunStatus.QUEUED, RunStatus.SUCCEEDED)},
    {"submitted_by": ("ada",)},
    {"since": NOW + timedelta(minutes=40), "until": NOW + timedelta(minutes=90)},
    {"since": datetime(1, 1, 1, tzinfo=UTC), "until": datetime.max.replace(tzinfo=UTC)},
    {"text": "ASK3"},
    {"text": "50%"},
    {"text": "half", "statuses": (RunStatus.SUCCEEDED,)},
    {"task_ids": ("none",)},
]


def _fits(run: Run, wanted: RunFilter) -> bool:
    words = (run.task_id or "", run.message or "", run.id)
    return (
        (not wanted.statuses or run.status in wanted.statuses)
        and (not wanted.task_ids or run.task_id in wanted.task_ids)
        and (not wanted.queues or run.queue in wanted.queues)
        and (not wanted.projects or run.project in wanted.projects)
        and (not wanted.executors or run.executor in wanted.executors)
        and (not wanted.submitted_by or run.submitted_by in wanted.submitted_by)
        and set(wanted.labels) <= set(run.labels)
        and (wanted.since is None or run.submitted_at >= wanted.since)
        and (wanted.until is None or run.submitted_at < wanted.until)
        and (not wanted.text or any(wanted.text.lower() in word.lower() for word in words))
    )


def _variety() -> list[Run]:
    """Runs of every kind, a minute apart."""
    kinds = product(RunStatus, range(3), ("script", "shell", "lane0"), (0, 1))
    made = []
    for number, (status, task, executor, lane) in enumerate(kinds):
        at = NOW + timedelta(minutes=number)
        labels = tuple(word for word, every in (("red", 2), ("blue", 3)) if number % every == 0)
        made.append(
            new_run(
                id=_id_at(at),
                status=status,
                task_id=None if number % 17 == 0 else f"task{task + number % 2}",
                executor=executor,
                queue=executor if lane else f"lane{number % 5 % 2}",
                project=(None, "a", "b")[number % 3],
                labels=labels,
                submitted_by=("", "ada")[number % 2],
                message=("half", "at 50% now", None)[number % 3],
                submitted_at=at,
            )
        )
    return made


def _id_at(at: datetime) -> str:
    return RunIds(lambda: int(at.timestamp() * 1000)).new()


@pytest.mark.parametrize("few", [0, 1000])
async def test_every_filter_pages_through_exactly_what_fits(
    store: Store, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(run_search, "_FEW", few)
    monkeypatch.setattr(run_search, "_FEW_OF_TASKS", few)
    monkeypatch.setattr(run_search, "_WINDOW", 20)
    variety = _variety()
    await store.write(lambda tx: runs.insert(tx, variety))
    newest_first = sorted(variety, key=lambda run: run.id, reverse=True)
    for fields in _FILTERS:
        wanted = RunFilter(**fields)
        expected = [run for run in newest_first if _fits(run, wanted)]
        assert expected or fields == _FILTERS[-1], fields
        assert await _page_through(store, wanted) == expected, fields
        ids = await store.read(partial(runs.ids_matching, wanted=wanted, limit=9))
        assert ids == [run.id for run in expected[:9]]


async def _page_through(store: Store, wanted: RunFilter) -> list[Run]:
    found: list[Run] = []
    cursor: str | None = None
    while True:
        page = await store.read(partial(runs.page, wanted=wanted, cursor=cursor, limit=7))
        assert len(page.items) <= 7
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


async def test_a_wrong_cursor_is_refused(store: Store) -> None:
    with pytest.raises(Invalid):
        await store.read(lambda tx: runs.page(tx, RunFilter(), cursor="x' OR 1=1"))


async def test_live_counts_and_newest(store: Store) -> None:
    assert await store.read(runs.newest_id) is None
    variety = _variety()
    await store.write(lambda tx: runs.insert(tx, variety))
    live = await store.read(runs.live)
    assert [run.id for run in live] == sorted(run.id for run in variety if not run.status.is_final)
    counts = await store.read(runs.count_by_status)
    assert counts == dict.fromkeys(RunStatus, len(variety) // len(RunStatus))
    assert await store.read(runs.newest_id) == max(run.id for run in variety)


async def test_a_final_state_needs_its_time(store: Store) -> None:
    broken = new_run(status=RunStatus.FAILED, finished_at=None)
    with pytest.raises(Conflict):
        await store.write(lambda tx: runs.insert(tx, [broken]))
