"""Searching the log of a run: block by block, within limits of bytes, hits and time per call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path

from runyard.domain.errors import Invalid
from runyard.process import log_reading, logs
from runyard.process.log_reading import Block
from runyard.process.logs import LONGEST_LINE, Stream

MOST_BYTES = 64 * 1024 * 1024
WITHIN_S = 2.0
_AT_ONCE = 2
_EXCERPT_BEFORE = 100  # characters
_EXCERPT = 400
_BLOCK = 1024 * 1024
_PATTERN_BLOCK = 16 * 1024
_PATTERN_MEMORY = 128 * 1024  # bounds the size of a pattern, and so what a byte costs: 0.2 ms


class Direction(StrEnum):
    FORWARD = "forward"
    BACKWARD = "backward"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`start` None: from the beginning of the log, or backwards from its end."""

    text: str
    case: bool = False
    regex: bool = False
    start: int | None = None
    direction: Direction = Direction.FORWARD
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A line with a match. `offset` is where the line starts in the log (of a line longer than
    64 KiB, a place within 64 KiB before the match); `text[start:end]` is the first match in it."""

    offset: int
    at: datetime
    stream: Stream
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`next_offset` goes on where this stopped; `complete`: nothing is left in that direction."""

    hits: list[Hit]
    next_offset: int
    complete: bool
    scanned_bytes: int


@dataclass(frozen=True, slots=True)
class _Match:
    """Places in the log: of the line and of what matched in it."""

    line: int
    start: int
    end: int


Matcher = Callable[[Block], Iterator[tuple[int, int]]]
"""The first match in each line of a block, as places in the block."""


class LogSearch:
    """Two searches at a time; the others wait for their turn."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def search(self, path: Path, wanted: Wanted) -> Found:
        """Raises `Invalid` for a pattern that can't be read or is too large."""
        async with self._turns:
            return await asyncio.to_thread(search, path, wanted)


def search(path: Path, wanted: Wanted, *, most_bytes: int = MOST_BYTES) -> Found:
    """What `LogSearch.search` does, in the calling thread."""
    deadline = time.monotonic() + WITHIN_S
    matcher = _matcher(wanted)
    forward = wanted.direction is Direction.FORWARD
    block_bytes = _PATTERN_BLOCK if _needs_pattern(wanted) else _BLOCK
    size = logs.size(path)
    if forward:
        begin, end = min(wanted.start or 0, size), size
        blocks = log_reading.blocks_forward(path, begin, end, most=block_bytes)
    else:
        begin, end = 0, size if wanted.start is None else min(wanted.start, size)
        blocks = log_reading.blocks_backward(path, begin, end, most=block_bytes)
    matches: list[_Match] = []
    scanned, place = 0, begin if forward else end
    for block in blocks:
        room = wanted.limit - len(matches)
        pairs = islice(matcher(block), room + 1) if forward else matcher(block)
        found = [_match(block, *pair) for pair in pairs]
        matches += found[:room] if forward else found[::-1][:room]
        scanned += len(block.data)
        place = block.offset + len(block.data) if forward else block.offset
        if len(found) > room or len(matches) >= wanted.limit:
            place = _after(path, matches[-1], size) if forward else matches[-1].line
            break
        if scanned >= most_bytes or time.monotonic() >= deadline:
            break
    return Found(
        hits=_hits(path, matches),
        next_offset=place,
        complete=place >= end if forward else place <= 0,
        scanned_bytes=scanned,
    )


def _match(block: Block, start: int, end: int) -> _Match:
    line = block.data.rfind(b"\n", 0, start) + 1
    line = max(line, start - LONGEST_LINE)
    return _Match(block.offset + line, block.offset + start, block.offset + end)


def _after(path: Path, match: _Match, size: int) -> int:
    """Where the line behind a match starts; of a very long line, the end of the match."""
    data = log_reading.read_bytes(path, match.end, min(size, match.end + LONGEST_LINE))
    newline = data.find(b"\n")
    if newline >= 0:
        return match.end + newline + 1
    return size if match.end + len(data) >= size else match.end


def _matcher(wanted: Wanted) -> Matcher:
    if _needs_pattern(wanted):
        return _pattern_matcher(wanted)
    if wanted.case or not _has_case(wanted.text):
        return _bytes_matcher(wanted.text.encode())
    return _caseless_matcher(wanted.text.lower().encode())


def _needs_pattern(wanted: Wanted) -> bool:
    foreign_letters = not wanted.text.isascii() and _has_case(wanted.text)
    return wanted.regex or (foreign_letters and not wanted.case)


def _has_case(text: str) -> bool:
    return text.lower() != text.upper()


def _bytes_matcher(needle: bytes) -> Matcher:
    def matches(block: Block) -> Iterator[tuple[int, int]]:
        return _find_all(block.data, needle)

    return matches


def _caseless_matcher(needle: bytes) -> Matcher:
    def matches(block: Block) -> Iterator[tuple[int, int]]:
        return _find_all(block.data.lower(), needle)  # of ASCII letters only: places stay

    return matches


def _find_all(data: bytes, needle: bytes) -> Iterator[tuple[int, int]]:
    place = data.find(needle)
    while place >= 0:
        yield place, place + len(needle)
        newline = data.find(b"\n", place + len(needle))
        if newline < 0:
            return
        place = data.find(needle, newline + 1)


def _pattern_matcher(wanted: Wanted) -> Matcher:
    """By RE2, whose time grows with the text only, as a backtracking matcher's does not."""
    import re2  # noqa: PLC0415 - most servers are never asked for a pattern

    options = re2.Options()
    options.case_sensitive = wanted.case
    options.never_nl = True  # a match stays within its line, whatever is in the pattern
    options.max_mem = _PATTERN_MEMORY
    options.log_errors = False
    text = wanted.text if wanted.regex else re2.escape(wanted.text)
    try:
        pattern = re2.compile(f"(?m){text}".encode(), options)
    except re2.error as error:
        message = _said(error)
        raise Invalid(
            f"this is no regular expression that can be searched for: {message}",
            hint="the syntax is that of RE2: without look-around and references to groups",
            problems=[{"where": "q", "message": message}],
        ) from None

    def matches(block: Block) -> Iterator[tuple[int, int]]:
        data = block.data
        place = 0
        while place < len(data):
            found = pattern.search(data, place)
            if found is None or (found.start() >= len(data) > 0 and data.endswith(b"\n")):
                return
            yield found.span()
            newline = data.find(b"\n", found.end())
            if newline < 0:
                return
            place = newline + 1

    return matches


def _said(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


def _hits(path: Path, matches: list[_Match]) -> list[Hit]:
    moments = log_reading.moments(path, [match.start for match in matches])
    return [
        _hit(path, match, at=at, stream=stream)
        for match, (at, stream) in zip(matches, moments, strict=True)
    ]


def _hit(path: Path, match: _Match, *, at: datetime, stream: Stream) -> Hit:
    """The excerpt begins a little before the match, and within its line."""
    first = max(match.line, match.start - 4 * _EXCERPT_BEFORE)
    data = log_reading.read_bytes(path, first, match.end + 4 * _EXCERPT)
    head = data[: match.start - first].decode("utf-8", "replace")[-_EXCERPT_BEFORE:]
    body = data[match.start - first : match.end - first].decode("utf-8", "replace")[:_EXCERPT]
    rest, _, _ = data[match.end - first :].partition(b"\n")
    room = max(0, _EXCERPT - len(head) - len(body))
    text = head + body + rest.rstrip(b"\r").decode("utf-8", "replace")[:room]
    return Hit(
        offset=match.line,
        at=at,
        stream=stream,
        text=text,
        start=len(head),
        end=len(head) + len(body),
    )
