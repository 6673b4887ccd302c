"""The server's own log, and the supervisor's, as records: a traceback belongs to its record."""

from __future__ import annotations

import asyncio
import logging
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

_HEAD = re.compile(
    rb"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d{3}) - (\S+) - "
    rb"(DEBUG|INFO|WARNING|ERROR|CRITICAL) - ",
    re.MULTILINE,
)
_WINDOW = 256 * 1024
_MOST_SCANNED = 16 * 1024 * 1024
_LONGEST_MESSAGE = 64 * 1024  # bytes


class LogSource(StrEnum):
    SERVER = "server"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLogRecord:
    """`at`, `level` and `logger` are None for text that no logger wrote."""

    offset: int
    at: datetime | None
    level: str | None
    logger: str | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLogPage:
    """Records oldest first. What lies before `start` and behind `end` (bytes) is not looked at."""

    records: list[ServerLogRecord]
    start: int
    end: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRecords:
    """The last `count` records before `before` (None: the end), or the first from `offset` on.

    `level`: at least so severe; text that no logger wrote counts as an error.
    """

    count: int
    before: int | None = None
    offset: int | None = None
    level: str | None = None
    q: str | None = None


class ServerLog:
    """`files`: the newest file of each log; rotated ones stand beside, named `.1`, `.2` ..."""

    def __init__(self, files: dict[LogSource, Path]) -> None:
        self._files = files

    async def records(self, source: LogSource, wanted: WantedRecords) -> ServerLogPage:
        """At most 16 MiB are looked through; go on at `start` or `end`. No file: no records."""
        return await asyncio.to_thread(read_records, self._files[source], wanted)

    def files(self, source: LogSource) -> list[Path]:
        """The log with what was rotated away, oldest first."""
        newest = self._files[source]
        older = []
        for number in range(1, 100):
            path = Path(f"{newest}.{number}")
            if not path.is_file():
                break
            older.append(path)
        return [*reversed(older), *([newest] if newest.is_file() else [])]


def read_records(path: Path, wanted: WantedRecords) -> ServerLogPage:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return ServerLogPage(records=[], start=0, end=0, size=0)
    try:
        size = os.fstat(descriptor).st_size
        if wanted.offset is not None:
            return _forward(descriptor, wanted, start=min(wanted.offset, size), size=size)
        end = size if wanted.before is None else min(wanted.before, size)
        return _backward(descriptor, wanted, end=end, size=size)
    finally:
        os.close(descriptor)


def _backward(descriptor: int, wanted: WantedRecords, *, end: int, size: int) -> ServerLogPage:
    kept: list[ServerLogRecord] = []
    last, place, window = end, end, _WINDOW
    while place > 0 and len(kept) < wanted.count and last - place < _MOST_SCANNED:
        first = max(0, place - window)
        found = _split(os.pread(descriptor, place - first, first), first, whole=first == 0)
        if not found and first > 0:
            if window < _MOST_SCANNED:
                window *= 4  # a record that is longer than the window
                continue
            place = first
            continue
        window = _WINDOW
        place = found[0].offset if found else 0
        fitting = [record for record in found if _fits(record, wanted)]
        kept = fitting + kept
    if len(kept) > wanted.count:
        kept = kept[-wanted.count :]
        place = kept[0].offset
    return ServerLogPage(records=kept, start=place, end=end, size=size)


def _forward(descriptor: int, wanted: WantedRecords, *, start: int, size: int) -> ServerLogPage:
    kept: list[ServerLogRecord] = []
    place, window = start, _WINDOW
    while place < size and len(kept) < wanted.count and place - start < _MOST_SCANNED:
        data = os.pread(descriptor, window, place)
        if not data:
            break
        at_end = place + len(data) >= size
        found = _split(data, place, whole=True)
        if not at_end and len(found) == 1 and window < _MOST_SCANNED:
            window *= 4
            continue
        ends = place + len(data)
        if not at_end and len(found) > 1:
            ends = found.pop().offset  # it may go on behind the window
        window = _WINDOW
        for record in found:
            if len(kept) == wanted.count:
                ends = record.offset
                break
            if _fits(record, wanted):
                kept.append(record)
        place = ends
    return ServerLogPage(records=kept, start=start, end=place, size=size)


def _split(data: bytes, offset: int, *, whole: bool) -> list[ServerLogRecord]:
    """The records in `data`; what stands before the first head counts only if it is `whole`."""
    heads = list(_HEAD.finditer(data))
    records = []
    first = heads[0].start() if heads else len(data)
    if whole and first > 0:
        text = _text(data[:first])
        records.append(
            ServerLogRecord(offset=offset, at=None, level=None, logger=None, message=text)
        )
    ends = [*(head.start() for head in heads[1:]), len(data)]
    for head, end in zip(heads, ends, strict=False):
        records.append(
            ServerLogRecord(
                offset=offset + head.start(),
                at=_moment(head[1], head[2]),
                level=head[4].decode(),
                logger=head[3].decode("utf-8", "replace"),
                message=_text(data[head.end() : end]),
            )
        )
    return records


def _text(data: bytes) -> str:
    return data[:_LONGEST_MESSAGE].decode("utf-8", "replace").rstrip("\n")


def _moment(second: bytes, millisecond: bytes) -> datetime | None:
    """The log is written in the zone of the machine."""
    try:
        local = datetime.strptime(second.decode(), "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
        return local.replace(microsecond=1000 * int(millisecond)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _fits(record: ServerLogRecord, wanted: WantedRecords) -> bool:
    if wanted.level is not None:
        level = logging.ERROR if record.level is None else _number(record.level)
        if level < _number(wanted.level):
            return False
    return wanted.q is None or wanted.q.casefold() in (
        f"{record.logger or ''}: {record.message}".casefold()
    )


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level]
