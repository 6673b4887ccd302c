"""PixivTailor's envelope, `{"status": {"code", "message"}, "data"}`, and its fields' readers."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from runyard.dialects.answers import json_answer
from runyard.dialects.bodies import read_object
from runyard.dialects.frame import Dialect, Refusal
from runyard.dialects.pixivtailor.words import NAME
from runyard.domain.errors import Invalid


def success(data: Any) -> Response:
    return json_answer({"status": {"code": 0, "message": "success"}, "data": data})


def failure(status: int, message: str, details: str = "") -> Response:
    """The top-level `message` is what the original front end shows."""
    reason = details or message
    return json_answer(
        {"status": {"code": 1, "message": message, "details": reason}, "message": reason},
        status=status,
    )


def _refuse(refusal: Refusal) -> Response:
    details = "" if refusal.cause is None else str(refusal.cause.facts.get("details", ""))
    return failure(refusal.status, refusal.message, details)


DIALECT = Dialect(name=NAME, refuse=_refuse)


async def body_of(request: Request) -> dict[str, Any]:
    """The body as an object. Raises `Invalid` with the contract's own words."""
    try:
        return await read_object(request)
    except Invalid as error:
        raise Invalid("Invalid request body", details=error.message) from None


def text_of(body: dict[str, Any], name: str, default: str = "") -> str:
    """A text; null counts as not given."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise _wrong(name, "a text")
    return value


def number_of(body: dict[str, Any], name: str, default: int) -> int:
    """A whole number; a text of digits is one, too, as forms send it."""
    value = body.get(name)
    if value is None or value == "":
        return default
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        return int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(name, "a whole number")
    return value


def object_of(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong(name, "an object")
    return value


def texts_of(body: dict[str, Any], name: str) -> list[str]:
    value = body.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _wrong(name, "a list of texts")
    return value


def _wrong(name: str, what: str) -> Invalid:
    return Invalid("Invalid request body", details=f"{name} must be {what}")
