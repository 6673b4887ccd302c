"""The engine that runs attempts on this machine, through the supervisor of the data folder."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from runyard.domain.errors import EngineError, Invalid
from runyard.engines.contract import (
    AttemptKey,
    Capacity,
    EngineEvent,
    EventKind,
    Launch,
    LiveAttempt,
    StopReason,
)
from runyard.engines.local.connection import PROTOCOL, Connection, line
from runyard.engines.local.encoding import Encoder
from runyard.engines.local.ledger import Ledger
from runyard.engines.local.spawning import Spawner
from runyard.process.environments import Environments

_logger = logging.getLogger(__name__)

_UP_WITHIN_S = 20.0  # a supervisor that we started
_ANSWER_WITHIN_S = 10.0
_LONGEST_PAUSE_S = 2.0
_LAST_WORDS_S = 2.0  # for the reader to acknowledge the ends of the runs that we ended
_ACKNOWLEDGE_WITHIN_S = 0.02
_QUEUE_HIGH = 50_000  # events waiting for the reader: the supervisor keeps the rest

Listener = Callable[[AttemptKey, int], None]


class LocalEngine:
    """Implements `runyard.engines.contract.Engine`; all methods belong to one event loop.

    Beyond the contract: `on_output` (hints that a log grew), `live`, `retire` (code has changed),
    `stats`.
    `recover` also names attempts that have ended but whose last event is not acknowledged yet, so
    what the caller believes to be running and `recover` does not name is lost.
    """

    name = "local"

    def __init__(
        self,
        data_dir: Path,
        *,
        labels: Iterable[str] = (),
        up_within_s: float = _UP_WITHIN_S,
        spawner: Spawner | None = None,
    ) -> None:
        self.data_dir = data_dir.resolve()
        self._labels = frozenset(labels)
        self._up_within_s = up_within_s
        self._spawner = spawner or Spawner(self.data_dir)
        self._environments = Environments(self.data_dir)
        self._encoder = Encoder(environments=self._environments, environ=os.environ)
        self._ledger = Ledger()
        self._connection: Connection | None = None
        self._settled = False  # said hello, told all that was kept, and our wishes were repeated
        self._questions: deque[asyncio.Future[dict[str, Any]]] = deque()
        self._greeting: asyncio.Future[dict[str, Any]] | None = None
        self._queue: list[EngineEvent] = []
        self._news = asyncio.Event()
        self._changed = asyncio.Event()  # an event came or was acknowledged, or the connection went
        self._reading = False
        self._reading_paused = False
        self._closed = False
        self.supervisor_pid: int | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._acknowledge_later: asyncio.Handle | None = None
        self._acknowledge_seq: int | None = None
        self._listeners: list[Listener] = []

    # The contract

    async def open(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._environments.open()
        deadline = asyncio.get_running_loop().time() + self._up_within_s
        for pause in _pauses(longest_s=0.2):
            try:
                await self._connect()
                break
            except (EngineError, OSError):  # one that was just leaving, for instance
                if asyncio.get_running_loop().time() > deadline:
                    raise
            await asyncio.sleep(pause)
        self._keeper = asyncio.create_task(self._keep_connected(), name="supervisor-connection")

    async def close(self, *, end_runs: bool) -> None:
        """`end_runs` waits until all attempts are dead and their events were handed over."""
        if self._closed:
            return
        if end_runs:
            await self._until(lambda: self._settled, within_s=_LAST_WORDS_S)
        if end_runs and self._connection is not None:
            self._connection.send([{"op": "shutdown", "end_runs": True}])
            await self._until(lambda: not (self._settled and self._ledger.live()), within_s=None)
            await self._until(
                lambda: self._ledger.all_acknowledged() or not self._reading,
                within_s=_LAST_WORDS_S,
            )
        self._closed = True
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        await self._part(leave=not end_runs)
        self._news.set()

    async def recover(self) -> Sequence[LiveAttempt]:
        return self._ledger.attempts()

    async def start(self, launches: Sequence[Launch]) -> None:
        lines, now = [], datetime.now(UTC)
        for launch in launches:
            try:
                encoded = line({"op": "start", "launch": self._encoder.encode(launch)})
            except (Invalid, TypeError) as error:  # TypeError: parameters that JSON can't hold
                self._refuse(launch.key, str(error), now)
                continue
            if self._ledger.hold(launch.key, encoded, now):
                lines.append(encoded)
        await self._send_lines(lines)

    async def stop(self, key: AttemptKey, *, reason: StopReason, grace: timedelta) -> None:
        encoded = line(
            {"op": "stop", "key": key, "reason": reason.value, "grace_s": grace.total_seconds()}
        )
        if self._ledger.stopping(key, encoded):
            await self._send_lines([encoded])

    async def events(self) -> AsyncIterator[Sequence[EngineEvent]]:
        """Ends when the engine is closed and all was handed over."""
        self._reading = True
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                batch, self._queue = self._queue, []
                self._read_on()
                if batch:
                    yield batch
                elif self._closed:
                    return
                if self._queue or self._closed:
                    self._news.set()
        finally:
            self._reading = False
            self._changed.set()

    async def acknowledge(self, cursor: int) -> None:
        seq = self._ledger.acknowledge(cursor)
        self._changed.set()
        if seq is None:
            return
        self._acknowledge_seq = seq
        if self._acknowledge_later is None:
            # It only lets the supervisor forget: it goes with the next thing that is sent, or soon.
            loop = asyncio.get_running_loop()
            self._acknowledge_later = loop.call_later(
                _ACKNOWLEDGE_WITHIN_S, self._send_acknowledgement
            )

    def capacity(self) -> Capacity:
        """No places while there is no supervisor; otherwise as many as the server allows."""
        return Capacity(labels=self._labels, places=None if self._settled else 0)

    # Beyond the contract

    def on_output(self, listener: Listener) -> None:
        """`listener(key, size)`: the log of `key` has grown to `size` bytes; a hint, often late."""
        self._listeners.append(listener)

    def live(self) -> Sequence[LiveAttempt]:
        """What runs on this machine, or is about to (pid None)."""
        return self._ledger.live_attempts()

    async def retire(self) -> None:
        """Code has changed: what starts from now on uses freshly started zygotes and workers."""
        if self._connection is not None:
            self._connection.send([{"op": "retire"}])

    async def stats(self) -> dict[str, Any]:
        """The supervisor's figures. Raises EngineError (retryable) while there is none."""
        if self._connection is None:
            raise EngineError("the supervisor is not connected", retryable=True)
        return await self._ask_stats(self._connection)

    @property
    def incarnation(self) -> str:
        """Of the supervisor; empty before the first connection."""
        return self._ledger.incarnation or ""

    def accounts_for(self, incarnation: str) -> bool:
        """Also for supervisors before this one that left in order."""
        return bool(incarnation) and incarnation in (self.incarnation, *self._ledger.before)

    @property
    def connected(self) -> bool:
        return self._settled

    # The connection

    async def _keep_connected(self) -> None:
        while True:
            connection = self._connection
            if connection is not None:
                await asyncio.wait({connection.lost})  # which, if we are cancelled, must live on
                await self._part(leave=False)
                _logger.warning("lost the connection to the supervisor")
            for pause in _pauses():
                try:
                    await self._connect()
                    break
                except (EngineError, OSError) as error:
                    _logger.error("no supervisor: %s", error)  # noqa: TRY400
                    await asyncio.sleep(pause)

    async def _connect(self) -> None:
        """Leaves us connected and settled, or raises EngineError or OSError and nothing remains."""
        connection = await self._reach()
        self._connection = connection
        self._greeting = asyncio.get_running_loop().create_future()
        try:
            connection.send([{"op": "hello", "protocol": PROTOCOL, **self._ledger.greeting()}])
            hello = await _answered(self._greeting, connection)
            # Its answer to a question comes after all that the hello made it repeat.
            await self._ask_stats(connection)
        except BaseException:
            await self._part(leave=False)
            raise
        self._enqueue(self._ledger.settle(datetime.now(UTC)))
        connection.send_lines(self._ledger.unsaid())
        self._settled = True
        self.supervisor_pid = int(hello["pid"])
        _logger.info("connected to supervisor %s, process %s", hello["incarnation"], hello["pid"])

    async def _reach(self) -> Connection:
        socket = self.data_dir / "supervisor.sock"
        deadline = asyncio.get_running_loop().time() + self._up_within_s
        for pause in _pauses(longest_s=0.05):
            try:
                return await Connection.open(socket, self._receive)
            except OSError:
                if asyncio.get_running_loop().time() > deadline:
                    raise EngineError(
                        f"the supervisor did not come up: {self._spawner.log_tail()}",
                        retryable=True,
                    ) from None
            self._spawner.ensure()
            await asyncio.sleep(pause)
        raise AssertionError("pauses never end")

    async def _part(self, *, leave: bool) -> None:
        connection, self._connection, self._settled = self._connection, None, False
        self._reading_paused = False
        self._changed.set()
        if self._acknowledge_later is not None:
            self._acknowledge_later.cancel()
            self._acknowledge_later = None
        while self._questions:
            question = self._questions.popleft()
            if not question.done():
                question.set_exception(
                    EngineError("the connection to the supervisor was lost", retryable=True)
                )
        if connection is None:
            return
        if self._acknowledge_seq is not None:
            connection.send([{"op": "ack", "seq": self._acknowledge_seq}])
            self._acknowledge_seq = None
        if leave:
            connection.send([{"op": "shutdown", "end_runs": False}])
        connection.close()
        await asyncio.wait({connection.lost}, timeout=_LAST_WORDS_S)

    async def _until(self, condition: Callable[[], bool], *, within_s: float | None) -> None:
        """Until `condition` holds, which only what sets `_changed` can bring about."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()

    async def _send_lines(self, lines: list[bytes]) -> None:
        """While we are not settled nothing is sent: the ledger repeats it when we are."""
        if lines and self._settled and self._connection is not None:
            if self._acknowledge_later is not None:
                self._acknowledge_later.cancel()
                self._acknowledge_later = None
                lines = [*lines, line({"op": "ack", "seq": self._acknowledge_seq})]
                self._acknowledge_seq = None
            self._connection.send_lines(lines)
            await self._connection.flushed()

    def _send_acknowledgement(self) -> None:
        self._acknowledge_later = None
        if self._connection is not None and self._acknowledge_seq is not None:
            self._connection.send([{"op": "ack", "seq": self._acknowledge_seq}])
            self._acknowledge_seq = None

    async def _ask_stats(self, connection: Connection) -> dict[str, Any]:
        question: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._questions.append(question)
        connection.send([{"op": "stats"}])
        return await _answered(question, connection)

    # What arrives

    def _receive(self, messages: list[dict[str, Any]]) -> None:
        numbered = []
        for message in messages:
            if "seq" in message and "key" in message:
                numbered.append(message)
            else:
                # Order matters around a hello: what came before it is taken before it.
                self._enqueue(self._ledger.take(numbered))
                numbered = []
                self._receive_unnumbered(message)
        self._enqueue(self._ledger.take(numbered))

    def _receive_unnumbered(self, message: dict[str, Any]) -> None:
        match message.get("event"):
            case "output":
                for listener in self._listeners:
                    listener(AttemptKey(message["key"]), message["size"])
            case "hello" if message.get("protocol") != PROTOCOL:
                self._refuse_greeting(message)
            case "hello":
                self._ledger.greeted(message, datetime.now(UTC))
                if self._greeting is not None and not self._greeting.done():
                    self._greeting.set_result(message)
            case "stats":
                if self._questions:
                    question = self._questions.popleft()
                    if not question.done():
                        question.set_result(message)
            case other:
                _logger.warning("the supervisor said %r, which we do not understand", other)

    def _read_on(self) -> None:
        if self._reading_paused:
            self._reading_paused = False
            if self._connection is not None:
                self._connection.resume()

    def _refuse_greeting(self, hello: dict[str, Any]) -> None:
        if self._greeting is not None and not self._greeting.done():
            self._greeting.set_exception(
                EngineError(
                    f"the supervisor speaks protocol {hello.get('protocol')}, not {PROTOCOL}",
                    retryable=True,
                    hint="It ends when its last run has ended; runs of the old version go on.",
                )
            )

    def _refuse(self, key: AttemptKey, reason: str, at: datetime) -> None:
        event = self._ledger.add(key, EventKind.REFUSED, at=at, data={"reason": reason})
        self._enqueue([event])

    def _enqueue(self, events: list[EngineEvent]) -> None:
        if not events:
            return
        self._queue.extend(events)
        self._news.set()
        self._changed.set()
        full = self._settled and len(self._queue) > _QUEUE_HIGH
        if full and not self._reading_paused and self._connection is not None:
            self._reading_paused = True
            self._connection.pause()


async def _answered(
    question: asyncio.Future[dict[str, Any]], connection: Connection
) -> dict[str, Any]:
    """The answer; EngineError when the connection goes first or the supervisor hangs."""
    either: set[asyncio.Future[Any]] = {question, connection.lost}
    await asyncio.wait(either, timeout=_ANSWER_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
    if not question.done():
        raise EngineError("the supervisor did not answer", retryable=True)
    return question.result()


def _pauses(longest_s: float = _LONGEST_PAUSE_S) -> Iterable[float]:
    """0.01, 0.02, 0.04 ... seconds, without end."""
    return (min(longest_s, 0.01 * 2.0 ** min(n, 20)) for n in itertools.count())
