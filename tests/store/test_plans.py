"""The hot queries walk an index, in its order: no scan of the table and no sort."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Select, select, text

from runyard.domain.states import RunStatus
from runyard.store import (
    Dialect,
    RunFilter,
    Store,
    Tx,
    changes,
    run_search,
    run_tally,
    run_timeline,
    runs,
    task_runs,
)
from runyard.store.prepared import Prepared
from runyard.store.runs import Finish, ProgressUpdate
from runyard.store.schema import runs as table
from tests.store.making import NOW, new_run, outcome

_NOWHERE = "38g1q5qyp703csqy"
# PostgreSQL may know that walking the ids finds a page of a frequent value soon.
_BY_STATISTICS = {Dialect.SQLITE: (), Dialect.POSTGRESQL: ("runs_pkey",)}
_PAGES = {
    "all": (RunFilter(), ("runs_pkey", "sqlite_autoindex_runs_1")),
    "status": (RunFilter(statuses=(RunStatus.FAILED,)), ("runs_status",)),
    "task": (RunFilter(task_ids=("task1",)), ("runs_task",)),
    "queue": (RunFilter(queues=("lane1",)), ("runs_queue",)),
    "project": (RunFilter(projects=("p",)), ("runs_project",)),
    "label": (RunFilter(labels=("red",)), ("run_labels",)),
}


def _fill(tx: Tx) -> None:
    runs.insert(
        tx,
        [
            new_run(
                task_id=f"task{number % 50}",
                queue=f"lane{number % 20}",
                executor="shell" if number % 50 == 0 else f"lane{number % 20}",
                project="p" if number % 30 == 0 else None,
                labels=("red",) if number % 40 == 0 else (),
                status=RunStatus.FAILED if number % 25 == 0 else RunStatus.SUCCEEDED,
            )
            for number in range(20_000)
        ],
    )


def _plan(tx: Tx, statement: str, values: Any) -> str:
    prefix = "EXPLAIN QUERY PLAN " if tx.dialect is Dialect.SQLITE else "EXPLAIN "
    rows = tx.connection.exec_driver_sql(prefix + statement, values).all()
    return "\n".join(str(row[-1]) for row in rows)


def _explain(tx: Tx, query: Any) -> str:
    compiled = query.compile(
        dialect=tx.connection.dialect, compile_kwargs={"render_postcompile": True}
    )
    given = compiled.construct_params()
    if compiled.positiontup is not None:
        return _plan(tx, str(compiled), tuple(given[name] for name in compiled.positiontup))
    return _plan(tx, str(compiled), given)


def _assert_walks(plan: str, *indexes: str) -> None:
    assert any(index in plan for index in indexes), plan
    for bad in ("Seq Scan", "SCAN runs\n", "TEMP B-TREE", "Sort"):
        assert bad not in plan + "\n", plan


async def _analyzed(store: Store) -> None:
    await store.write(_fill)
    if store.dialect is Dialect.POSTGRESQL:
        await store.write(lambda tx: tx.execute(text("ANALYZE")))


async def test_pages_walk_an_index(store: Store) -> None:
    await _analyzed(store)

    def check(tx: Tx) -> None:
        middle = runs.ids_matching(tx, RunFilter(), 10_000)[-1]
        for wanted, indexes in _PAGES.values():
            for cursor in (None, middle):
                query: Select[Any] = run_search.newest(tx.dialect, wanted, cursor=cursor, limit=51)
                _assert_walks(_explain(tx, query), *indexes, *_BY_STATISTICS[tx.dialect])

    await store.read(check)


@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize("status", [RunStatus.QUEUED, RunStatus.SUCCEEDED, RunStatus.FAILED])
async def test_task_and_status_walk_one_index(store: Store, few: bool, status: RunStatus) -> None:
    await _analyzed(store)
    wanted = RunFilter(task_ids=("task1",), statuses=(status,))

    def check(tx: Tx) -> None:
        query = run_search.newest(tx.dialect, wanted, cursor=None, limit=51, few=few)
        plan = _explain(tx, query)
        assert "Seq Scan" not in plan
        if tx.dialect is Dialect.POSTGRESQL:
            return  # has statistics, and chooses by them
        if status is RunStatus.FAILED:
            _assert_walks(plan, "runs_task_failed")
        elif status is RunStatus.QUEUED and not few:
            _assert_walks(plan, "runs_status")
        else:
            _assert_walks(plan, "USING COVERING INDEX runs_task (")

    await store.read(check)


async def test_what_is_counted_again_is_little(store: Store) -> None:
    await _analyzed(store)

    def check(tx: Tx) -> None:
        assert "runs_status" in _explain(tx, run_tally._LIVE)
        assert "runs_seq" in _explain(tx, run_tally._ENDED_SINCE.params(after=19_990))

    await store.read(check)


@pytest.mark.parametrize("few", [True, False])
async def test_two_filters_walk_the_smaller_index(store: Store, few: bool) -> None:
    await _analyzed(store)
    wanted = RunFilter(queues=("lane1",), statuses=(RunStatus.FAILED,))

    def check(tx: Tx) -> None:
        query = run_search.newest(tx.dialect, wanted, cursor=None, limit=51, few=few)
        plan = _explain(tx, query)
        if tx.dialect is Dialect.SQLITE:
            _assert_walks(plan, "runs_queue" if few else "runs_status")
        assert "Seq Scan" not in plan

    await store.read(check)


async def test_the_executor_is_found_by_two_indexes(store: Store) -> None:
    await _analyzed(store)

    def check(tx: Tx) -> None:
        wanted = RunFilter(executors=("shell",))
        query = run_search.newest(tx.dialect, wanted, cursor=None, limit=51)
        plan = _explain(tx, query)
        assert "runs_queue" in plan, plan
        assert "runs_executor" in plan, plan
        assert "Seq Scan" not in plan, plan

    await store.read(check)


async def test_single_rows_and_the_feed_use_an_index(store: Store) -> None:
    await _analyzed(store)

    def check(tx: Tx) -> None:
        by_id = select(table).where(table.c.id == _NOWHERE)
        _assert_walks(_explain(tx, by_id), "runs_pkey", "sqlite_autoindex_runs_1")
        by_key = select(table).where(table.c.idempotency_key == "k")
        _assert_walks(_explain(tx, by_key), "runs_idempotency")
        live = select(table).where(table.c.status.in_(["queued", "running"]))
        _assert_walks(_explain(tx, live), "runs_status")
        newer = select(table).where(table.c.seq > 19_990).order_by(table.c.seq).limit(100)
        _assert_walks(_explain(tx, newer), "runs_seq")

    await store.read(check)
    assert len(await store.read(lambda tx: changes.since(tx, 19_990))) == 10


async def test_ends_are_found_by_their_time(store: Store) -> None:
    await _analyzed(store)
    await store.write(lambda tx: tx.execute(text("UPDATE runs SET finished_at = seq * 1000000")))
    if store.dialect is Dialect.POSTGRESQL:
        await store.write(lambda tx: tx.execute(text("ANALYZE")))
    long_ago = datetime(1970, 1, 1, 5, tzinfo=UTC)
    span = RunFilter(finished_since=long_ago, finished_until=long_ago + timedelta(minutes=10))

    def check(tx: Tx) -> None:
        for latest_first in (True, False):
            query = run_search.ended(span, limit=1000, latest_first=latest_first)
            _assert_walks(_explain(tx, query), "runs_finished")
        assert len(runs.page(tx, span, limit=1000).items) == 600

    await store.read(check)


async def test_the_runs_around_a_run_are_found_by_an_index(store: Store) -> None:
    await _analyzed(store)

    def check(tx: Tx) -> None:
        middle = runs.ids_matching(tx, RunFilter(task_ids=("task1",)), 10)[-1]
        for query in (task_runs._PREVIOUS, task_runs._NEXT):
            plan = _explain(tx, query.params(task_id="task1", run_id=middle))
            _assert_walks(plan, "runs_task", "runs_pkey")

    await store.read(check)


@pytest.mark.parametrize("wanted", [RunFilter(), RunFilter(task_ids=("task1",), labels=("red",))])
async def test_a_timeline_never_reads_all_runs(store: Store, wanted: RunFilter) -> None:
    await _analyzed(store)
    plans: list[str] = []

    def look(tx: Tx) -> None:
        asked = tx.execute

        def execute(query: Any, values: Any = None) -> Any:
            plans.append(_explain(tx, query))
            return asked(query, values)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tx, "execute", execute)
            since, until = NOW - timedelta(hours=6), NOW + timedelta(hours=1)
            run_timeline.timeline(tx, wanted, since=since, until=until, limit=100)

    await store.read(look)
    assert len(plans) > 4
    for plan in plans:
        assert "SCAN runs\n" not in plan + "\n", plan
        assert "Seq Scan on runs" not in plan, plan
    assert any("runs_finished" in plan for plan in plans)


async def test_a_batch_finds_its_runs_by_id(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await _analyzed(store)
    run = new_run()
    seen: list[tuple[str, Any]] = []

    as_it_is = Prepared.arguments

    def _note(self: Prepared, values: Any) -> tuple[str, Any]:
        statement, arguments = as_it_is(self, values)
        if statement.startswith("UPDATE") and "json" in statement:
            seen.append((statement, arguments))
        return statement, arguments

    monkeypatch.setattr(Prepared, "arguments", _note)

    def live(tx: Tx) -> None:
        runs.insert(tx, [run])
        runs.claim(tx, [run.id], at=NOW)
        runs.record_progress(tx, [ProgressUpdate(run_id=run.id, attempt=1, progress=5)])
        end = Finish(run_id=run.id, attempt=1, status=RunStatus.SUCCEEDED, outcome=outcome())
        runs.finish(tx, [end])

    await store.write(live)
    assert len(seen) == 4
    for statement, values in seen:
        plan = await store.read(partial(_plan, statement=statement, values=values))
        keys = ("runs_pkey", "sqlite_autoindex_runs_1", "SEARCH attempts USING PRIMARY KEY")
        assert any(key in plan for key in keys) or "Seq Scan on attempts" in plan, plan
        assert "SCAN runs" not in plan
        assert "Seq Scan on runs" not in plan
