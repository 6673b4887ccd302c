"""The feed gives each subscriber every change once, whatever is still kept in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from runyard.domain.ids import RunIds
from runyard.domain.runs import Run
from runyard.domain.states import RunStatus
from runyard.domain.tasks import TaskSpec
from runyard.runtime import feed as feeds
from runyard.runtime.feed import Feed, Overrun
from runyard.store import Change, Store, open_store, runs
from tests.store.making import NOW
from tests.support.waiting import eventually_async

MODEL = Run(
    id="",
    task_id="hello",
    task_version=1,
    spec=TaskSpec(),
    executor="script",
    queue="script",
    concurrency_key=None,
    status=RunStatus.QUEUED,
    submitted_at=NOW,
)
IDS = RunIds(lambda: 1_790_000_000_000)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


def listened(store: Store) -> Feed:
    feed = Feed(store, newest=0)
    store.listen(feed.publish)
    return feed


async def submit(store: Store, count: int) -> None:
    ids = IDS.block(count)
    await store.write(lambda tx: runs.insert_alike(tx, MODEL, ids, [{}] * count))


async def somebody_listens(feed: Feed) -> bool:
    return bool(feed._subscriptions)


async def taken(feed: Feed, count: int, *, since: int | None) -> list[Change]:
    changes: list[Change] = []
    async with aclosing(feed.subscribe(since=since)) as batches:  # type: ignore[type-var]
        async with asyncio.timeout(60):
            async for batch in batches:
                changes += batch
                if len(changes) >= count:
                    return changes
    raise AssertionError("the feed never ends")


@pytest.mark.parametrize("kept", [1, 7, 25, 1000])
async def test_resuming_gives_all_after_a_number(
    store: Store, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "_KEPT", kept)
    feed = listened(store)
    for _ in range(5):
        await submit(store, 10)
    assert feed.newest == 50
    for since in (0, 1, 9, 10, 11, 29, 30, 44, 49):
        seen = await taken(feed, 50 - since, since=since)
        assert [change.seq for change in seen] == list(range(since + 1, 51))
        assert {type(change.object) for change in seen} == {Run}


async def test_what_is_submitted_in_bulk_reaches_those_who_listen(store: Store) -> None:
    feed = listened(store)
    listening = asyncio.create_task(taken(feed, 30, since=None))
    await eventually_async(lambda: somebody_listens(feed))
    await submit(store, 30)
    seen = await listening
    assert [change.seq for change in seen] == list(range(1, 31))
    ids = [change.object.id for change in seen if isinstance(change.object, Run)]
    assert ids == sorted(await store.read(lambda tx: runs.ids_matching(tx, runs.RunFilter(), 99)))


async def test_a_reader_too_far_behind_is_cut_off(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "_BEHIND", 20)
    feed = listened(store)
    batches = feed.subscribe()
    first = asyncio.ensure_future(anext(batches))
    await eventually_async(lambda: somebody_listens(feed))
    await submit(store, 30)
    with pytest.raises(Overrun):
        await first
