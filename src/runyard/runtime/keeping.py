"""Keeps answers that are asked for again and again, for a while that depends on their cost."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

_SHARE = 20
_LONGEST_S = 30.0
_KEPT = 64


class Keeping(Generic[K, T]):
    """An answer is kept for twenty times as long as it took, at most 30 s.

    So however many ask, at most a twentieth of one processor goes into each question; what is
    quick is as good as fresh. Those who ask while an answer is being made get that one.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[K, tuple[float, asyncio.Future[T]]] = OrderedDict()

    async def get(self, key: K, make: Callable[[], Awaitable[T]]) -> T:
        """The answer to `key`, made by `make` unless it is kept. An error is not kept."""
        known = self._kept.get(key)
        if known is not None and self._clock() < known[0]:
            return await asyncio.shield(known[1])
        answer = asyncio.ensure_future(make())
        self._kept[key] = (self._clock() + _LONGEST_S, answer)
        self._kept.move_to_end(key)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        started = self._clock()
        answer.add_done_callback(lambda _: self._made(key, answer, started))
        return await asyncio.shield(answer)

    def _made(self, key: K, answer: asyncio.Future[T], started: float) -> None:
        if self._kept.get(key, (0.0, None))[1] is not answer:
            return
        if answer.cancelled() or answer.exception() is not None:
            del self._kept[key]
            return
        now = self._clock()
        self._kept[key] = (now + min(_LONGEST_S, (now - started) * _SHARE), answer)
