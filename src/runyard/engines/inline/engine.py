"""The engine that runs attempts inside this process, one after the other.

For embedding and for tests: no supervisor, no files but the logs. What it can't do, and says so:
- attempts end with the process, and their events are not kept for anybody who comes later;
- a stop or a timeout is an exception raised in the attempt at its next step of Python code; a
  call that waits (a long sleep, a socket) delays it, and nothing can be killed;
- environment, working folder and arguments belong to the whole process while an attempt runs;
  output is what its own thread prints, not what child processes or other threads write;
- commands, a cold interpreter and dependencies are REFUSED; limits on memory, CPU and files are
  not kept (a warning MESSAGE says so).
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from runyard.domain.errors import Invalid
from runyard.domain.tasks import Isolation
from runyard.engines.contract import (
    AttemptKey,
    Capacity,
    EngineEvent,
    EventKind,
    Launch,
    LaunchKind,
    LiveAttempt,
    StopReason,
)
from runyard.engines.inline.work import Work
from runyard.engines.local.encoding import Encoder
from runyard.engines.local.ledger import Ledger
from runyard.process.channel import EventChannel

_UNKEPT = ("memory_bytes", "cpu_s", "open_files")


class InlineEngine:
    """Implements `runyard.engines.contract.Engine`."""

    name = "inline"

    def __init__(self) -> None:
        self._incarnation = uuid4().hex
        self._encoder = Encoder(environments=None, environ=os.environ)
        self._ledger = Ledger()
        self._waiting: deque[dict[str, Any]] = deque()
        self._works: dict[AttemptKey, Work] = {}
        self._reasons: dict[AttemptKey, str] = {}
        self._wake = asyncio.Event()
        self._news = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._queue: list[EngineEvent] = []
        self._closed = False
        self._runner: asyncio.Task[None] | None = None

    @property
    def incarnation(self) -> str:
        """Another one for each engine: none remembers what another was asked to start."""
        return self._incarnation

    def accounts_for(self, incarnation: str) -> bool:
        return incarnation == self._incarnation

    async def open(self) -> None:
        self._runner = asyncio.create_task(self._run_all(), name="inline-engine")

    async def close(self, *, end_runs: bool) -> None:
        """`end_runs` False still lets a running attempt end by itself, but tells nobody."""
        if self._closed:
            return
        if end_runs:
            for order in list(self._waiting):
                self._end(order["key"], StopReason.SHUTDOWN.value)
            for key in list(self._works):
                self._end(key, StopReason.SHUTDOWN.value)
            await self._idle.wait()
        self._closed = True
        if self._runner is not None:
            self._runner.cancel()
            with suppress(asyncio.CancelledError):
                await self._runner
        self._news.set()

    async def recover(self) -> Sequence[LiveAttempt]:
        return self._ledger.attempts()

    async def start(self, launches: Sequence[Launch]) -> None:
        now = datetime.now(UTC)
        for launch in launches:
            try:
                order = self._order(launch)
            except (Invalid, TypeError) as error:
                self._tell(launch.key, EventKind.REFUSED, {"reason": str(error)})
                continue
            if self._ledger.hold(launch.key, b"", now):
                self._waiting.append(order)
                self._idle.clear()
                self._wake.set()

    async def stop(self, key: AttemptKey, *, reason: StopReason, grace: timedelta) -> None:  # noqa: ARG002 - nothing can be killed after it
        self._end(key, reason.value)

    async def events(self) -> AsyncIterator[Sequence[EngineEvent]]:
        while True:
            await self._news.wait()
            self._news.clear()
            batch, self._queue = self._queue, []
            if batch:
                yield batch
            elif self._closed:
                return
            if self._queue or self._closed:
                self._news.set()

    async def acknowledge(self, cursor: int) -> None:
        self._ledger.acknowledge(cursor)

    def capacity(self) -> Capacity:
        return Capacity(places=1)

    # Steps

    def _order(self, launch: Launch) -> dict[str, Any]:
        if launch.kind is LaunchKind.COMMAND:
            raise Invalid("the inline engine has no processes to run commands in")
        if launch.isolation is Isolation.COLD:
            raise Invalid("the inline engine has no fresh interpreter for `isolation = cold`")
        return self._encoder.encode(launch)

    async def _run_all(self) -> None:
        while True:
            while self._waiting:
                await self._run_one(self._waiting.popleft())
            self._idle.set()
            self._wake.clear()
            await self._wake.wait()

    async def _run_one(self, order: dict[str, Any]) -> None:
        key: AttemptKey = order["key"]
        loop = asyncio.get_running_loop()
        read_end, write_end = os.pipe()
        os.set_blocking(read_end, False)
        channel = EventChannel(read_end)
        self._works[key] = work = Work(order, events_fd=write_end)
        if key in self._reasons:
            work.stop()
        loop.add_reader(read_end, lambda: self._relay(key, channel.read()[0]))
        self._tell_start(order)
        timer = None
        if order["timeout_s"] is not None:
            timer = loop.call_later(order["timeout_s"], self._end, key, "timeout")
        try:
            ending = await _in_thread(work)
        finally:
            if timer is not None:
                timer.cancel()
            loop.remove_reader(read_end)
            del self._works[key]
            os.close(write_end)
        self._relay(key, channel.drain())
        os.close(read_end)
        self._tell_end(key, work, ending)

    def _tell_start(self, order: dict[str, Any]) -> None:
        key = order["key"]
        self._tell(key, EventKind.STARTED, {"pid": os.getpid()})
        unkept = [name for name in _UNKEPT if order["limits"][name] is not None]
        if unkept:
            message = f"the inline engine does not keep the limits {', '.join(unkept)}"
            self._tell(
                key, EventKind.MESSAGE, {"level": "warning", "message": message, "fields": {}}
            )

    def _tell_end(self, key: AttemptKey, work: Work, ending: int | BaseException | None) -> None:
        reason = self._reasons.pop(key, None)
        if isinstance(ending, BaseException):
            error = {"type": "not_startable", "message": str(ending), "traceback": None}
            self._tell(key, EventKind.ERROR, {"error": error})
        exit_code = 126 if isinstance(ending, BaseException) else ending
        facts = {
            "exit_code": exit_code,
            "signal": None,
            "reason": reason,
            "cpu_s": work.cpu_s,
            "peak_memory_bytes": None,
            "log_start": work.log_start,
            "log_end": work.log_end,
        }
        self._tell(key, EventKind.EXITED, facts)

    def _end(self, key: AttemptKey, reason: str) -> None:
        work = self._works.get(key)
        if work is not None or any(order["key"] == key for order in self._waiting):
            self._reasons.setdefault(key, reason)
        if work is not None:
            work.stop()

    def _relay(self, key: AttemptKey, told: list[tuple[str, dict[str, Any]]]) -> None:
        for kind, data in told:
            if kind != "ready":
                self._tell(key, EventKind(kind), data)

    def _tell(self, key: AttemptKey, kind: EventKind, data: dict[str, Any]) -> None:
        self._queue.append(self._ledger.add(key, kind, at=datetime.now(UTC), data=data))
        self._news.set()


async def _in_thread(work: Work) -> int | BaseException | None:
    """What `work.run` answers or raises. The thread never keeps the process from ending."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[int | BaseException | None] = loop.create_future()

    def settle(ending: int | BaseException | None) -> None:
        if not done.done():
            done.set_result(ending)

    def run() -> None:
        ending: int | BaseException | None
        try:
            ending = work.run()
        except BaseException as error:  # noqa: BLE001 - told as the attempt's end
            ending = error
        with suppress(RuntimeError):  # the loop was closed: nobody is left to be told
            loop.call_soon_threadsafe(settle, ending)

    threading.Thread(target=run, name="inline-attempt", daemon=True).start()
    return await done
