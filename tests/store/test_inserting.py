"""Rows that have most columns in common are inserted as any others are."""

from __future__ import annotations

from typing import Any

import pytest

from runyard.domain.errors import Conflict
from runyard.domain.runs import Run
from runyard.store import Store, dialect, runs
from tests.store.making import new_run

_MANY = 3 * dialect._ALIKE_FROM


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each large insert into SQLite took the short way."""
    ways: list[bool] = []
    as_it_is = dialect._insert_by_columns

    def note(*given: Any) -> bool:
        ways.append(as_it_is(*given))
        return ways[-1]

    monkeypatch.setattr(dialect, "_insert_by_columns", note)
    return ways


async def _stored(store: Store, new: list[Run]) -> list[Run]:
    await store.write(lambda tx: runs.insert(tx, new))
    found = await store.read(lambda tx: runs.get_many(tx, [run.id for run in new]))
    return sorted(found, key=lambda run: run.id)


async def test_runs_that_are_alike_come_back_whole(store: Store, taken: list[bool]) -> None:
    new = [
        new_run(
            params={"n": number, "text": 'ä"\\u0041'} if number % 3 else {},
            priority=number % 2 * -(2**31),
            labels=("a", "b") if number % 5 == 0 else (),
            progress=0.1 * number,
        )
        for number in range(_MANY)
    ]
    assert await _stored(store, new) == new
    if store.dialect is dialect.Dialect.SQLITE:
        assert taken == [True, False]  # of a label and a run both columns differ


async def test_a_text_that_ends_in_sqlites_json_goes_the_long_way(
    store: Store, taken: list[bool]
) -> None:
    if store.dialect is not dialect.Dialect.SQLITE:
        return  # PostgreSQL holds no such text
    new = [new_run(idempotency_key=f"key\0{number}") for number in range(_MANY)]
    assert await _stored(store, new) == new
    assert taken == [False]


async def test_an_id_that_is_there_refuses_all_of_them(store: Store) -> None:
    first = new_run()
    await store.write(lambda tx: runs.insert(tx, [first]))
    with pytest.raises(Conflict):
        await store.write(lambda tx: runs.insert(tx, [*(new_run() for _ in range(_MANY)), first]))
    assert sum((await store.read(runs.count_by_status)).values()) == 1
