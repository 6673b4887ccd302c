"""A waiting line whose head is always known: a heap that forgets its members lazily.

Lines nest: a line can itself be the member of a longer line and stands there under its own head.
Putting and dropping cost O(log n) amortised; whoever is not at a head is never looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from typing import Any, Generic, TypeVar, cast

_SLACK = 64

Entry = tuple[Any, str, Any]
"""(rank, run id, member): smaller comes first. Identity says whether it still counts."""


class Member:
    """Stands in at most one line at a time; `entry` is its place there, or None."""

    __slots__ = ("entry",)

    def __init__(self) -> None:
        self.entry: Entry | None = None

    def __lt__(self, other: Member) -> bool:
        # Two entries with equal rank and id are the past and the present of one run, and only one
        # of them counts: any order will do.
        return id(self) < id(other)


M = TypeVar("M", bound=Member)


class Line(Member, Generic[M]):
    __slots__ = ("_heap", "count")

    def __init__(self) -> None:
        super().__init__()
        self._heap: list[Entry] = []
        self.count = 0

    def put(self, member: M, rank: Any, run_id: str) -> None:
        """Let `member` stand here under this rank; it stands in no other line."""
        if member.entry is None:
            self.count += 1
        entry = (rank, run_id, member)
        member.entry = entry
        heappush(self._heap, entry)
        self._tidy()

    def put_all(self, members: Iterable[tuple[M, str]], rank: Any) -> None:
        """Let these members, with their run ids, stand here; none of them stands in any line."""
        heap, before = self._heap, len(self._heap)
        for member, run_id in members:
            entry = (rank, run_id, member)
            member.entry = entry
            heappush(heap, entry)
        self.count += len(heap) - before
        self._tidy()

    def drop(self, member: M) -> None:
        """Take `member` out of this line, if it stands in it."""
        if member.entry is not None:
            member.entry = None
            self.count -= 1
            self._tidy()

    def head(self) -> Entry | None:
        heap = self._heap
        while heap and heap[0][2].entry is not heap[0]:
            heappop(heap)
        return heap[0] if heap else None

    def first(self) -> M | None:
        head = self.head()
        return None if head is None else cast("M", head[2])

    def stand_in(self, outer: Line[Any], *, is_open: bool) -> bool:
        """Stand in `outer` under the own head, or not at all when closed or empty.

        Says whether the place changed, that is, whether `outer` must look to its own place.
        """
        head = self.head() if is_open else None
        listed = self.entry
        if head is None:
            outer.drop(self)
            return listed is not None
        if listed is not None and listed[0] == head[0] and listed[1] == head[1]:
            return False
        outer.put(self, head[0], head[1])
        return True

    def _tidy(self) -> None:
        heap = self._heap
        if len(heap) > 2 * self.count + _SLACK:
            heap[:] = [entry for entry in heap if entry[2].entry is entry]
            heapify(heap)
