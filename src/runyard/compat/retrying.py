"""Trying again with growing pauses: decorators, and a client that calls for you."""

from __future__ import annotations

import asyncio
import functools
import logging
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, ParamSpec, TypeVar

__all__ = ["RetryableAPIClient", "retry_with_backoff", "retry_with_backoff_async"]

P = ParamSpec("P")
T = TypeVar("T")
OnRetry = Callable[[Exception, int], None]

log = logging.getLogger("runyard.retry")


def retry_with_backoff(
    max_retries: int = 3,
    initial_delay: float = 1.0,
    max_delay: float = 30.0,
    backoff_factor: float = 2.0,
    jitter: bool = True,
    exceptions: tuple[type[Exception], ...] = (Exception,),
    on_retry: OnRetry | None = None,
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Call once, and up to `max_retries` times more after one of `exceptions`.

    Waits `initial_delay` s, then `backoff_factor` times as long each time, at most `max_delay`;
    `jitter` multiplies each wait by 0.5 to 1.5. `on_retry(error, n)` is called before the n-th
    wait, from 1. Other exceptions pass at once; the last one is raised.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            waits = _waits(max_retries, initial_delay, max_delay, backoff_factor, jitter)
            for number, wait in enumerate(waits, start=1):
                try:
                    return function(*args, **kwargs)
                except exceptions as error:
                    _note(function, error, number, wait, on_retry)
                time.sleep(wait)
            return function(*args, **kwargs)

        return call

    return decorate


def retry_with_backoff_async(
    max_retries: int = 3,
    initial_delay: float = 1.0,
    max_delay: float = 30.0,
    backoff_factor: float = 2.0,
    jitter: bool = True,
    exceptions: tuple[type[Exception], ...] = (Exception,),
    on_retry: OnRetry | None = None,
) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Coroutine[Any, Any, T]]]:
    """`retry_with_backoff` for coroutine functions."""

    def decorate(function: Callable[P, Awaitable[T]]) -> Callable[P, Coroutine[Any, Any, T]]:
        @functools.wraps(function)
        async def call(*args: P.args, **kwargs: P.kwargs) -> T:
            waits = _waits(max_retries, initial_delay, max_delay, backoff_factor, jitter)
            for number, wait in enumerate(waits, start=1):
                try:
                    return await function(*args, **kwargs)
                except exceptions as error:
                    _note(function, error, number, wait, on_retry)
                await asyncio.sleep(wait)
            return await function(*args, **kwargs)

        return call

    return decorate


class RetryableAPIClient:
    """Calls functions with retries; may be used by several threads."""

    def __init__(
        self,
        max_retries: int = 3,
        initial_delay: float = 1.0,
        max_delay: float = 30.0,
        backoff_factor: float = 2.0,
    ) -> None:
        self.max_retries = max_retries
        self.initial_delay = initial_delay
        self.max_delay = max_delay
        self.backoff_factor = backoff_factor

    def call_with_retry(
        self,
        func: Callable[..., T],
        *args: Any,
        exceptions: tuple[type[Exception], ...] = (Exception,),
        **kwargs: Any,
    ) -> T:
        """What `func` answers, or the last exception."""
        retrying = retry_with_backoff(
            max_retries=self.max_retries,
            initial_delay=self.initial_delay,
            max_delay=self.max_delay,
            backoff_factor=self.backoff_factor,
            exceptions=exceptions,
        )
        return retrying(func)(*args, **kwargs)

    def call_batch_with_retry(
        self,
        items: Sequence[Any],
        func: Callable[[Any], T],
        exceptions: tuple[type[Exception], ...] = (Exception,),
        continue_on_failure: bool = True,
    ) -> tuple[list[T], list[dict[str, Any]]]:
        """`func` of each item: the results, and `{index, item, error}` of those that failed.

        Without `continue_on_failure` the first failure is raised.
        """
        results: list[T] = []
        failures: list[dict[str, Any]] = []
        for index, item in enumerate(items):
            try:
                results.append(self.call_with_retry(func, item, exceptions=exceptions))
            except exceptions as error:
                if not continue_on_failure:
                    raise
                failures.append({"index": index, "item": item, "error": str(error)})
        return results, failures


def _waits(
    retries: int, initial: float, longest: float, factor: float, jitter: bool
) -> list[float]:
    waits = [min(initial * factor**number, longest) for number in range(retries)]
    if not jitter:
        return waits
    return [wait * (0.5 + random.random()) for wait in waits]  # noqa: S311 - spreads retries


def _note(
    function: Callable[..., Any],
    error: Exception,
    number: int,
    wait: float,
    on_retry: OnRetry | None,
) -> None:
    name = getattr(function, "__qualname__", repr(function))
    log.warning("%s failed, try %d follows in %.1f s: %s", name, number + 1, wait, error)
    if on_retry is not None:
        on_retry(error, number)
