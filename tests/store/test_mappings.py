"""What dialects remember: by key, by parent, by run, under numbers; on both databases."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from runyard.store import Store, Tx, mappings
from runyard.store.mappings import Mapping

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def mapping(key: str, **given: Any) -> Mapping:
    return Mapping(**{"dialect": "d", "kind": "k", "key": key, "created_at": AT, **given})


async def test_a_value_comes_back_as_it_was(store: Store) -> None:
    kept = mapping("ü/1", parent="user 1", run_id="0" * 16, value={"名": [1, None, {"a": 1.5}]})
    await store.write(lambda tx: mappings.put(tx, kept))
    assert await store.read(lambda tx: mappings.get(tx, "d", "k", "ü/1")) == kept
    for wrong in [("x", "k", "ü/1"), ("d", "x", "ü/1"), ("d", "k", "x")]:
        assert await store.read(lambda tx, w=wrong: mappings.get(tx, *w)) is None  # type: ignore[misc]


async def test_adding_never_replaces(store: Store) -> None:
    assert await store.write(lambda tx: mappings.add(tx, mapping("1", value={"a": 1})))
    assert not await store.write(lambda tx: mappings.add(tx, mapping("1", value={"a": 2})))
    found = await store.read(lambda tx: mappings.get(tx, "d", "k", "1"))
    assert found is not None
    assert found.value == {"a": 1}


async def test_putting_replaces(store: Store) -> None:
    for run_id in ("a" * 16, "b" * 16):
        await store.write(lambda tx, r=run_id: mappings.put(tx, mapping("1", run_id=r)))  # type: ignore[misc]
    found = await store.read(lambda tx: mappings.of_run(tx, "d", "k", "b" * 16))
    assert found == mapping("1", run_id="b" * 16)
    assert await store.read(lambda tx: mappings.of_run(tx, "d", "k", "a" * 16)) is None


async def test_lists_are_newest_first_by_parent_and_in_pages(store: Store) -> None:
    def fill(tx: Tx) -> None:
        for number in range(10):
            parent = "even" if number % 2 == 0 else "odd"
            at = AT + timedelta(microseconds=number)
            mappings.put(tx, mapping(str(number), parent=parent, created_at=at))
        mappings.put(tx, mapping("other", kind="else", parent="even"))

    await store.write(fill)
    evens = await store.read(lambda tx: mappings.listed(tx, "d", "k", parent="even"))
    assert [one.key for one in evens] == ["8", "6", "4", "2", "0"]
    page = await store.read(lambda tx: mappings.listed(tx, "d", "k", limit=3, offset=2))
    assert [one.key for one in page] == ["7", "6", "5"]
    assert await store.read(lambda tx: mappings.count(tx, "d", "k")) == 10
    assert await store.read(lambda tx: mappings.count(tx, "d", "k", parent="odd")) == 5


async def test_removing_touches_only_its_own_kind(store: Store) -> None:
    def fill(tx: Tx) -> None:
        for kind in ("k", "l"):
            for number in range(1200):
                mappings.put(tx, mapping(str(number), kind=kind))

    await store.write(fill)
    keys = [str(number) for number in range(1100)] + ["none"]
    assert await store.write(lambda tx: mappings.remove(tx, "d", "k", keys)) == 1100
    assert await store.read(lambda tx: mappings.count(tx, "d", "k")) == 100
    assert await store.read(lambda tx: mappings.count(tx, "d", "l")) == 1200


async def test_numbers_count_up_without_gaps_for_each_kind(store: Store) -> None:
    def number(tx: Tx) -> int:
        return mappings.next_number(tx, "d", "task", at=AT)

    numbers = await asyncio.gather(*(store.write(number) for _ in range(20)))
    assert sorted(numbers) == list(range(1, 21))
    assert await store.write(lambda tx: mappings.next_number(tx, "d", "run", at=AT)) == 1
