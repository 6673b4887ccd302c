"""The folder of logs as files: what lies there, and the server's own log."""

from __future__ import annotations

import asyncio
import heapq
import os
from collections import deque
from dataclasses import dataclass
from pathlib import Path

_SUFFIX = ".log"
_APP_LOG = "app.log"
_LONGEST_NAME = 255  # bytes, what file systems take


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFile:
    name: str
    size: int  # bytes
    modified_at: float  # seconds since 1970


@dataclass(frozen=True, slots=True, kw_only=True)
class LogTail:
    text: str
    total_lines: int


class LogFolder:
    def __init__(self, path: Path) -> None:
        self._path = path

    async def files(self, *, at_most: int) -> list[LogFile]:
        """The newest ones, newest first; an unreadable folder has none."""
        return await asyncio.to_thread(self._files, at_most)

    async def app_tail(self, lines: int, *, at_most_bytes: int) -> LogTail | None:
        """The last lines of the server's own log; None when there is none."""
        return await asyncio.to_thread(self._app_tail, lines, at_most_bytes)

    async def find(self, name: str) -> Path | None:
        """The regular file of exactly this name, which never leaves the folder."""
        fits = name.endswith(_SUFFIX) and len(name.encode()) <= _LONGEST_NAME
        if not fits or "/" in name or "\0" in name:
            return None
        path = self._path / name
        is_there = await asyncio.to_thread(lambda: path.is_file() and not path.is_symlink())
        return path if is_there else None

    def _files(self, at_most: int) -> list[LogFile]:
        try:
            with os.scandir(self._path) as entries:
                found = (file for entry in entries if (file := _log_file(entry)) is not None)
                return heapq.nlargest(at_most, found, key=lambda file: file.modified_at)
        except OSError:
            return []

    def _app_tail(self, lines: int, at_most_bytes: int) -> LogTail | None:
        total = 0
        last: deque[bytes] = deque(maxlen=lines)
        try:
            with (self._path / _APP_LOG).open("rb") as file:
                for line in file:
                    total += 1
                    last.append(line)
        except OSError:
            return None
        data = b"".join(last)[-at_most_bytes:]
        return LogTail(text=data.decode(errors="replace"), total_lines=total)


def _log_file(entry: os.DirEntry[str]) -> LogFile | None:
    if not entry.name.endswith(_SUFFIX):
        return None
    try:
        if not entry.is_file(follow_symlinks=False):
            return None
        stat = entry.stat(follow_symlinks=False)
    except OSError:  # gone meanwhile
        return None
    return LogFile(name=entry.name, size=stat.st_size, modified_at=stat.st_mtime)
