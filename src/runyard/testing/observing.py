"""Reads an engine's events in the background, so that a test can wait for what it expects."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Self

from runyard.engines.contract import AttemptKey, Engine, EngineEvent, EventKind, StopReason

FINAL = frozenset({EventKind.EXITED, EventKind.REFUSED, EventKind.LOST})


class Observer:
    """The one reader of `engine`, as a context manager; `events` is what was read so far."""

    def __init__(self, engine: Engine, *, timeout_s: float = 30.0) -> None:
        self.engine = engine
        self.events: list[EngineEvent] = []
        self._timeout_s = timeout_s
        self._changed = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait({self._reader})

    def of(self, key: str) -> list[EngineEvent]:
        return [event for event in self.events if event.key == key]

    def kinds(self, key: str) -> list[EventKind]:
        return [event.kind for event in self.of(key)]

    async def until(self, check: Callable[[], bool], *, what: str = "") -> None:
        """Wait until `check` holds; it is asked again after each batch of events."""
        try:
            async with asyncio.timeout(self._timeout_s):
                while not check():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            seen = [(event.key, event.kind.value, event.data) for event in self.events]
            raise AssertionError(f"not within {self._timeout_s} s: {what}; saw {seen}") from None

    async def event(self, key: str, kind: EventKind) -> EngineEvent:
        """The first event of that kind, once it is there."""
        await self.until(lambda: kind in self.kinds(key), what=f"{kind} of {key}")
        return next(event for event in self.of(key) if event.kind is kind)

    async def end(self, key: str) -> EngineEvent:
        """The attempt's last event, once it is there."""
        await self.until(lambda: bool(FINAL & set(self.kinds(key))), what=f"the end of {key}")
        return next(event for event in self.of(key) if event.kind in FINAL)

    async def acknowledge_all(self) -> None:
        if self.events:
            await self.engine.acknowledge(self.events[-1].cursor)

    async def stop(self, key: str, *, grace_s: float = 5.0) -> None:
        await self.engine.stop(
            AttemptKey(key), reason=StopReason.CANCELLED, grace=timedelta(seconds=grace_s)
        )

    async def _read(self) -> None:
        async for batch in self.engine.events():
            self.events.extend(batch)
            self._changed.set()
