"""The frames of the live streams: each change is encoded once and shared by all who listen."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from runyard.api.encoding import RunItems, dumps, line_dict, object_bytes

if TYPE_CHECKING:
    from runyard.process.logs import LogPage
    from runyard.store import Change

_KEPT_CHARACTERS = 16 * 1024 * 1024


class Frames:
    """The JSON of changes by their number; keeps the newest ones, up to 16 MiB of them."""

    def __init__(self, items: RunItems) -> None:
        self._items = items
        self._texts: OrderedDict[int, str] = OrderedDict()
        self._size = 0

    def of(self, change: Change) -> str:
        """`{"seq", "kind", "object"}` as text."""
        text = self._texts.get(change.seq)
        if text is None:
            body = object_bytes(change.object, self._items).decode()
            text = f'{{"seq":{change.seq},"kind":"{change.kind}","object":{body}}}'
            self._keep(change.seq, text)
        return text

    def _keep(self, seq: int, text: str) -> None:
        self._texts[seq] = text
        self._size += len(text)
        while self._size > _KEPT_CHARACTERS:
            _, dropped = self._texts.popitem(last=False)
            self._size -= len(dropped)


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
