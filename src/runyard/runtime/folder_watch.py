"""When to look at a folder again: at hints from the kernel, and from time to time in any case."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

from watchfiles import Change, awatch

log = logging.getLogger("runyard.catalog")

_QUIET_MS = 50  # a burst of saves is over when nothing happened for this long
_BURST_MS = 400  # but nobody waits longer than this
_RESCAN_MS = 5_000  # hints get lost; a look is the truth
_POLL_S = 1.0


async def looks(folder: Path) -> AsyncIterator[None]:
    """Yields whenever it is time to look: soon after a change, and at least every 5 seconds.

    Where the kernel gives no hints (no inotify watches left, the folder is not there) it yields
    every second and tries for hints again. The first look is due at once.
    """
    yield
    complained = False
    while True:
        try:
            identity = _identity(folder)
            async for _ in awatch(
                folder,
                watch_filter=_is_script,
                debounce=_BURST_MS,
                step=_QUIET_MS,
                rust_timeout=_RESCAN_MS,
                yield_on_timeout=True,
                recursive=False,
            ):
                yield
                if _identity(folder) != identity:
                    break  # the folder itself was replaced: the watch is on the old one
        except (OSError, RuntimeError) as error:
            # watchfiles raises RuntimeError for what its Rust side could not do.
            if not complained:
                log.warning("no change hints for %s (%s); looking every second", folder, error)
                complained = True
        await asyncio.sleep(_POLL_S)
        yield


def _is_script(change: Change, path: str) -> bool:
    del change
    name = path.rpartition("/")[2]
    return name.endswith(".py") and name[0] not in "._"


def _identity(folder: Path) -> tuple[int, int]:
    facts = folder.stat()
    return facts.st_dev, facts.st_ino
