"""The frames of the live streams: each change is encoded once and shared by all who listen."""

from __future__ import annotations

from runyard.process.logs import LogPage
from runyard.store import Change

from runyard.api.encoding import dumps, line_dict, object_dict

_KEPT = 8192


class Frames:
    """The JSON of changes by their number; keeps the newest ones."""

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}

    def of(self, change: Change) -> str:
        """`{"seq", "kind", "object"}` as text."""
        text = self._texts.get(change.seq)
        if text is None:
            text = change_text(change)
            if len(self._texts) >= _KEPT:
                for old in list(self._texts)[: _KEPT // 2]:
                    del self._texts[old]
            self._texts[change.seq] = text
        return text


def change_text(change: Change) -> str:
    return dumps(
        {"seq": change.seq, "kind": str(change.kind), "object": object_dict(change.object)}
    ).decode()


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
