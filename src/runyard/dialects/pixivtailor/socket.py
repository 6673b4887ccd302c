"""One client on the WebSocket: welcome, questions, pings, and news as they come."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from runyard.dialects.pixivtailor import messages
from runyard.dialects.pixivtailor.hub import Hub
from runyard.dialects.pixivtailor.tasks import Tasks
from runyard.dialects.pixivtailor.words import is_task_id
from runyard.domain.errors import NotFound, RunyardError

IDLE_S = 60.0
"""A client that sends nothing for so long is gone: theirs ping every 30 s."""

_STALLED_S = 60.0
_MOST_NEWS = 10_000  # waiting to be sent; a client that far behind is let go
_MOST_LINES = 2_000  # waiting; lines beyond are left out, and it is said how many
_LONGEST_FRAME = 65_536
_MOST_SUBSCRIPTIONS = 1_000

_GOING_AWAY = 1001
_TRY_AGAIN = 1013

Answers = Callable[[], Awaitable[dict[str, Any]]]


class Client:
    """A `Listener` of the hub. It hears of every task until it subscribes to some."""

    def __init__(
        self, socket: WebSocket, *, hub: Hub, tasks: Tasks, questions: dict[str, Answers]
    ) -> None:
        self._socket = socket
        self._hub = hub
        self._tasks = tasks
        self._questions = questions
        self._news: deque[str] = deque()
        self._wake = asyncio.Event()
        self._subscribed: set[str] = set()
        self._skipped = 0  # lines that were left out since the last one that was told

    # What the hub calls

    def tell(self, task_id: str | None, texts: Sequence[str]) -> None:
        if task_id is None or self._wants(task_id):
            self._put(texts)

    def tell_line(self, task_id: str, texts: Sequence[str]) -> None:
        if not self._wants(task_id):
            return
        if len(self._news) >= _MOST_LINES:
            self._skipped += 1
            return
        if self._skipped:
            self._put([messages.global_text("warning", f"{self._skipped} 行日志未发送")])
            self._skipped = 0
        self._put(texts)

    def _wants(self, task_id: str) -> bool:
        return not self._subscribed or task_id in self._subscribed

    def _put(self, texts: Sequence[str]) -> None:
        self._news.extend(texts)
        self._wake.set()

    # The connection

    async def serve(self, *, closing: asyncio.Event, idle_s: float = IDLE_S) -> None:
        """Until the client goes, is silent for `idle_s` or too slow, or the server ends."""
        await self._socket.accept()
        self._put([messages.WELCOME_TEXT])
        try:
            await self._hub.join(self)
        except RunyardError as error:  # the store is away
            await self._hub.leave(self)
            await self._socket.close(_TRY_AGAIN, error.message[:100])
            return
        working = [
            asyncio.ensure_future(self._send()),
            asyncio.ensure_future(self._read(idle_s)),
            asyncio.ensure_future(closing.wait()),
        ]
        try:
            done, _ = await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)
            await self._hub.leave(self)
        await self._close([task.exception() for task in done])

    async def _close(self, gone: list[BaseException | None]) -> None:
        code, reason = _GOING_AWAY, "the server ends the connection"
        for end in gone:
            match end:
                case None:
                    continue
                case _Idle():
                    reason = "no message for too long"
                case _Behind() | TimeoutError():
                    code, reason = _TRY_AGAIN, "too slow"
                case WebSocketDisconnect() | OSError():
                    return  # the client has gone
                case BaseException():
                    raise end
        with suppress(TimeoutError, OSError, RuntimeError, WebSocketDisconnect):
            async with asyncio.timeout(1):
                await self._socket.close(code, reason)

    async def _send(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            async with asyncio.timeout(None) as patience:
                while self._news:
                    if len(self._news) > _MOST_NEWS:
                        raise _Behind
                    patience.reschedule(asyncio.get_running_loop().time() + _STALLED_S)
                    await self._socket.send_text(self._news.popleft())
                patience.reschedule(None)

    async def _read(self, idle_s: float) -> None:
        while True:
            try:
                async with asyncio.timeout(idle_s):
                    message = await self._socket.receive()
            except TimeoutError:
                raise _Idle from None
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", 1005))
            await self._obey(message)

    async def _obey(self, message: Any) -> None:
        asked = _object_of(message)
        if asked is None:
            self._put([messages.error_message_text("a message is a JSON object")])
            return
        kind, task_id = asked.get("type"), _id_of(asked)
        match kind:
            case "ping":
                self._put([messages.PONG_TEXT])
            case "subscribe_task" if task_id is not None:
                if len(self._subscribed) < _MOST_SUBSCRIPTIONS:
                    self._subscribed.add(task_id)
                with suppress(NotFound):  # it may be created later
                    await self._tell_status(task_id)
            case "unsubscribe_task" if task_id is not None:
                self._subscribed.discard(task_id)
            case "get_task_status" if task_id is not None:
                try:
                    await self._tell_status(task_id)
                except RunyardError as error:
                    self._put([messages.error_message_text(error.message)])
            case str() if kind in self._questions:
                await self._answer(kind)
            case _:
                return  # an unknown message is no fault

    async def _tell_status(self, task_id: str) -> None:
        view = await self._tasks.get(task_id)
        if view.run is None:
            self._put(messages.failed_texts(task_id, view.record.error))
        else:
            self._put(messages.status_texts(task_id, view.run))

    async def _answer(self, kind: str) -> None:
        try:
            data = await self._questions[kind]()
        except RunyardError as error:
            self._put([messages.error_message_text(error.message)])
            return
        self._put([messages.named_text(kind.removeprefix("get_"), data)])


class _Idle(Exception):
    """The client has not said anything for too long."""


class _Behind(Exception):
    """The client takes less than there is to tell."""


def _object_of(message: Any) -> dict[str, Any] | None:
    text = message.get("text")
    if text is None or len(text) > _LONGEST_FRAME:
        return None
    try:
        asked = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return asked if isinstance(asked, dict) else None


def _id_of(asked: dict[str, Any]) -> str | None:
    task_id = asked.get("task_id")
    return task_id if isinstance(task_id, str) and is_task_id(task_id) else None
