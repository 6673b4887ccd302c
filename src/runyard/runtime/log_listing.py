"""The folder of logs in pages, newest run first; made for folders with 100,000 files."""

from __future__ import annotations

import asyncio
import bisect
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from runyard.domain.ids import is_run_id, lowest_id

_SUFFIX = ".log"
_PART_OF_TIME = 20  # a look that took 0.2 s is good for 4 s, so looking takes at most a 20th


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedLog:
    """`run_id` is what the name says; a file of no run has none."""

    name: str
    size_bytes: int
    modified_at: datetime
    run_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedLogs:
    items: list[ListedLog]
    next_cursor: str | None  # where to go on; None: this was the last page


@dataclass(frozen=True, slots=True)
class _Snapshot:
    names: list[str]  # by `key`, ascending
    key: Callable[[str], tuple[str, str]]
    until: float


class LogListing:
    """Ordered by submission of the run, which its name holds; other files by when they changed.

    So a page is steady while logs grow, and only its own files are looked at.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: _Snapshot | None = None
        self._looking = asyncio.Lock()

    async def page(self, *, q: str | None, after: str | None, limit: int) -> ListedLogs:
        """At most `limit` files whose name holds `q`, beginning behind the cursor `after`."""
        async with self._looking:
            if self._kept is None or time.monotonic() >= self._kept.until:
                self._kept = await asyncio.to_thread(self._look)
            snapshot = self._kept
        return await asyncio.to_thread(self._page, snapshot, q, after, limit)

    def _look(self) -> _Snapshot:
        began = time.monotonic()
        others: dict[str, str] = {}
        names = []
        try:
            with os.scandir(self._path) as entries:
                for entry in entries:
                    if not (entry.name.endswith(_SUFFIX) and _is_text(entry.name)):
                        continue
                    if not entry.is_file(follow_symlinks=False):
                        continue
                    if run_id_in(entry.name) is None:
                        others[entry.name] = _id_of_its_time(entry)
                    names.append(entry.name)
        except OSError:
            names = []  # an unreadable folder has none

        def key(name: str) -> tuple[str, str]:
            return run_id_in(name) or others.get(name, ""), name

        names.sort(key=key)
        now = time.monotonic()
        return _Snapshot(names, key, now + _PART_OF_TIME * (now - began))

    def _page(
        self, snapshot: _Snapshot, q: str | None, after: str | None, limit: int
    ) -> ListedLogs:
        names, end = snapshot.names, len(snapshot.names)
        if after is not None:
            end = bisect.bisect_left(names, _from_cursor(after), key=snapshot.key)
        wanted = None if q is None else q.casefold()
        found: list[ListedLog] = []
        last = ""
        for place in range(end - 1, -1, -1):
            name = names[place]
            if wanted is not None and wanted not in name.casefold():
                continue
            if len(found) == limit:
                return ListedLogs(items=found, next_cursor="/".join(snapshot.key(last)))
            listed = self._file(name)
            if listed is not None:
                found.append(listed)
                last = name
        return ListedLogs(items=found, next_cursor=None)

    def _file(self, name: str) -> ListedLog | None:
        try:
            stat = os.lstat(self._path / name)
        except OSError:  # gone meanwhile
            return None
        return ListedLog(
            name=name,
            size_bytes=stat.st_size,
            modified_at=datetime.fromtimestamp(stat.st_mtime, UTC),
            run_id=run_id_in(name),
        )


def run_id_in(name: str) -> str | None:
    """The run of `<task>_<run id>.log`; None for the name of another file."""
    run_id = name.removesuffix(_SUFFIX).rpartition("_")[2]
    return run_id if is_run_id(run_id) else None


def _is_text(name: str) -> bool:
    """Names may be any bytes; those that are no UTF-8 can't be said in JSON."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _id_of_its_time(entry: os.DirEntry[str]) -> str:
    try:
        return lowest_id(max(0, int(entry.stat(follow_symlinks=False).st_mtime * 1000)))
    except OSError:
        return ""


def _from_cursor(after: str) -> tuple[str, str]:
    run_id, _, name = after.partition("/")
    return run_id, name
