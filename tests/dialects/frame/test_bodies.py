"""Bodies: JSON whatever the content type says, bounded, storable; everything else is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from runyard.dialects.bodies import MAX_BODY_BYTES, read_json, read_object
from runyard.domain.errors import Invalid, RunyardError, TooLarge

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def request(*chunks: bytes, length: int | None = None) -> Request:
    waiting = list(chunks)
    headers = [] if length is None else [(b"content-length", b"%d" % length)]

    async def receive() -> dict[str, Any]:
        chunk = waiting.pop(0) if waiting else b""
        return {"type": "http.request", "body": chunk, "more_body": bool(waiting)}

    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
    return Request(scope, receive)


@given(VALUES)
async def test_a_storable_value_comes_through(value: Any) -> None:
    raw = json.dumps(value).encode()
    try:
        expected = json.loads(raw)
        "".join(_texts(expected)).encode()
        is_clean = "\0" not in "".join(_texts(expected))
    except UnicodeEncodeError:
        is_clean = False
    if is_clean:
        assert await read_json(request(raw[:3], raw[3:])) == expected
    else:
        with pytest.raises(Invalid):
            await read_json(request(raw))


@given(st.binary(max_size=60))
async def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        value = await read_object(request(raw))
    except Invalid:
        return
    assert isinstance(value, dict)


@pytest.mark.parametrize("raw", [b"", b"  \n", b"null"])
async def test_no_body_is_an_empty_object(raw: bytes) -> None:
    assert await read_object(request(raw)) == {}


@pytest.mark.parametrize(
    "raw",
    [
        b"[]",
        b'"text"',
        b"1",
        b"{",
        b"NaN",
        b'{"a": Infinity}',
        b'{"a": "\\u0000"}',
        b'{"a\\u0000": 1}',
        b'{"a": "\\ud800"}',
        b'{"a": 18446744073709551616}',
        b"\xff\xfe",
        b"[" * 5000,
        b'{"a":' * 300 + b"1" + b"}" * 300,
    ],
)
async def test_what_is_no_storable_object_is_refused(raw: bytes) -> None:
    with pytest.raises(Invalid):
        await read_object(request(raw))


async def test_a_body_can_be_read_twice() -> None:
    asked = request(b'{"a": 1}')
    assert await read_object(asked) == await read_object(asked) == {"a": 1}


@pytest.mark.parametrize("announced", [None, 10**12])
async def test_too_much_is_refused(announced: int | None) -> None:
    chunk = b" " * (1024 * 1024)
    chunks = [chunk] * (MAX_BODY_BYTES // len(chunk) + 1) if announced is None else []
    with pytest.raises(TooLarge) as raised:
        await read_object(request(*chunks, length=announced))
    assert isinstance(raised.value, RunyardError)


def _texts(value: Any) -> list[str]:
    match value:
        case str():
            return [value]
        case list():
            return [text for item in value for text in _texts(item)]
        case dict():
            return [*value, *(text for item in value.values() for text in _texts(item))]
        case _:
            return []
