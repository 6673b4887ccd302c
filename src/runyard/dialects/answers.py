"""Answers that all dialects share: JSON bytes, the superset of their error bodies, local times."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from starlette.responses import Response

_NO_STORE = {"cache-control": "no-store"}


def json_answer(
    value: Any, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """JSON as these services write it; what JSON does not have (NaN) becomes null."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"))
    return Response(
        text.encode("utf-8", "replace"),
        status_code=status,
        media_type="application/json",
        headers=_NO_STORE | (headers or {}),
    )


def superset(status: int, message: str, *, headers: dict[str, str] | None = None) -> Response:
    """An error where it is not known which dialect asked: it has the fields of all four."""
    return json_answer(
        {
            "success": False,
            "message": message,
            "error": message,
            "detail": message,
            "status": {"code": 1, "message": message, "details": message},
        },
        status=status,
        headers=headers,
    )


def local_text(at: datetime) -> str:
    """ISO 8601 in the server's local time, without a zone: `2025-11-17T08:57:33.123456`."""
    return at.astimezone().replace(tzinfo=None).isoformat()


def _finite(value: Any) -> Any:
    match value:
        case float() if value != value or value in {float("inf"), float("-inf")}:  # noqa: PLR0124
            return None
        case dict():
            return {key: _finite(item) for key, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
        case _:
            return value
