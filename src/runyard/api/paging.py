"""Cursors: opaque to callers; what can't be one of ours is refused with 400."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, TypeVar

from runyard.api.problems import BadRequest
from runyard.domain.ids import is_run_id

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")


def checked_cursor(cursor: str | None) -> str | None:
    """A cursor among runs: the id of the last one seen."""
    if cursor is not None and not is_run_id(cursor):
        raise bad_cursor()
    return cursor


def bad_cursor() -> BadRequest:
    return BadRequest(
        400, "bad_cursor", "this cursor is not one of ours", hint="use next_cursor as it came"
    )


def page_after(
    by_key: Mapping[str, T], *, cursor: str | None, limit: int, descending: bool = False
) -> tuple[list[T], str | None]:
    """A page of what is in memory, sorted by key, and the cursor of the next one."""
    after = key_of(cursor)
    keys = [
        key
        for key in sorted(by_key, reverse=descending)
        if after is None or (key < after if descending else key > after)
    ]
    page = keys[:limit]
    more = len(keys) > limit
    return [by_key[key] for key in page], cursor_after(page[-1]) if more else None


def cursor_after(key: str) -> str:
    """The cursor of what comes after the thing with this key."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def key_of(cursor: str | None) -> str | None:
    """The key of the last thing seen. Raises `BadRequest` for what is no cursor."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        key = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise bad_cursor() from None
    if not key or cursor_after(key) != cursor:
        raise bad_cursor()
    return key
