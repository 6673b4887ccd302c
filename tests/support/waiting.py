"""Waiting for observable state with a deadline; the only way in which a test waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

_FIRST_PAUSE_S = 0.002
_LONGEST_PAUSE_S = 0.05


def eventually(check: Callable[[], T], *, timeout_s: float = 120.0, what: str = "") -> T:
    """Call `check` until it answers something true, and return that.

    An AssertionError inside `check` counts as "not yet" and is shown when the time is up.
    """
    deadline = time.monotonic() + timeout_s
    pause = _FIRST_PAUSE_S
    while True:
        answer: T | None = None
        failure: AssertionError | None = None
        try:
            answer = check()
        except AssertionError as error:
            failure = error
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s} s: {what or check}") from failure
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE_S)


async def eventually_async(
    check: Callable[[], Awaitable[T]], *, timeout_s: float = 120.0, what: str = ""
) -> T:
    """`eventually` for a coroutine function."""
    deadline = time.monotonic() + timeout_s
    pause = _FIRST_PAUSE_S
    while True:
        answer: T | None = None
        failure: AssertionError | None = None
        try:
            answer = await check()
        except AssertionError as error:
            failure = error
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s} s: {what or check}") from failure
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE_S)
