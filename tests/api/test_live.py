"""The live streams: WebSocket and server-sent events, resumable by number."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from runyard.api.app import close_streams
from runyard.runtime.requests import SubmitRequest
from tests.support.waiting import eventually_async

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from runyard.domain.runs import Run
    from tests.api.conftest import Served


def _address(served: Served, query: str = "") -> str:
    return f"ws://{served.host}/api/v1/stream{query}"


async def _next(socket: ClientConnection) -> dict[str, Any]:
    frame: dict[str, Any] = orjson.loads(await asyncio.wait_for(socket.recv(), 10))
    return frame


async def _submit(served: Served) -> Run:
    submitted = await served.service.submit(SubmitRequest(executor="shell"), by="test")
    return submitted.run


async def _listening(served: Served, count: int = 1) -> None:
    async def there() -> bool:
        return served.service.feed.subscribers >= count

    await eventually_async(there)


async def test_hello_and_then_every_change(served: Served) -> None:
    await _submit(served)
    async with connect(_address(served)) as socket:
        assert await _next(socket) == {"hello": {"seq": 1}}
        run = await _submit(served)
        await served.service.finish(run.id)
        first, second = await _next(socket), await _next(socket)
        assert (first["seq"], first["kind"], first["object"]["id"]) == (2, "run", run.id)
        assert second["object"]["status"] == "succeeded"


async def test_a_socket_resumes_after_a_number(served: Served) -> None:
    runs = [await _submit(served) for _ in range(4)]
    async with connect(_address(served, "?since=2")) as socket:
        assert (await _next(socket))["hello"]["seq"] == 4
        assert [(await _next(socket))["object"]["id"] for _ in range(2)] == [
            run.id for run in runs[2:]
        ]


async def test_only_what_was_asked_for(served: Served) -> None:
    other, wanted = await _submit(served), await _submit(served)
    async with connect(_address(served, f"?since=0&run_id={wanted.id}")) as socket:
        await _next(socket)
        assert (await _next(socket))["object"]["id"] == wanted.id
        await served.service.finish(other.id)
        await served.service.finish(wanted.id)
        assert (await _next(socket))["object"]["id"] == wanted.id


async def test_a_log_is_followed_on_the_socket(served: Served) -> None:
    run = await _submit(served)
    path = served.service.log_path(run)
    path.write_bytes(b"one\ntwo\n")
    async with connect(_address(served)) as socket:
        await _next(socket)
        await socket.send(orjson.dumps({"subscribe_log": run.id, "offset": 4}).decode())
        frame = await _next(socket)
        assert (frame["log"], frame["next_offset"]) == (run.id, 8)
        assert [(line["text"], line["stream"]) for line in frame["lines"]] == [("two", "stdout")]
        with path.open("ab") as file:
            file.write(b"three\n")
        served.service.log_grew.set()
        assert (await _next(socket))["lines"][0]["text"] == "three"
        await served.service.finish(run.id)
        assert (await _next(socket))["kind"] == "run"
        assert await _next(socket) == {"log_end": run.id, "next_offset": 14}


@pytest.mark.parametrize(
    "command",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"subscribe_log": 5}',
        '{"subscribe_log": "abcd"}',
        '{"subscribe_log": "abcd", "offset": -1}',
        '{"subscribe_log": "abcd", "offset": true}',
        '{"subscribe_log": "abcd", "more": 1}',
        '{"drop": "table"}',
        '{"x": "' + "y" * 5000 + '"}',
    ],
)
async def test_a_wrong_command_is_answered_and_the_socket_stays(
    served: Served, command: str
) -> None:
    async with connect(_address(served)) as socket:
        await _next(socket)
        await socket.send(command)
        assert (await _next(socket))["error"]["code"] in {"invalid", "not_found"}
        await _submit(served)
        assert (await _next(socket))["kind"] == "run"


async def test_a_slow_client_is_let_go_with_a_reason(served: Served) -> None:
    served.service.feed.behind = 3
    for _ in range(5):
        await _submit(served)
    async with connect(_address(served, "?since=0")) as socket:
        await _next(socket)
        with pytest.raises(ConnectionClosed) as closed:
            await _next(socket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1013
    assert closed.value.rcvd.reason.startswith("overrun")


async def test_foreign_pages_and_wrong_queries_get_no_socket(served: Served) -> None:
    for query, headers in [
        ("", {"Origin": "https://evil.example"}),
        ("", {"Origin": "null"}),
        ("?since=x", {}),
        ("?surprise=1", {}),
        ("?kinds=everything", {}),
    ]:
        with pytest.raises(InvalidStatus) as refused:
            async with connect(_address(served, query), additional_headers=headers):
                pass
        assert refused.value.response.status_code == 403


async def test_a_page_of_its_own_gets_a_socket(served: Served) -> None:
    headers = {"Origin": f"http://{served.host}"}
    async with connect(_address(served), additional_headers=headers) as socket:
        assert "hello" in await _next(socket)


async def test_who_leaves_is_forgotten(served: Served) -> None:
    async with connect(_address(served)) as socket:
        await _next(socket)
        await _listening(served)

    async def gone() -> bool:
        return served.service.feed.subscribers == 0

    await eventually_async(gone)


async def test_streams_end_when_the_server_stops(served: Served) -> None:
    async with (
        connect(_address(served)) as socket,
        served.client.stream("GET", "/api/v1/events") as answer,
    ):
        await _next(socket)
        await _listening(served, 2)
        close_streams(served.app)
        with pytest.raises(ConnectionClosed) as closed:
            await _next(socket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001
        async for _ in answer.aiter_bytes():
            pass


async def _events(lines: AsyncIterator[str]) -> AsyncIterator[dict[str, Any]]:
    event: dict[str, Any] = {}
    async for line in lines:
        if line:
            name, _, value = line.partition(": ")
            event[name] = value
        elif event:
            yield event
            event = {}


async def test_events_carry_their_number_and_resume(served: Served) -> None:
    runs = [await _submit(served) for _ in range(3)]
    headers = {"Last-Event-ID": "1"}
    async with served.client.stream("GET", "/api/v1/events?since=0", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = _events(answer.aiter_lines())
        hello = await anext(events)
        assert hello["event"] == "hello"
        assert orjson.loads(hello["data"]) == {"hello": {"seq": 3}}
        second, third = await anext(events), await anext(events)
        assert (second["id"], third["id"]) == ("2", "3")
        assert orjson.loads(third["data"])["object"]["id"] == runs[2].id
        fresh = await _submit(served)
        assert orjson.loads((await anext(events))["data"])["object"]["id"] == fresh.id


async def test_events_tell_why_they_end(served: Served) -> None:
    served.service.feed.behind = 1
    await _submit(served)
    await _submit(served)
    async with served.client.stream("GET", "/api/v1/events?since=0") as answer:
        events = [event async for event in _events(answer.aiter_lines())]
    assert events[-1]["event"] == "closed"
    assert orjson.loads(events[-1]["data"])["code"] == "overrun"


async def test_a_frame_is_built_once_for_all(served: Served) -> None:
    run = await _submit(served)
    change = served.service.feed.kept[-1]
    frames = served.app.state.face.frames
    assert frames.ready([change]) is frames.ready([change])
    assert orjson.loads(frames.of(change))["object"]["id"] == run.id


@pytest.mark.parametrize("size", [0, 1, 300, 60_000, 200_000])
async def test_frames_of_every_length_arrive_whole(served: Served, size: int) -> None:
    async with connect(_address(served), max_size=None) as socket:
        await _next(socket)
        wanted = [
            SubmitRequest(executor="shell", params={"text": "é" * size, "n": n}) for n in range(3)
        ]
        for request in wanted:
            await served.service.submit(request, by="test")
        frames = [await _next(socket) for _ in wanted]
        assert [frame["object"]["params"] for frame in frames] == [r.params for r in wanted]
        assert [frame["seq"] for frame in frames] == [1, 2, 3]


async def test_a_server_without_ready_frames_is_served_too(served: Served) -> None:
    await _submit(served)
    sent: list[dict[str, Any]] = []
    arrived = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if not sent:
            return {"type": "websocket.connect"}
        await arrived.wait()
        return {"type": "websocket.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        if len(sent) == 3:  # accepted, hello, the change
            arrived.set()

    scope = {
        "type": "websocket",
        "path": "/api/v1/stream",
        "raw_path": b"/api/v1/stream",
        "root_path": "",
        "query_string": b"since=0",
        "headers": [(b"host", served.host.encode())],
        "scheme": "ws",
        "server": ("127.0.0.1", served.port),
        "client": ("127.0.0.1", 1),
        "subprotocols": [],
        "state": {},
    }
    async with asyncio.timeout(20):
        await served.app(scope, receive, send)
    assert orjson.loads(sent[2]["text"])["seq"] == 1
