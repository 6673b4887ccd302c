"""Run ids: 16 lower-case characters that sort by time of creation.

44 bits of milliseconds since 1970 (good until 2527) and 36 bits that start at random in each
millisecond and count up within it, in Crockford's base 32 (no i, l, o, u). Ids from one `RunIds`
are strictly increasing, so they are order of submission, primary key and page cursor in one.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 16
_RANDOM_BITS = 36
_PATTERN = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")
_PAIRS = [a + b for a in ALPHABET for b in ALPHABET]
_LAST_PAIR = len(_PAIRS) - 1


def is_run_id(text: str) -> bool:
    return _PATTERN.fullmatch(text) is not None


def lowest_id(at_ms: int) -> str:
    """The lowest id that can be given at `at_ms` milliseconds since 1970."""
    return _encode(at_ms << _RANDOM_BITS)


class RunIds:
    """Gives strictly increasing run ids, also when the clock stands still or jumps back.

    Several threads may ask for them.
    """

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._last = 0
        self._lock = threading.Lock()

    def new(self) -> str:
        return _encode(self._next(1))

    def block(self, count: int) -> list[str]:
        """`count` new ids at once, in ascending order."""
        ids: list[str] = []
        number = self._next(count)
        while len(ids) < count:
            # Neighbours differ in their last two characters only.
            head, low = _encode(number)[:-2], number & _LAST_PAIR
            tails = _PAIRS[low : low + count - len(ids)]
            ids += [head + tail for tail in tails]
            number += len(tails)
        return ids

    def _next(self, count: int) -> int:
        """The first of `count` numbers that were not given yet."""
        with self._lock:
            return self._take(count)

    def _take(self, count: int) -> int:
        fresh = (self._now_ms() << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS - 1)
        # A clock that did not move on keeps the old millisecond and counts.
        moved_on = fresh >> _RANDOM_BITS > self._last >> _RANDOM_BITS
        first = fresh if moved_on else self._last + 1
        self._last = first + count - 1
        return first

    def start_after(self, run_id: str) -> None:
        """Never give an id at or below `run_id` (the newest one stored, after a restart)."""
        self._last = max(self._last, _decode(run_id))


def _encode(number: int) -> str:
    pairs = _PAIRS
    return "".join([pairs[(number >> shift) & 1023] for shift in range(70, -1, -10)])


def _decode(run_id: str) -> int:
    number = 0
    for character in run_id:
        number = number << 5 | ALPHABET.index(character)
    return number
