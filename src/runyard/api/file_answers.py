"""Files as downloads: read piece by piece, exactly as many bytes as were announced."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import StreamingResponse

from runyard.domain.errors import NotFound

if TYPE_CHECKING:
    from starlette.responses import Response

_CHUNK = 256 * 1024


async def text_download(files: Sequence[Path], *, name: str) -> Response:
    """The files, one after the other, as one text file of this name. Raises `NotFound`.

    A symbolic link counts as gone: it might lead anywhere.
    """
    sizes = await asyncio.to_thread(lambda: [_size(path) for path in files])
    if None in sizes or not files:
        raise NotFound(f"there is no file {name}")
    parts = [(path, size) for path, size in zip(files, sizes, strict=True) if size is not None]
    return StreamingResponse(
        _contents(parts),
        media_type="text/plain; charset=utf-8",
        headers={
            "content-length": str(sum(size for _, size in parts)),
            "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        },
    )


def _size(path: Path) -> int | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


async def _contents(parts: Sequence[tuple[Path, int]]) -> AsyncIterator[bytes]:
    """Logs grow while they are read; one that is cut off lacks bytes, which the client sees."""
    from runyard.process.log_reading import read_bytes  # noqa: PLC0415 - with the first download

    for path, size in parts:
        offset = 0
        while offset < size:
            end = min(size, offset + _CHUNK)
            chunk = await asyncio.to_thread(read_bytes, path, offset, end)
            if not chunk:
                return
            offset += len(chunk)
            yield chunk
