"""MiroFish's envelope: `{"success": true, "data"}` or `{"success": false, "error"}`."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from runyard.dialects.answers import json_answer
from runyard.dialects.frame import Dialect, Refusal
from runyard.dialects.mirofish.words import NAME
from runyard.domain.errors import Invalid


def success(data: Any, **beside: Any) -> Response:
    return json_answer({"success": True, "data": data, **beside})


def failure(status: int, error: str, **beside: Any) -> Response:
    return json_answer({"success": False, "error": error, **beside}, status=status)


def _refuse(refusal: Refusal) -> Response:
    state = None if refusal.cause is None else refusal.cause.facts.get("state")
    return failure(refusal.status, refusal.message, **({} if state is None else {"state": state}))


DIALECT = Dialect(name=NAME, refuse=_refuse)


def text_of(body: dict[str, Any], name: str) -> str:
    """A text; not given, null and empty are the same."""
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Invalid(f"{name} must be a text")
    return value


def number_of(body: dict[str, Any], name: str, default: int, *, least: int = 0) -> int:
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise Invalid(f"{name} must be a whole number, {least} or more")
    return value


def object_of(body: dict[str, Any], name: str) -> dict[str, Any] | None:
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise Invalid(f"{name} must be an object")
    return value
