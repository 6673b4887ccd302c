"""A run that waits to be admitted, and the reason why it still does."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from typing import Protocol

HOLDERS_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What admission needs to know about a run.

    Runs with one `key` never hold more than `key_limit` places together; 0 = any number. `needs`
    are node labels. A run in backoff is one with a `not_before`.
    """

    run_id: str
    queue: str
    key: str | None = None
    key_limit: int = 1
    priority: int = 0
    task_id: str | None = None
    project: str | None = None
    needs: frozenset[str] | tuple[str, ...] = ()
    not_before: datetime | None = None


class WaitCode(StrEnum):
    NOT_BEFORE = "not_before"  # its time has not come
    TASK_PAUSED = "task_paused"
    QUEUE_PAUSED = "queue_paused"
    NO_PLACE = "no_place"  # no engine is connected, or none offers the labels
    KEY_BUSY = "key_busy"
    QUEUE_FULL = "queue_full"
    TOTAL_FULL = "total_full"
    RATE_LIMITED = "rate_limited"
    STARTING = "starting"  # nothing holds it: the next `admit` starts it


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a run waits: a stable code, and a sentence that names what holds it."""

    code: WaitCode
    message: str
    holders: tuple[str, ...] = ()  # live runs that hold what it needs, at most 5
    until: datetime | None = None  # when it is only a matter of time


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    waiting: int  # those whose time has not come included
    live: int


class _Ids(Sized, Iterable[str], Protocol):
    """Run ids in the order in which the runs became live."""


def full(code: WaitCode, what: str, *, limit: int, holders: _Ids) -> Reason:
    """`what` has `limit` places, and `holders` have them."""
    shown = tuple(islice(holders, HOLDERS_SHOWN))
    message = f"{what} is at its limit of {limit}"
    if shown:
        more = len(holders) - len(shown)
        names = ", ".join(shown) + (f" and {more} more" if more else "")
        message += f" ({'run' if len(holders) == 1 else 'runs'} {names})"
    return Reason(code=code, message=message, holders=shown)


def until(code: WaitCode, what: str, moment: datetime) -> Reason:
    at = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Reason(code=code, message=f"{what} {at}", until=moment)
