"""Settings, queues and the change feed."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from runyard.domain.rates import Rate
from runyard.domain.tasks import Queue
from runyard.store import Change, Store, Tx, changes, queues, runs, settings, tasks
from tests.store.making import NOW, new_run, task_change


async def test_settings(store: Store) -> None:
    assert await store.read(lambda tx: settings.get(tx, "id")) is None
    for value in ("abc", {"a": [1, None, 2**70]}):
        await store.write(partial(settings.put, key="id", value=value))
        assert await store.read(lambda tx: settings.get(tx, "id")) == value


async def test_queues(store: Store) -> None:
    assert await store.read(lambda tx: queues.get(tx, "crawl")) is None
    await store.write(lambda tx: queues.put(tx, Queue(name="crawl", limit=1)))
    stored = await store.write(lambda tx: queues.put(tx, Queue(name="crawl", paused=True)))
    rate = Rate(count=30, per=timedelta(minutes=10), burst=5)
    paced = await store.write(lambda tx: queues.put(tx, Queue(name="a", limit=3, rate=rate)))
    assert await store.read(lambda tx: queues.get(tx, "a")) == paced
    assert (paced.limit, paced.rate) == (3, rate)
    assert await store.read(lambda tx: queues.get(tx, "crawl")) == stored
    assert (stored.limit, stored.paused, stored.seq) == (None, True, 2)
    assert [queue.name for queue in await store.read(queues.all)] == ["a", "crawl"]


def _everything(tx: Tx) -> None:
    a, b = runs.insert(tx, [new_run(), new_run()])
    tasks.save(tx, task_change())
    queues.put(tx, Queue(name="q"))
    runs.claim(tx, [b.id, a.id], at=NOW)


async def test_the_feed_is_heard_and_can_be_read_back(store: Store) -> None:
    heard: list[Change] = []
    store.listen(heard.extend)
    assert await store.read(changes.newest) == 0
    await store.write(_everything)
    await store.write(lambda tx: tasks.delete(tx, "hello", at=NOW))
    assert [(one.seq, one.kind) for one in heard] == [
        (1, "run"), (2, "run"), (3, "task"), (4, "queue"), (5, "run"), (6, "run"), (7, "task"),
    ]  # fmt: skip
    newest_of_each = [one for one in heard if one.seq >= 4]
    assert await store.read(lambda tx: changes.since(tx, 0)) == newest_of_each
    assert await store.read(lambda tx: changes.since(tx, 5)) == newest_of_each[2:]
    assert await store.read(lambda tx: changes.since(tx, 0, limit=2)) == newest_of_each[:2]
    only = await store.read(lambda tx: changes.since(tx, 0, kinds=("task", "queue")))
    assert [one.seq for one in only] == [4, 7]
    assert await store.read(changes.newest) == 7


async def test_numbers_go_on_after_a_restart(store: Store, url: str) -> None:
    from runyard.store import open_store

    await store.write(_everything)
    store.close()
    again = open_store(url)
    try:
        (run,) = await again.write(lambda tx: runs.insert(tx, [new_run()]))
    finally:
        again.close()
    assert run.seq == 7
