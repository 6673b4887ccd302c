"""Group commit: many callers, one transaction, and an error only for the one who made it."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest

from runyard.domain.errors import NotFound, StoreUnavailable
from runyard.store import Change, Store, Tx, changes, open_store, runs, settings, tasks
from runyard.store.writer import MOST_IN_ONE_COMMIT
from tests.store.making import new_run

if TYPE_CHECKING:
    from collections.abc import Callable


class _Gate:
    """A change that holds the writer until it is opened, so that others gather behind it."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self._open = threading.Event()

    def __call__(self, _tx: Tx) -> None:
        self.entered.set()
        assert self._open.wait(20)

    def open(self) -> None:
        self._open.set()


def _noting(seen: list[Tx], change: Callable[[Tx], object]) -> Callable[[Tx], object]:
    def noted(tx: Tx) -> object:
        seen.append(tx)
        return change(tx)

    return noted


def _insert(tx: Tx, key: str) -> str:
    return runs.insert(tx, [new_run(idempotency_key=key)])[0].id


async def test_what_waits_is_one_transaction(store: Store) -> None:
    gate, seen = _Gate(), list[Tx]()
    held = asyncio.ensure_future(store.write(gate))
    writes = [
        asyncio.ensure_future(store.write(_noting(seen, partial(_insert, key=str(number)))))
        for number in range(200)
    ]
    gate.open()
    await held
    ids = await asyncio.gather(*writes)
    # The gate is a transaction of its own, or shares the one of those that came early.
    assert len({id(tx) for tx in seen}) <= 2
    assert len(seen) == 200
    stored = await store.read(lambda tx: runs.get_many(tx, [str(one) for one in ids]))
    assert {run.idempotency_key for run in stored} == {str(number) for number in range(200)}


async def test_a_transaction_is_bounded(store: Store) -> None:
    gate, seen = _Gate(), list[Tx]()
    held = asyncio.ensure_future(store.write(gate))
    change = _noting(seen, lambda _tx: None)
    writes = [asyncio.ensure_future(store.write(change)) for _ in range(2 * MOST_IN_ONE_COMMIT)]
    gate.open()
    await asyncio.gather(held, *writes)
    sizes = [seen.count(tx) for tx in dict.fromkeys(seen)]
    assert max(sizes) <= MOST_IN_ONE_COMMIT
    assert sum(sizes) == 2 * MOST_IN_ONE_COMMIT


async def test_only_the_guilty_one_sees_its_error(store: Store) -> None:
    heard: list[Change] = []
    store.listen(heard.extend)
    gate = _Gate()
    held = asyncio.ensure_future(store.write(gate))
    fine = [
        asyncio.ensure_future(store.write(partial(_insert, key=str(number))))
        for number in range(20)
    ]
    domain = asyncio.ensure_future(
        store.write(lambda tx: tasks.update_state(tx, "nobody", paused=True))
    )

    def half(tx: Tx) -> None:
        _insert(tx, "half")
        tx.connection.exec_driver_sql("SELECT nonsense FROM nowhere")

    database = asyncio.ensure_future(store.write(half))
    more = asyncio.ensure_future(store.write(partial(_insert, key="more")))
    gate.open()
    await held
    assert len(set(await asyncio.gather(*fine, more))) == 21
    with pytest.raises(NotFound):
        await domain
    with pytest.raises(Exception, match=r"nonsense|nowhere"):
        await database
    assert await store.read(lambda tx: runs.by_idempotency_key(tx, "half")) is None
    # Nothing that was rolled back is announced, and the numbers have no gap.
    assert [change.seq for change in heard] == list(range(1, 22))
    assert await store.read(changes.newest) == 21


async def test_listeners_hear_before_the_writer_goes_on(store: Store) -> None:
    order: list[str] = []
    store.listen(lambda seen: order.append(f"heard {len(seen)}"))
    await store.write(lambda tx: runs.insert(tx, [new_run(), new_run()]))
    order.append("answered")
    await store.write(lambda tx: settings.put(tx, "quiet", 1))
    assert order == ["heard 2", "answered"]


async def test_changes_apply_in_the_order_of_the_calls(store: Store) -> None:
    writes = [store.write(partial(settings.put, key="last", value=number)) for number in range(300)]
    await asyncio.gather(*writes)
    assert await store.read(lambda tx: settings.get(tx, "last")) == 299


async def test_a_caller_that_is_cancelled_harms_nobody(store: Store) -> None:
    gate = _Gate()
    held = asyncio.ensure_future(store.write(gate))
    given_up = asyncio.ensure_future(store.write(partial(_insert, key="given up")))
    other = asyncio.ensure_future(store.write(partial(_insert, key="other")))
    given_up.cancel()
    gate.open()
    await asyncio.gather(held, other)
    assert await store.read(lambda tx: runs.by_idempotency_key(tx, "given up")) is not None


async def test_close_commits_what_was_submitted(store: Store, url: str) -> None:
    writes = [
        asyncio.ensure_future(store.write(partial(settings.put, key=str(number), value=1)))
        for number in range(100)
    ]
    store.close()
    store.close()
    await asyncio.gather(*writes)
    with pytest.raises(StoreUnavailable):
        await store.write(lambda tx: settings.put(tx, "late", 1))
    with pytest.raises(StoreUnavailable):
        await store.read(lambda tx: settings.get(tx, "late"))
    again = open_store(url)
    try:
        assert await again.read(lambda tx: settings.get(tx, "99")) == 1
    finally:
        again.close()


async def test_a_read_sees_one_moment(store: Store) -> None:
    await store.write(lambda tx: settings.put(tx, "n", 1))
    looked, go_on = threading.Event(), threading.Event()

    def twice(tx: Tx) -> tuple[int, int]:
        first = settings.get(tx, "n")
        looked.set()
        assert go_on.wait(20)
        return first, settings.get(tx, "n")

    reading = asyncio.ensure_future(store.read(twice))
    await asyncio.to_thread(looked.wait, 20)
    await store.write(lambda tx: settings.put(tx, "n", 2))
    go_on.set()
    assert await reading == (1, 1)
    assert await store.read(lambda tx: settings.get(tx, "n")) == 2


async def test_a_read_cannot_write(store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        await store.read(lambda tx: settings.put(tx, "n", 1))
    assert await store.read(lambda tx: settings.get(tx, "n")) is None
