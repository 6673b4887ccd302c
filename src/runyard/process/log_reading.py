"""Reads a run's log at any place: backwards by pages, from the start of a line, and by blocks."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from runyard.process.logs import (
    LONGEST_LINE,
    Chunk,
    LogLine,
    Stream,
    lines_of,
    open_log,
)

_WINDOW = 64 * 1024
MOST_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSpan:
    """The lines that the bytes from `start` to `end` make. `end` is the size or what was asked."""

    lines: list[LogLine]
    start: int
    end: int
    size: int


def before(path: Path, offset: int, lines: int, *, most_bytes: int = MOST_BYTES) -> LogSpan:
    """At least the last `lines` lines before `offset`, of at most `most_bytes`.

    Reading on before `start` again and again gives each byte of each stream exactly once. A page
    starts, if it can, where no stream is in the middle of a line, so it may have a few lines more
    than were asked; a line that is longer than `most_bytes` comes in pieces, each on a page.
    """
    with open_log(path) as log:
        end = max(0, min(offset, log.size))
        span = min(_WINDOW, most_bytes)
        while True:
            start = max(0, end - span)
            chunks = log.chunks(start, end)
            place = _page_start(chunks, lines, whole=start == 0)
            if place is None and span >= most_bytes:
                starts, _ = _places(chunks, whole=False)
                place = starts[0] if starts else start + _character_start(chunks)
            if place is not None:
                kept = _from(chunks, place)
                return LogSpan(lines=lines_of(kept, end), start=place, end=end, size=log.size)
            span = min(span * 4, most_bytes)


def line_start(path: Path, offset: int) -> int:
    """Where the first line that starts at or after `offset` starts.

    `offset` itself where no line starts within the next 64 KiB; never past the end.
    """
    with open_log(path) as log:
        offset = max(0, min(offset, log.size))
        if offset == 0:
            return 0
        start = offset - 1
        data = b"".join(chunk.data for chunk in log.chunks(start, start + LONGEST_LINE + 1))
        newline = data.find(b"\n")
        if newline < 0:
            return log.size if start + len(data) == log.size else offset
        return start + newline + 1


def moments(path: Path, offsets: Sequence[int]) -> list[tuple[datetime, Stream]]:
    """When the bytes at these offsets arrived, and on which stream."""
    with open_log(path) as log:
        found = []
        for offset in offsets:
            chunks = log.chunks(offset, offset + 1)
            if chunks:
                found.append((chunks[0].at, chunks[0].stream))
            else:  # cut off meanwhile
                found.append((datetime.now(UTC), Stream.PLATFORM))
        return found


@dataclass(frozen=True, slots=True)
class Block:
    """Bytes from `offset` on: whole lines, except of lines that are longer than a block."""

    offset: int
    data: bytes


def blocks_forward(path: Path, start: int, end: int, *, most: int) -> Iterator[Block]:
    """What lies between two starts of lines, first to last, in blocks of at most `most` bytes."""
    with open_log(path) as log:
        while start < end:
            data = log.bytes_at(start, min(end, start + most))
            if not data:
                return
            cut = data.rfind(b"\n") + 1
            if start + len(data) < end and cut:
                data = data[:cut]
            yield Block(start, data)
            start += len(data)


def blocks_backward(path: Path, start: int, end: int, *, most: int) -> Iterator[Block]:
    """The same, last to first."""
    with open_log(path) as log:
        while start < end:
            first = max(start, end - most)
            data = log.bytes_at(first, end)
            if not data:
                return
            if first > start:
                cut = data.find(b"\n", 0, len(data) - 1) + 1
                data, first = data[cut:], first + cut
            yield Block(first, data)
            end = first


def read_bytes(path: Path, start: int, end: int) -> bytes:
    """Fewer, or none, where the file is shorter. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        return os.pread(descriptor, max(0, end - start), start)
    finally:
        os.close(descriptor)


def _page_start(chunks: Sequence[Chunk], lines: int, *, whole: bool) -> int | None:
    """Where the last `lines` lines start, or a little before, where no stream is in a line."""
    starts, clean = _places(chunks, whole=whole)
    if len(starts) < lines:
        return 0 if whole else None
    wanted = starts[-lines]
    near = [place for place in clean if wanted - LONGEST_LINE <= place <= wanted]
    return near[-1] if near else wanted


def _places(chunks: Sequence[Chunk], *, whole: bool) -> tuple[list[int], list[int]]:
    """Where lines start, and those places where no stream is in the middle of one, in order.

    Unless it is `whole`, what the first stream has up to its first line break began before.
    """
    starts: list[int] = []
    clean: list[int] = []
    in_a_line: set[Stream] = set()
    if chunks and not whole:
        in_a_line.add(chunks[0].stream)
    for chunk in chunks:
        place = 0
        while place < len(chunk.data):
            if chunk.stream not in in_a_line:
                starts.append(chunk.offset + place)
                if not in_a_line:
                    clean.append(chunk.offset + place)
            newline = chunk.data.find(b"\n", place)
            if newline < 0:
                in_a_line.add(chunk.stream)
                break
            in_a_line.discard(chunk.stream)
            place = newline + 1
    return starts, clean


def _character_start(chunks: Sequence[Chunk]) -> int:
    """How many bytes at the beginning go on with a character that began before."""
    head = chunks[0].data[:3] if chunks else b""
    count = 0
    while count < len(head) and head[count] & 0b1100_0000 == 0b1000_0000:
        count += 1
    return count


def _from(chunks: Sequence[Chunk], place: int) -> list[Chunk]:
    """What of the chunks lies at or behind `place`."""
    kept = []
    for chunk in chunks:
        cut = max(0, place - chunk.offset)
        if cut < len(chunk.data):
            kept.append(Chunk(chunk.offset + cut, chunk.at, chunk.stream, chunk.data[cut:]))
    return kept
