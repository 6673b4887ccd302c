"""The curve of a run's use of the machine: `<log>.use`, a few hundred points of fixed size.

A header (8 bytes that name the format, the seconds between two points as an unsigned 32-bit
number, 4 bytes of zero), then records: microseconds since 1970 (64 bits), resident bytes (64 bits),
processor use in percent of one core (32-bit float), processes (32 bits); little-endian. When the
file is full, pairs of points become one: the mean of the processor, the most of the others.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

MOST_POINTS = 720
_HEADER = struct.Struct("<8sII")
_RECORD = struct.Struct("<QQfI")
_MAGIC = b"RYUSE\x01\0\0"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_US = 253_402_300_800_000_000  # the year 10000: no time of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePoint:
    at: datetime
    cpu_percent: float  # of one core, since the point before
    rss_bytes: int
    processes: int


def path_of(log: Path) -> Path:
    """The curve's file of the run with this log; it goes where the log goes."""
    return Path(f"{log}.use")


def read(path: Path) -> tuple[list[UsagePoint], int]:
    """The points in order of time, and the seconds between them (0: there is no curve).

    What is cut off or no curve of ours counts as none.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_HEADER.size + 2 * MOST_POINTS * _RECORD.size)
    except FileNotFoundError:
        return [], 0
    if len(data) < _HEADER.size:
        return [], 0
    magic, every_s, _ = _HEADER.unpack_from(data)
    if magic != _MAGIC or every_s == 0:
        return [], 0
    whole = (len(data) - _HEADER.size) // _RECORD.size * _RECORD.size
    records = _RECORD.iter_unpack(data[_HEADER.size : _HEADER.size + whole])
    points = [_point(*record) for record in records if record[0] < _LATEST_US]
    return points, every_s


def append(path: Path, point: UsagePoint, *, every_s: int) -> int:
    """Add a point; answers the seconds that should lie before the next one.

    `every_s` is for a new file; one that is there already has its own.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        head = os.pread(descriptor, _HEADER.size, 0)
        if len(head) == _HEADER.size and head.startswith(_MAGIC):
            every_s = _HEADER.unpack(head)[1] or every_s
            torn = (size - _HEADER.size) % _RECORD.size
            if torn:  # a full disk, or a kill: what is after it must be readable
                os.ftruncate(descriptor, size - torn)
            os.write(descriptor, _record(point))
        else:
            os.ftruncate(descriptor, 0)
            os.write(descriptor, _HEADER.pack(_MAGIC, every_s, 0) + _record(point))
    finally:
        os.close(descriptor)
    if size + _RECORD.size < _HEADER.size + MOST_POINTS * _RECORD.size:
        return every_s
    return _halve(path)


def _halve(path: Path) -> int:
    points, every_s = read(path)
    every_s = every_s * 2
    merged = [_merge(points[i : i + 2]) for i in range(0, len(points), 2)]
    fresh = Path(f"{path}.new")
    fresh.write_bytes(_HEADER.pack(_MAGIC, every_s, 0) + b"".join(map(_record, merged)))
    fresh.replace(path)
    return every_s


def _merge(points: list[UsagePoint]) -> UsagePoint:
    return UsagePoint(
        at=points[-1].at,
        cpu_percent=sum(point.cpu_percent for point in points) / len(points),
        rss_bytes=max(point.rss_bytes for point in points),
        processes=max(point.processes for point in points),
    )


def _record(point: UsagePoint) -> bytes:
    at_us = (point.at - _EPOCH) // timedelta(microseconds=1)
    return _RECORD.pack(at_us, point.rss_bytes, point.cpu_percent, point.processes)


def _point(at_us: int, rss_bytes: int, cpu_percent: float, processes: int) -> UsagePoint:
    return UsagePoint(
        at=_EPOCH + timedelta(microseconds=at_us),
        cpu_percent=round(cpu_percent, 1),
        rss_bytes=rss_bytes,
        processes=processes,
    )
