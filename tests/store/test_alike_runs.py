"""Runs stored in bulk are in nothing different from those that are stored one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from runyard.domain.errors import Conflict
from runyard.domain.ids import RunIds
from runyard.store import Change, RunFilter, Store, newest_of, of_known_things, runs
from runyard.store.committed import AlikeRuns, Committed
from tests.store.making import NOW, new_run

IDS = RunIds(lambda: 1_790_000_000_000)
PARAMS: list[dict[str, Any]] = [{}, {"n": 1}, {"big": 2**70, "é": ["\ud800", None]}, {}]
MODEL = new_run(id="", labels=("red", "blue"), priority=7, project="p", not_before=NOW)


@pytest.mark.parametrize("count", [1, 4, 300])
async def test_they_come_back_as_if_stored_alone(store: Store, count: int) -> None:
    heard: list[Sequence[Change]] = []
    store.listen(heard.append)
    ids = IDS.block(count)
    params = [PARAMS[place % len(PARAMS)] for place in range(count)]
    await store.write(lambda tx: runs.insert_alike(tx, MODEL, ids, params))
    expected = [
        replace(MODEL, id=run_id, params=given, seq=seq)
        for seq, (run_id, given) in enumerate(zip(ids, params, strict=True), 1)
    ]
    found = await store.read(lambda tx: runs.get_many(tx, ids))
    assert sorted(found, key=lambda run: run.id) == expected
    (batch,) = heard
    assert [change.object for change in batch] == expected
    assert (len(batch), newest_of(batch), batch[-1].seq) == (count, count, count)
    for label in ("red", "blue"):
        wanted = RunFilter(labels=(label,))
        assert sorted(await store.read(lambda tx: runs.ids_matching(tx, wanted, 999))) == ids  # noqa: B023


async def test_without_parameters(store: Store) -> None:
    ids = IDS.block(3)
    await store.write(lambda tx: runs.insert_alike(tx, replace(MODEL, labels=()), ids, [{}] * 3))
    found = await store.read(lambda tx: runs.get_many(tx, ids))
    assert [run.params for run in found] == [{}, {}, {}]


async def test_one_id_that_exists_keeps_all_out(store: Store) -> None:
    ids = IDS.block(3)
    await store.write(lambda tx: runs.insert(tx, [new_run(id=ids[1])]))
    with pytest.raises(Conflict):
        await store.write(lambda tx: runs.insert_alike(tx, MODEL, ids, [{}] * 3))
    assert await store.read(lambda tx: runs.get(tx, ids[0])) is None
    assert await store.read(runs.newest_id) == ids[1]


async def test_they_can_be_claimed_in_the_same_breath(store: Store) -> None:
    ids = IDS.block(20)
    stored = store.write(lambda tx: runs.insert_alike(tx, MODEL, ids, [{}] * 20))
    claimed = await store.write(lambda tx: runs.claim(tx, ids, at=NOW))
    await stored
    assert [run.id for run in claimed] == ids


def test_a_batch_is_what_it_was_made_of() -> None:
    first = Change(seq=3, kind="run", object=new_run(seq=3))
    bulk = AlikeRuns(model=MODEL, ids=["a", "b"], params=[{}, {"n": 2}], first_seq=4)
    batch = Committed([first, bulk])
    assert list(of_known_things(batch)) == [first]
    assert (len(batch), batch.newest, bool(batch), bool(Committed())) == (3, 5, True, False)
    assert [change.seq for change in batch] == [3, 4, 5]
    last = batch[-1].object
    assert last == replace(MODEL, id="b", params={"n": 2}, seq=5)
    assert batch[1:] == list(batch)[1:]
    plain = [first]
    assert (newest_of(plain), of_known_things(plain)) == (3, plain)
