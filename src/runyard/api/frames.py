"""The frames of the live streams: each change is encoded once and shared by all who listen."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from runyard.api.encoding import RunItems, dumps, line_dict, object_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runyard.process.logs import LogPage
    from runyard.store import Change

_KEPT_BYTES = 16 * 1024 * 1024
_TEXT_FRAME = 0x81  # the only frame of a text message
_SHORT, _MEDIUM = 126, 1 << 16

READY = "runyard.frames"
"""Of a `websocket.send` message: bytes of whole frames, where the scope has this extension."""


class Frames:
    """The JSON of changes by their number; keeps the newest ones, up to 16 MiB of them."""

    def __init__(self, items: RunItems, *, default_zone: Callable[[], str]) -> None:
        self._items = items
        self._default_zone = default_zone
        self._made: OrderedDict[int, tuple[bytes, int]] = OrderedDict()  # frame, where JSON begins
        self._size = 0
        self._joined: tuple[tuple[int, ...], bytes] = ((), b"")

    def of(self, change: Change) -> bytes:
        """`{"seq", "kind", "object"}` as JSON."""
        frame, start = self._make(change)
        return frame[start:]

    def ready(self, batch: Sequence[Change]) -> bytes:
        """The WebSocket frames of these changes (RFC 6455), which are in order."""
        # All who listen to everything are given the same batches, one after the other.
        which = tuple([change.seq for change in batch])
        if self._joined[0] != which:
            self._joined = which, b"".join([self._make(change)[0] for change in batch])
        return self._joined[1]

    def _make(self, change: Change) -> tuple[bytes, int]:
        made = self._made.get(change.seq)
        if made is None:
            body = object_bytes(change.object, self._items, default_zone=self._default_zone)
            text = b'{"seq":%d,"kind":"%b","object":%b}' % (
                change.seq,
                change.kind.encode(),
                body,
            )
            head = _head(len(text))
            made = self._made[change.seq] = head + text, len(head)
            self._size += len(made[0])
            while self._size > _KEPT_BYTES:
                _, (dropped, _) = self._made.popitem(last=False)
                self._size -= len(dropped)
        return made


def _head(length: int) -> bytes:
    if length < _SHORT:
        return bytes((_TEXT_FRAME, length))
    if length < _MEDIUM:
        return bytes((_TEXT_FRAME, 126)) + length.to_bytes(2, "big")
    return bytes((_TEXT_FRAME, 127)) + length.to_bytes(8, "big")


def is_wanted(change: Change, run_id: str | None) -> bool:
    return run_id is None or getattr(change.object, "id", None) == run_id


def log_text(run_id: str, page: LogPage) -> str:
    """`{"log", "lines", "next_offset"}` as text."""
    document = {
        "log": run_id,
        "lines": [line_dict(line) for line in page.lines],
        "next_offset": page.next_offset,
    }
    return dumps(document).decode()
