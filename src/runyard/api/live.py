"""The live streams of changes: one WebSocket for changes and logs, and server-sent events.

Both resume by sequence number. A client that is too slow is let go with the reason `overrun`; with
the last number it has seen it gets what it missed.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
from starlette.requests import Request

from runyard.api.encoding import dumps
from runyard.api.frames import READY, Frames, is_wanted, log_text
from runyard.api.models import StreamQuery
from runyard.api.operations import parse_query
from runyard.api.sse import event
from runyard.domain.errors import Invalid, RunyardError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable

    from starlette.datastructures import Headers
    from starlette.types import Message, Receive, Scope, Send

    from runyard.api.ports import ServicePort

_STALLED_S = 60.0
_SENT_AT_ONCE = 256  # frames between two looks at the clock
_MAX_LOGS = 16
_MAX_COMMAND_CHARACTERS = 4096

_GOING_AWAY = 1001
_POLICY = 1008
_TRY_AGAIN = 1013


def wanted_kinds(query: StreamQuery) -> frozenset[str] | None:
    if query.run_id is not None:
        return frozenset({"run"})
    return None if query.kinds is None else frozenset(query.kinds.split(","))


async def change_events(
    service: ServicePort, frames: Frames, query: StreamQuery, *, since: int | None
) -> AsyncGenerator[bytes, None]:
    """Ready chunks of server-sent events, beginning with `hello`."""
    newest = service.feed.newest
    yield b"retry: 1000\n" + event(dumps({"hello": {"seq": newest}}), name="hello")
    changes = service.feed.subscribe(
        since=newest if since is None else since, kinds=wanted_kinds(query)
    )
    try:
        async for batch in changes:
            chunk = [
                event(frames.of(change), id=change.seq)
                for change in batch
                if is_wanted(change, query.run_id)
            ]
            if chunk:
                yield b"".join(chunk)
    except RunyardError as error:  # overrun, or the store is away
        yield event(dumps({"code": error.code, "message": error.message}), name="closed")


class LiveSocket:
    """The WebSocket endpoint, as a plain ASGI application."""

    def __init__(
        self, service: Callable[[], ServicePort], frames: Frames, *, closing: asyncio.Event
    ) -> None:
        self._service = service
        self._frames = frames
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            query = _query_of(scope)
            service = self._service()
        except RunyardError as error:
            await send({"type": "websocket.close", "code": _POLICY, "reason": _short(error)})
            return
        await receive()  # websocket.connect
        await send({"type": "websocket.accept"})
        takes_ready = READY in scope.get("extensions", ())
        connection = _Connection(
            service, self._frames, query, receive, send, takes_ready=takes_ready
        )
        await connection.serve(self._closing)


def _query_of(scope: Scope) -> StreamQuery:
    asked = Request({**scope, "type": "http", "method": "GET"})
    query: StreamQuery = parse_query(asked, StreamQuery, set())
    return query


class _Connection:
    """One client of the WebSocket."""

    def __init__(
        self,
        service: ServicePort,
        frames: Frames,
        query: StreamQuery,
        receive: Receive,
        send: Send,
        *,
        takes_ready: bool,
    ) -> None:
        self._service = service
        self._frames = frames
        self._query = query
        self._receive = receive
        self._send = send
        self._takes_ready = takes_ready
        self._logs: dict[str, asyncio.Task[None]] = {}

    async def serve(self, closing: asyncio.Event) -> None:
        """Until the client goes, is too slow, or the server stops."""
        tasks = [
            asyncio.ensure_future(self._send_changes()),
            asyncio.ensure_future(self._read_commands()),
            asyncio.ensure_future(closing.wait()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            running = [*tasks, *self._logs.values()]
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        if tasks[1] in done and tasks[1].exception() is None:
            return  # the client has gone
        await self._close(done)

    async def _close(self, done: Iterable[asyncio.Future[Any]]) -> None:
        code, reason = _GOING_AWAY, "the server stops"
        for task in done:
            match task.exception():
                case None:
                    continue
                case RunyardError() as error:
                    code, reason = _TRY_AGAIN, _short(error)
                case TimeoutError():
                    code, reason = _TRY_AGAIN, "overrun: too slow; resume with the last seq"
                case OSError():
                    return  # the connection broke
                case BaseException() as error:
                    raise error
        try:
            async with asyncio.timeout(1):
                await self._send({"type": "websocket.close", "code": code, "reason": reason})
        except (TimeoutError, OSError):
            return  # it does not even take the farewell; the server drops the connection

    async def _send_changes(self) -> None:
        feed, query, frames = self._service.feed, self._query, self._frames
        newest = feed.newest
        await self._send_text(dumps({"hello": {"seq": newest}}).decode())
        since = newest if query.since is None else query.since
        async for batch in feed.subscribe(since=since, kinds=wanted_kinds(query)):
            wanted = batch
            if query.run_id is not None:
                wanted = [change for change in batch if is_wanted(change, query.run_id)]
            for start in range(0, len(wanted), _SENT_AT_ONCE):
                part = wanted[start : start + _SENT_AT_ONCE]
                async with asyncio.timeout(_STALLED_S):
                    if self._takes_ready:
                        ready = frames.ready(part)
                        await self._send({"type": "websocket.send", READY: ready})
                        continue
                    for change in part:
                        text = frames.of(change).decode()
                        await self._send({"type": "websocket.send", "text": text})

    async def _send_text(self, text: str) -> None:
        async with asyncio.timeout(_STALLED_S):
            await self._send({"type": "websocket.send", "text": text})

    # Commands of the client

    async def _read_commands(self) -> None:
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                return
            try:
                await self._obey(_command(message))
            except RunyardError as error:
                await self._complain(error)

    async def _obey(self, command: dict[str, Any]) -> None:
        match command:
            case {"subscribe_log": str(ref), **rest} if rest.keys() <= {"offset"}:
                await self._subscribe_log(ref, rest.get("offset", 0))
            case {"unsubscribe_log": str(run_id)} if len(command) == 1:
                if task := self._logs.pop(run_id, None):
                    task.cancel()
            case {"ping": _} if len(command) == 1:
                await self._send_text('{"pong":true}')
            case _:
                raise Invalid(
                    "not a command",
                    hint='{"subscribe_log": run_id, "offset": 0}, {"unsubscribe_log": run_id}',
                )

    async def _subscribe_log(self, ref: str, offset: object) -> None:
        if type(offset) is not int or not 0 <= offset <= 2**62:
            raise Invalid("offset must be a number of bytes, 0 or more")
        run = await self._service.run(ref)
        self._logs = {id: task for id, task in self._logs.items() if not task.done()}  # noqa: A001
        if len(self._logs) >= _MAX_LOGS and run.id not in self._logs:
            raise Invalid(f"at most {_MAX_LOGS} logs on one connection")
        if old := self._logs.pop(run.id, None):
            old.cancel()
        self._logs[run.id] = asyncio.create_task(self._send_log(run.id, offset))

    async def _send_log(self, run_id: str, offset: int) -> None:
        try:
            async for page in self._service.follow_log(run_id, offset=offset):
                offset = page.next_offset
                await self._send_text(log_text(run_id, page))
            await self._send_text(dumps({"log_end": run_id, "next_offset": offset}).decode())
        except RunyardError as error:
            await self._complain(error)
        except (TimeoutError, OSError):
            return  # the connection is gone or stuck; the other tasks notice it

    async def _complain(self, error: RunyardError) -> None:
        document = {"error": {"code": error.code, "message": error.message, "hint": error.hint}}
        await self._send_text(dumps(document).decode())


def _command(message: Message) -> dict[str, Any]:
    text = message.get("text") or ""
    if not text or len(text) > _MAX_COMMAND_CHARACTERS:
        raise Invalid(f"a command is JSON text of at most {_MAX_COMMAND_CHARACTERS} characters")
    try:
        command = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Invalid("the command is not JSON") from None
    if not isinstance(command, dict):
        raise Invalid("a command is a JSON object")
    return command


def _short(error: RunyardError) -> str:
    """A close reason: at most 123 bytes."""
    return f"{error.code}: {error.message}".encode()[:120].decode(errors="ignore")


def last_event_id(headers: Headers) -> int | None:
    """What a reconnecting EventSource sends; anything that is not ours counts as not sent."""
    text = headers.get("last-event-id", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
