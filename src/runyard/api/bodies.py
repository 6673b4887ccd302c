"""Reads request bodies: bounded, JSON only, and free of what the store could not keep."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

import orjson

from runyard.api.problems import BadRequest
from runyard.domain.errors import Invalid, TooLarge

if TYPE_CHECKING:
    from starlette.requests import Request

_JSON = "application/json"
MAX_BODY_BYTES = 16 * 1024 * 1024
# A somewhat larger body is read to its end, so that its sender gets to see the answer.
_MAX_DRAINED_BYTES = 4 * MAX_BODY_BYTES
# orjson writes at most 254 levels; what we keep must fit inside answers and rows.
_MAX_DEPTH = 180
_ROOM = 254 - _MAX_DEPTH
_INTEGER_BITS = 64

# Only a body in which one of these occurs is looked through value by value.
_NUL = rb"\u0000"
_LONG_NUMBER = b"0" * 19
_EVERY_DIGIT_AS_0 = bytes(48 if 48 <= code <= 57 else 32 for code in range(256))


async def read_json(request: Request) -> tuple[bytes, Any] | None:
    """The body as checked JSON text, and its value; None when there is none.

    Raises `TooLarge` over 16 MiB, `BadRequest` 415 for another media type and 400 for what is not
    JSON (also: too deep), and `Invalid` for NUL characters, lone surrogates and integers beyond
    64 bits, which no database of ours could keep.
    """
    raw = await _read(request)
    if not raw:
        return None
    _check_media_type(request.headers.get("content-type"))
    return raw, _check(raw)


async def read_text(request: Request, *, media_type: str) -> str:
    """The body as UTF-8 text of this media type; `read_json` says what is raised."""
    raw = await _read(request)
    _check_media_type(request.headers.get("content-type"), wanted=media_type)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest(400, "bad_text", f"the body is not UTF-8: {error.reason}") from None
    check_text(text, where="")
    return text


async def _read(request: Request) -> bytes:
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
    return b"".join(chunks)


def _too_large() -> TooLarge:
    return TooLarge(
        f"the body is over {MAX_BODY_BYTES // 1024 // 1024} MiB",
        hint="send less in one call",
        limit_bytes=MAX_BODY_BYTES,
    )


def _check_media_type(content_type: str | None, *, wanted: str = _JSON) -> None:
    kind = (content_type or "").partition(";")[0].strip().lower()
    is_json = kind.startswith("application/") and kind.endswith("+json")
    if kind == wanted or (is_json and wanted == _JSON):
        return
    raise BadRequest(
        415,
        "unsupported_media_type",
        f"the body is {kind or 'of no named type'}, but must be {wanted}",
        hint=f"send the header Content-Type: {wanted}",
    )


def _check(raw: bytes) -> Any:
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        _explain(raw, str(error))
    if raw.count(b"[") + raw.count(b"{") > _MAX_DEPTH:
        _check_depth(value)
    if _NUL in raw or _LONG_NUMBER in raw.translate(_EVERY_DIGIT_AS_0):
        check_storable(_loads(raw))
    return value


def _check_depth(value: Any) -> None:
    for _ in range(_ROOM):
        value = [value]
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        raise BadRequest(
            400, "bad_json", f"the body is nested deeper than {_MAX_DEPTH} levels"
        ) from None


def _explain(raw: bytes, message: str) -> NoReturn:
    """Raises what suits a body that orjson refuses."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadRequest(400, "bad_json", f"the body is not JSON: {message}") from None
    check_storable(value)  # a lone surrogate is JSON, but no text
    raise BadRequest(400, "bad_json", f"the body is not JSON: {message}")


def _loads(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadRequest(400, "bad_json", f"the body can't be read: {error}") from None


def check_storable(value: Any, *, where: str = "") -> None:
    """Raises `Invalid` for a value that a database can't keep."""
    match value:
        case str():
            check_text(value, where=where)
        case bool():
            pass
        case int() if value.bit_length() >= _INTEGER_BITS:
            raise _unstorable(where, "is beyond 64 bits; send it as a string")
        case dict():
            for key, item in value.items():
                check_text(key, where=where)
                check_storable(item, where=f"{where}.{key}" if where else key)
        case list():
            for index, item in enumerate(value):
                check_storable(item, where=f"{where}[{index}]")
        case _:
            pass


def check_text(text: str, *, where: str) -> None:
    """Raises `Invalid` for NUL and for lone surrogates."""
    if "\x00" in text:
        raise _unstorable(where, "holds a NUL character")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise _unstorable(where, "holds half a surrogate pair, which is no text") from None


def _unstorable(where: str, what: str) -> Invalid:
    safe = where.replace("\x00", "?").encode("utf-8", "replace").decode()
    return Invalid(f"{safe or 'a text'} {what}", problems=[{"where": safe, "message": what}])
