"""What comes in wrong, by mistake or on purpose, gets a problem document and harms nothing."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from runyard.api.app import operations
from tests.api.test_schedules import make

if TYPE_CHECKING:
    from runyard.api.operations import Operation
    from tests.api.conftest import Served

WRITING = [o for o in operations() if o.method in {"POST", "PUT", "PATCH"}]
WITH_BODY = [o for o in WRITING if "body" in o.endpoint.__annotations__]
QUICK = [o for o in operations() if o.path != "/api/v1/events"]

JSON = {"Content-Type": "application/json"}


def _path(operation: Operation, part: str = "hello") -> str:
    path = operation.path
    for name in ("task_id", "run_id", "name", "project"):
        path = path.replace("{" + name + "}", part)
    return path.replace("{version}", "1").replace("{schedule_id}", f"{part}:default")


def _assert_problem(answer: Any, *statuses: int) -> dict[str, Any]:
    assert answer.status_code in statuses, (answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == answer.status_code
    assert document["code"]
    assert document["detail"]
    assert "Traceback" not in answer.text
    return document


HOSTILE_BODIES = {
    "not json": (b"{", 400),
    "nothing like json": (b"hello", 400),
    "a bare word": (b"NaN", 400),
    "not a number": (b'{"params": NaN}', 400),
    "too large a number": (b'{"params": {"x": 1e999}}', 400),
    "depth bomb of lists": (b"[" * 100_000, 400),
    "closed depth bomb": (b"[" * 5_000 + b"]" * 5_000, 400),
    "depth bomb of objects": (b'{"params": ' + b'{"a":' * 700 + b"1" + b"}" * 700 + b"}", 400),
    "bytes that are no text": (b'{"message": "\xff\xfe"}', 400),
    "a list": (b"[]", 422),
    "a string": (b'"hello"', 422),
    "a nul": (b'{"message": "a\\u0000b"}', 422),
    "a nul in a key": (b'{"a\\u0000b": 1}', 422),
    "half a pair": (b'{"message": "\\ud800"}', 422),
    "half a pair in a key": (b'{"\\udfff": 1}', 422),
    "beyond 64 bits": (b'{"x": 123456789012345678901234567890}', 422),
    "unknown names": (b'{"surprise": 1}', 422),
    "proto": (b'{"__proto__": {}, "constructor": 1}', 422),
}


@pytest.mark.parametrize("what", HOSTILE_BODIES)
async def test_hostile_bodies(served: Served, what: str) -> None:
    body, status = HOSTILE_BODIES[what]
    await make(served, cron="@daily")  # an edit looks first at what it edits
    for operation in WITH_BODY:
        answer = await served.client.request(
            operation.method, _path(operation), content=body, headers=JSON
        )
        assert answer.status_code == status, (operation.path, answer.text)
        _assert_problem(answer, status)


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
async def test_other_media_types_are_refused(served: Served, media_type: str) -> None:
    for operation in WITH_BODY:
        answer = await served.client.request(
            operation.method,
            _path(operation),
            content=b"{}",
            headers={"Content-Type": media_type},
        )
        assert "Content-Type: application/json" in _assert_problem(answer, 415)["hint"]


@pytest.mark.parametrize("query", ["surprise=1", "limit=x", "a%00=1", "wait=1&wait=2&x=2"])
async def test_unknown_and_doubled_query_names(served: Served, query: str) -> None:
    for operation in QUICK:
        if "query" not in operation.endpoint.__annotations__:
            continue
        answer = await served.client.request(
            operation.method, f"{_path(operation)}?{query}", content=b"{}", headers=JSON
        )
        _assert_problem(answer, 422)


@pytest.mark.parametrize(
    "part", ["%00", "a%00b", "%ff", "..", "%2e%2e", "'", "<script>", "a" * 5000]
)
async def test_hostile_names_in_paths(served: Served, part: str) -> None:
    for operation in QUICK:
        answer = await served.client.request(
            operation.method, _path(operation, part), content=b"{}", headers=JSON
        )
        assert answer.status_code < 500, (operation, answer.text)
        assert "\x00" not in answer.text


@pytest.mark.parametrize("cursor", ["", "!", "../..", "AAAA%00", "x" * 300, "%F0%9F%98%80", "a b"])
async def test_cursors_that_are_not_ours(served: Served, cursor: str) -> None:
    for path in ("runs", "tasks"):
        answer = await served.client.get(f"/api/v1/{path}?cursor={cursor}")
        _assert_problem(answer, 400, 422)


@pytest.mark.parametrize("limit", ["0", "-1", "501", "1e3", "", "9" * 400, "0x10", "NaN"])
async def test_limits_are_bounded(served: Served, limit: str) -> None:
    for path in ("runs", "tasks"):
        _assert_problem(await served.client.get(f"/api/v1/{path}?limit={limit}"), 422)


@pytest.mark.parametrize(
    "query",
    [
        "status=nope",
        "since=yesterday",
        "since=2026-01-01T00:00:00",
        "until=99999-01-01T00:00:00Z",
        "label=" + "x" * 500,
        "task_id=",
    ],
)
async def test_filters_are_checked(served: Served, query: str) -> None:
    document = _assert_problem(await served.client.get(f"/api/v1/runs?{query}"), 422)
    assert document["problems"][0]["where"].startswith(query.partition("=")[0])


@pytest.mark.parametrize(
    "body",
    [
        {"params": []},
        {"params": {"a": 1}, "argv": ["b"]},
        {"argv": "a b"},
        {"argv": [1]},
        {"if_busy": "sometimes"},
        {"priority": "1"},
        {"priority": 10**9},
        {"priority": 1.5},
        {"delay_s": -1},
        {"delay_s": 1, "not_before": "2030-01-01T00:00:00Z"},
        {"not_before": "2030-01-01T00:00:00"},
        {"not_before": 5},
        {"timeout_s": 0},
        {"timeout_s": 1e300},
        {"labels": [""]},
        {"labels": ["x"] * 51},
        {"version": 0},
        {"prams": {}},
    ],
)
async def test_submissions_are_checked(served: Served, body: dict[str, Any]) -> None:
    await served.service.catalog.create_script("hello", "", author="test")
    answer = await served.client.post("/api/v1/tasks/hello/runs", json=body)
    document = _assert_problem(answer, 422)
    assert document["problems"][0]["message"]
    assert not served.service.all


async def test_a_misspelt_name_gets_a_suggestion(served: Served) -> None:
    answer = await served.client.post("/api/v1/tasks/hello/runs", json={"prams": {}})
    assert "did you mean params?" in answer.json()["detail"]


async def test_a_body_over_the_limit(served: Served) -> None:
    big = b'{"params": {"x": "' + b"x" * (16 * 1024 * 1024) + b'"}}'
    document = _assert_problem(
        await served.client.post("/api/v1/tasks/hello/runs", content=big, headers=JSON), 413
    )
    assert document["code"] == "too_large"

    async def pieces() -> Any:
        for start in range(0, len(big), 1 << 20):
            yield big[start : start + (1 << 20)]

    chunked = await served.client.post("/api/v1/tasks/hello/runs", content=pieces(), headers=JSON)
    _assert_problem(chunked, 413)


async def test_no_such_path_and_no_such_method(served: Served) -> None:
    for path in ("/nope", "/api/v1/nope", "/api/v1/runs/", "/api/v1/tasks/a/b/c", "/static/x"):
        document = _assert_problem(await served.client.get(path), 404)
        assert document["code"] in {"no_such_path", "not_found"}
    answer = await served.client.delete("/api/v1/queues")
    assert _assert_problem(answer, 405)["allow"] == ["GET", "HEAD"]
    assert answer.headers["allow"]
    literal = await served.client.delete("/api/v1/runs/bulk")
    assert _assert_problem(literal, 405)["allow"] == ["POST"]
    put = await served.client.put("/api/v1/tasks", json={})
    assert "POST" in _assert_problem(put, 405)["allow"]


async def test_too_many_headers_and_too_long_an_address(served: Served) -> None:
    many = {f"x-{number}": "1" for number in range(150)}
    _assert_problem(await served.client.get("/api/v1/runs", headers=many), 431)
    _assert_problem(await served.client.get("/api/v1/runs", headers={"x": "y" * 70_000}), 431, 400)
    _assert_problem(await served.client.get("/api/v1/runs?q=" + "y" * 20_000), 414)


@pytest.mark.parametrize(
    ("host", "fine"),
    [
        ("127.0.0.1", True),
        ("localhost:5000", True),
        ("LOCALHOST", True),
        ("[::1]:80", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost@evil.example", False),
        ("", False),
        ("[", False),
    ],
)
async def test_foreign_host_names_are_refused(served: Served, host: str, fine: bool) -> None:
    answer = await served.client.get("/api/system/health", headers={"Host": host})
    if fine:
        assert answer.status_code == 200
    else:
        assert _assert_problem(answer, 421)["code"] == "foreign_host"


@pytest.mark.parametrize(
    ("headers", "fine"),
    [
        ({}, True),
        ({"Origin": "http://{host}"}, True),
        ({"Origin": "http://{host}", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "http://localhost:1"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://["}, False),
    ],
)
async def test_a_page_from_elsewhere_steers_nothing(
    served: Served, headers: dict[str, str], fine: bool
) -> None:
    sent = {name: value.format(host=served.host) for name, value in headers.items()}
    answer = await served.client.post("/api/v1/queues/crawl/pause", headers=sent)
    if fine:
        assert answer.status_code == 200
    else:
        assert _assert_problem(answer, 403)["code"] == "foreign_origin"
        assert not served.service.named_queues
    assert "access-control-allow-origin" not in answer.headers


async def test_head_is_get_without_the_body(served: Served) -> None:
    service = served.service
    await service.catalog.create_script("hello", "print(1)", author="test")
    await service.catalog.edit_settings(
        "hello", {"project": "hello"}, expected_hash=None, author="test"
    )
    await make(served, cron="@daily")
    assert (await served.client.put("/api/v1/calendars/hello", json={})).status_code < 300
    run = (await served.client.post("/api/v1/tasks/hello/runs")).json()
    draft = (await served.client.post("/api/v1/drafts/run", json={"content": "print(1)"})).json()
    queries = {
        "diff": "?to=1",
        "why": "?at=02:30",
        "days": "?start=2026-01-01&end=2026-01-02",
        "search": "?q=a",
        "/api/v1/occurrences": "?schedule_id=hello:default",
    }
    for name in ("app.log", "hello.log"):
        (service.folder / name).write_text("hello\n")
    for operation in (o for o in QUICK if o.method == "GET"):
        part = run["id"] if "{run_id}" in operation.path else "hello"
        if "/logs/{name}" in operation.path:
            part = "hello.log"
        if operation.path.endswith("/draft"):
            part = draft["id"]
        last = operation.path.rpartition("/")[2]
        query = queries.get(operation.path) or queries.get(last, "")
        path = _path(operation, part) + query
        got, head = await served.client.get(path), await served.client.head(path)
        assert head.status_code == got.status_code == 200, path
        assert head.content == b""
        for name in ("content-type", "etag", "cache-control"):
            assert head.headers.get(name) == got.headers.get(name)


async def test_head_of_an_endless_stream_ends(served: Served) -> None:
    answer = await served.client.head("/api/v1/events?since=0")
    assert answer.headers["content-type"].startswith("text/event-stream")
    again = await served.client.get("/api/system/health")
    assert again.status_code == 200


async def test_broken_http_gets_400_and_the_server_goes_on(served: Served) -> None:
    for raw in (b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00", b"GET / HTTP/1.1\r\nA\x00: b\r\n\r\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(raw)
        await writer.drain()
        writer.write_eof()
        answer = await reader.read()
        assert b" 400 " in answer or answer == b""
        writer.close()
        await writer.wait_closed()
    assert (await served.client.get("/api/system/health")).status_code == 200


async def test_what_is_sent_is_what_was_kept(served: Served) -> None:
    """Text of all kinds goes through unchanged."""
    await served.service.catalog.create_script("hello", "", author="test")
    params = {"emoji": "🏃", "quote": '"</script>', "deep": [[{"a": [1, 2.5, None, True]}]]}
    run = (await served.client.post("/api/v1/tasks/hello/runs", json={"params": params})).json()
    assert json.loads(json.dumps(run["params"])) == params
