"""The change feed: every committed change with its number, live and resumable."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence

from runyard.domain.errors import RunyardError
from runyard.store import Change, Store, changes, newest_of

_KEPT = 20_000  # changes, at least, kept in memory for those that were away for a moment
_BEHIND = 50_000  # a reader this far behind is cut off; it can resume by number
_PAGE = 1_000


class Overrun(RunyardError):
    """The reader was too slow and was cut off; subscribe again with the last number seen."""

    code = "overrun"


class Feed:
    """Hands committed changes to subscribers, in order, each exactly once per subscription.

    A subscriber that names the last number it has seen first gets what it missed. Of an object
    that changed several times meanwhile, only the newest state may be given.
    """

    def __init__(self, store: Store, *, newest: int) -> None:
        self._store = store
        self.newest = newest
        self._recent: deque[tuple[int, int, Sequence[Change]]] = deque()  # count, newest, batch
        self._kept = 0
        self._oldest_kept = newest  # every change after this number is in `_recent`
        self._subscriptions: set[_Subscription] = set()

    def publish(self, batch: Sequence[Change]) -> None:
        """Called by the store after each commit, in the event loop, in commit order."""
        if not batch:
            return
        self.newest = newest_of(batch)
        self._recent.append((len(batch), self.newest, batch))
        self._kept += len(batch)
        while self._kept - self._recent[0][0] >= _KEPT:
            count, self._oldest_kept, _ = self._recent.popleft()
            self._kept -= count
        for subscription in self._subscriptions:
            subscription.offer(batch)

    async def subscribe(
        self, *, since: int | None = None, kinds: frozenset[str] | None = None
    ) -> AsyncIterator[list[Change]]:
        """What changed after `since` (None: from now on), in batches, without end."""
        subscription = _Subscription()
        self._subscriptions.add(subscription)
        try:
            seen = self.newest if since is None else min(since, self.newest)
            async for batch in self._missed(seen):
                seen = batch[-1].seq
                if wanted := _of_kinds(batch, kinds):
                    yield wanted
            while True:
                fresh = [change for change in await subscription.take() if change.seq > seen]
                if fresh:
                    seen = fresh[-1].seq
                if wanted := _of_kinds(fresh, kinds):
                    yield wanted
        finally:
            self._subscriptions.discard(subscription)

    async def _missed(self, seen: int) -> AsyncIterator[list[Change]]:
        while seen < self._oldest_kept:
            after = seen
            batch = await self._store.read(
                lambda tx, after=after: changes.since(tx, after, limit=_PAGE)  # type: ignore[misc]
            )
            if not batch:
                break
            yield list(batch)
            seen = batch[-1].seq
        batches = [batch for _, newest, batch in self._recent if newest > seen]
        if kept := [change for batch in batches for change in batch if change.seq > seen]:
            yield kept


def _of_kinds(batch: Sequence[Change], kinds: frozenset[str] | None) -> list[Change]:
    return [change for change in batch if kinds is None or change.kind in kinds]


class _Subscription:
    """What one reader has still to take."""

    def __init__(self) -> None:
        self._waiting: list[Change] = []
        self._wake = asyncio.Event()
        self._overrun = False

    def offer(self, batch: Sequence[Change]) -> None:
        if len(self._waiting) + len(batch) > _BEHIND:
            self._overrun = True
            self._waiting.clear()
        if not self._overrun:
            self._waiting.extend(batch)
        self._wake.set()

    async def take(self) -> list[Change]:
        await self._wake.wait()
        self._wake.clear()
        if self._overrun:
            raise Overrun("too far behind; resume with the last number seen")
        taken, self._waiting = self._waiting, []
        return taken
