"""Reads run logs: `<x>.log`, the raw bytes, with `<x>.log.idx`, the time and stream of each chunk.

A page is what lies between two byte offsets, as lines rebuilt per stream. A page ends, where it
can, after a line break at which no stream is in the middle of a line; where it can't (a prompt, a
progress bar, a line longer than the page) its last pieces are `partial` and go on in the next
page. So reading from `next_offset` again and again gives each byte of each stream exactly once,
wherever one starts. All reading is by offset: the cost does not grow with the size of the log.
"""

from __future__ import annotations

import asyncio
import os
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from pathlib import Path

INDEX_RECORD = struct.Struct("<QQ")  # offset of the chunk, microseconds since 1970 << 2 | stream
LONGEST_LINE = 64 * 1024  # bytes; what is longer comes in partial pieces
_PAGE = 256 * 1024
_TAIL_WINDOW = 64 * 1024
_TAIL_MOST = 16 * 1024 * 1024
_RECORDS_AT_ONCE = 4096
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_US = 253_402_300_800_000_000  # the year 10000: no time of ours


class Stream(IntEnum):
    PLATFORM = 0  # lines that Runyard itself writes
    STDOUT = 1
    STDERR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line, or a piece of one.

    `offset` is that of its first byte in the log, `at` the time at which that byte arrived.
    `text` is without its line break; a carriage return stays in it; bytes that are not UTF-8 are
    replaced. `partial`: no line break yet, the next line of the same stream goes on with this one.
    """

    offset: int
    at: datetime
    stream: Stream
    text: str
    partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """Lines in the order in which they began; `next_offset` is where the next page starts."""

    lines: list[LogLine]
    next_offset: int
    size: int  # of the log, when the page was read


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes that arrived together on one stream."""

    offset: int
    at: datetime
    stream: Stream
    data: bytes


def size(path: Path) -> int:
    """0 when there is no log: it is made with the first output."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def read(
    path: Path, offset: int, limit_bytes: int = _PAGE, *, whole_lines: bool = False
) -> LogPage:
    """The page that starts at `offset` and spans at most `limit_bytes`.

    `whole_lines` is for a log that still grows: what has no line break yet at its end is left for
    the next page, as long as it fits into `limit_bytes`.
    """
    with open_log(path) as log:
        offset = max(0, min(offset, log.size))
        limit = min(log.size, offset + max(1, limit_bytes))
        chunks = log.chunks(offset, limit)
        end = _clean_end(chunks)
        if end is None:
            end = _forced_end(chunks) if limit < log.size else limit
            if not chunks or (whole_lines and limit == log.size):
                end = offset
        return LogPage(lines=lines_of(chunks, end), next_offset=end, size=log.size)


def tail(path: Path, lines: int) -> LogPage:
    """The last `lines` lines, of at most the last 16 MiB of the log."""
    if lines <= 0:
        return LogPage(lines=[], next_offset=size(path), size=size(path))
    with open_log(path) as log:
        most = min(_TAIL_MOST, (lines + 1) * LONGEST_LINE)
        span = _TAIL_WINDOW
        while True:
            start = max(0, log.size - min(span, most))
            chunks = log.chunks(start, log.size)
            found = lines_of(chunks, log.size)
            if start > 0:
                found = _without_cut_off_heads(found)
            if len(found) >= lines or start == 0 or span >= most:
                return LogPage(lines=found[-lines:], next_offset=log.size, size=log.size)
            span *= 4


def since(path: Path, at: datetime, limit_bytes: int = _PAGE) -> LogPage:
    """The page that starts with the first output at or after `at`."""
    with open_log(path) as log:
        offset = log.offset_at(at)
    return read(path, offset, limit_bytes)


async def follow(
    path: Path,
    offset: int,
    *,
    wake: asyncio.Event,
    ended: Callable[[], bool],
    poll_s: float = 1.0,
    patience_s: float = 0.25,
) -> AsyncIterator[LogPage]:
    """Pages from `offset` on, as the log grows; finishes when all is read after `ended()`.

    `wake` is a hint that there may be more (it is cleared here, so each follower needs its own);
    without it the log is looked at every `poll_s`. Output without a line break is shown after
    `patience_s`.
    """
    loop = asyncio.get_running_loop()
    held_since: float | None = None
    while True:
        wake.clear()
        over = ended()  # before the log is read: what came before the end is in it by now
        page = await asyncio.to_thread(read, path, offset, whole_lines=True)
        held_back = page.next_offset == offset < page.size
        if held_back:
            held_since = held_since or loop.time()
            if over or loop.time() - held_since >= patience_s:
                page = await asyncio.to_thread(read, path, offset)
        if page.next_offset > offset:
            offset, held_since = page.next_offset, None
            yield page
            continue
        if over:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), patience_s if held_back else poll_s)


def _clean_end(chunks: list[Chunk]) -> int | None:
    """After the last line break at which every stream was at one."""
    clean, in_a_line = None, set[Stream]()
    for chunk in chunks:
        newline = chunk.data.rfind(b"\n")
        if newline >= 0:
            in_a_line.discard(chunk.stream)
            if not in_a_line:
                clean = chunk.offset + newline + 1
        if newline + 1 < len(chunk.data):
            in_a_line.add(chunk.stream)
    return clean


def _forced_end(chunks: list[Chunk]) -> int:
    """The end of `chunks`, which are not empty, if possible not within a character."""
    last = chunks[-1]
    end = last.offset + len(last.data)
    between = end - _unfinished_character(last.data)
    return between if between > chunks[0].offset else end


class _Assembly:
    """The line that one stream is in the middle of."""

    __slots__ = ("at", "offset", "pieces", "size", "stream")

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.pieces: list[bytes] = []
        self.size = 0
        self.offset = 0
        self.at = _EPOCH

    def add(self, data: bytes, offset: int, at: datetime) -> None:
        if not self.pieces:
            self.offset, self.at = offset, at
        self.pieces.append(data)
        self.size += len(data)

    def take(self, *, partial: bool) -> LogLine:
        data = self.pieces[0] if len(self.pieces) == 1 else b"".join(self.pieces)
        self.pieces, self.size = [], 0
        return LogLine(
            offset=self.offset,
            at=self.at,
            stream=self.stream,
            text=data.decode("utf-8", "replace"),
            partial=partial,
        )


def lines_of(chunks: list[Chunk], end: int) -> list[LogLine]:
    """The lines that the bytes before `end` make, in the order in which they begin."""
    found: list[LogLine] = []
    open_lines: dict[Stream, _Assembly] = {}
    for chunk in chunks:
        data = chunk.data[: max(0, end - chunk.offset)]
        assembly = open_lines.setdefault(chunk.stream, _Assembly(chunk.stream))
        offset = chunk.offset
        *whole, rest = data.split(b"\n")
        for text in whole:
            found.extend(_append(assembly, text, offset, chunk.at))
            if not assembly.pieces:
                assembly.add(b"", offset, chunk.at)
            found.append(assembly.take(partial=False))
            offset += len(text) + 1
        if rest:
            found.extend(_append(assembly, rest, offset, chunk.at))
    found.extend(a.take(partial=True) for a in open_lines.values() if a.pieces)
    found.sort(key=lambda line: line.offset)
    return found


def _append(assembly: _Assembly, data: bytes, offset: int, at: datetime) -> Iterator[LogLine]:
    """Add `data`; gives partial pieces for as long as the line is too long."""
    while assembly.size + len(data) > LONGEST_LINE:
        room = LONGEST_LINE - assembly.size
        cut = room - _unfinished_character(data[:room])
        if cut > 0:
            assembly.add(data[:cut], offset, at)
        yield assembly.take(partial=True)
        data, offset = data[max(cut, 0) :], offset + max(cut, 0)
    if data:
        assembly.add(data, offset, at)


def _without_cut_off_heads(lines: list[LogLine]) -> list[LogLine]:
    """Without the first line of each stream, whose beginning may lie before what was read."""
    begun: set[Stream] = set()
    kept = []
    for line in lines:
        if line.stream in begun:
            kept.append(line)
        else:
            begun.add(line.stream)
    return kept or lines


def _unfinished_character(data: bytes) -> int:
    """How many bytes at the end begin a UTF-8 character that is not complete: 0 to 3."""
    for back in range(1, min(3, len(data)) + 1):
        byte = data[-back]
        if byte & 0b1100_0000 == 0b1000_0000:
            continue  # a continuation byte: the first byte of the character is further back
        length = 2 if byte >> 5 == 0b110 else 3 if byte >> 4 == 0b1110 else 4
        return back if byte >> 6 == 0b11 and back < length else 0
    return 0


class OpenLog:
    """An open log and its index. A missing or damaged index costs times and streams, never text."""

    def __init__(self, log: int | None, index: int | None) -> None:
        self._log = log
        self._index = index
        stat = None if log is None else os.fstat(log)
        self.size = 0 if stat is None else stat.st_size
        self._modified = _EPOCH
        if stat is not None:
            self._modified = datetime.fromtimestamp(stat.st_mtime, UTC)
        self._records = 0
        if index is not None:
            self._records = os.fstat(index).st_size // INDEX_RECORD.size

    def bytes_at(self, start: int, end: int) -> bytes:
        """The bytes from `start` to `end`, as far as they are there."""
        if self._log is None or start >= end:
            return b""
        return os.pread(self._log, end - start, start)

    def chunks(self, start: int, end: int) -> list[Chunk]:
        """The bytes from `start` to `end`, cut where time or stream change."""
        data = self.bytes_at(start, end)
        end = start + len(data)
        found = []
        at, stream, begin = self._modified, Stream.STDOUT, start
        for offset, stamp in self._records_from(start):
            if offset >= end:
                break
            if begin < offset:
                found.append(Chunk(begin, at, stream, data[begin - start : offset - start]))
                begin = offset
            if _believable(stamp):
                at, stream = _EPOCH + timedelta(microseconds=stamp >> 2), Stream(stamp & 3)
        if begin < end:
            found.append(Chunk(begin, at, stream, data[begin - start :]))
        return found

    def offset_at(self, at: datetime) -> int:
        """Where the first chunk at or after `at` begins; the size if there is none."""
        wanted = (at - _EPOCH) // timedelta(microseconds=1)
        if self._records == 0:
            return 0 if self._modified >= at else self.size
        number = self._first(lambda _, stamp: stamp >> 2 >= wanted)
        if number == self._records:
            return self.size
        return min(self._record(number)[0], self.size)

    def _records_from(self, start: int) -> Iterator[tuple[int, int]]:
        """The record that covers `start`, and those that follow, as (offset, stamp)."""
        if self._index is None:
            return
        number = max(0, self._first(lambda offset, _: offset > start) - 1)
        while number < self._records:
            count = min(_RECORDS_AT_ONCE, self._records - number)
            block = os.pread(self._index, count * INDEX_RECORD.size, number * INDEX_RECORD.size)
            whole = len(block) // INDEX_RECORD.size
            if whole == 0:
                return
            yield from INDEX_RECORD.iter_unpack(block[: whole * INDEX_RECORD.size])
            number += whole

    def _first(self, holds: Callable[[int, int], bool]) -> int:
        """The number of the first record for which `holds`, which must stay true from there on."""
        low, high = 0, self._records
        while low < high:
            middle = (low + high) // 2
            if holds(*self._record(middle)):
                high = middle
            else:
                low = middle + 1
        return low

    def _record(self, number: int) -> tuple[int, int]:
        if self._index is None:
            return 0, 0
        block = os.pread(self._index, INDEX_RECORD.size, number * INDEX_RECORD.size)
        if len(block) < INDEX_RECORD.size:  # cut off while we read
            return 0, 0
        offset, stamp = INDEX_RECORD.unpack(block)
        return offset, stamp


def _believable(stamp: int) -> bool:
    return stamp & 3 != 3 and stamp >> 2 < _LATEST_US


@contextmanager
def open_log(path: Path) -> Iterator[OpenLog]:
    # The log before the index: by then the record of its last bytes is there, too.
    log = _descriptor(path)
    index = _descriptor(Path(f"{path}.idx")) if log is not None else None
    try:
        yield OpenLog(log, index)
    finally:
        for descriptor in (log, index):
            if descriptor is not None:
                os.close(descriptor)


def _descriptor(path: Path) -> int | None:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
