"""Reads request bodies for the dialects: bounded, JSON whatever the content type, storable."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request

from runyard.domain.errors import Invalid, TooLarge

MAX_BODY_BYTES = 16 * 1024 * 1024
_MAX_DRAINED_BYTES = 4 * MAX_BODY_BYTES  # so that the sender of too much sees the answer
_MAX_DEPTH = 100
_READ = "runyard.dialects.body"


async def read_body(request: Request) -> bytes:
    """The whole body. Raises `TooLarge` over 16 MiB. It can be read again."""
    known: bytes | None = request.scope.get(_READ)
    if known is not None:
        return known
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > _MAX_DRAINED_BYTES:
        raise _too_large()
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > _MAX_DRAINED_BYTES:
            raise _too_large()
        if size <= MAX_BODY_BYTES:
            chunks.append(chunk)
    if size > MAX_BODY_BYTES:
        raise _too_large()
    raw = b"".join(chunks)
    request.scope[_READ] = raw
    return raw


async def read_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object; {} when there is none or it is `null`.

    Raises `Invalid` for what is not JSON, not an object, too deep, or holds what no database
    keeps: NUL characters, half surrogate pairs, integers beyond 64 bits.
    """
    value = await read_json(request)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Invalid("the body must be a JSON object")
    return value


async def read_json(request: Request) -> Any:
    """The body as JSON; None when it is empty. Raises as `read_object` does."""
    raw = await read_body(request)
    if not raw.strip():
        return None
    try:
        value = json.loads(raw, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Invalid("the body is not valid JSON") from None
    check_storable(value)
    return value


def check_storable(value: Any, *, depth: int = 0) -> None:
    """Raises `Invalid` for a value that a database can't keep."""
    if depth > _MAX_DEPTH:
        raise Invalid(f"the body is nested deeper than {_MAX_DEPTH} levels")
    match value:
        case str():
            check_text(value)
        case bool():
            pass
        case int() if not -(2**63) <= value < 2**63:
            raise Invalid("a number is beyond 64 bits; send it as text")
        case dict():
            for key, item in value.items():
                check_text(key)
                check_storable(item, depth=depth + 1)
        case list():
            for item in value:
                check_storable(item, depth=depth + 1)
        case _:
            pass


def check_text(text: str) -> None:
    """Raises `Invalid` for NUL and for half surrogate pairs."""
    if "\0" in text:
        raise Invalid("a text holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Invalid("a text holds half a surrogate pair, which is no text") from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _too_large() -> TooLarge:
    return TooLarge(f"the body is over {MAX_BODY_BYTES // 1024 // 1024} MiB")
