"""What a client reads as it happens, without I/O: where to listen, what an event means, resuming.

A reader says which request to make now and what each server-sent event holds; after a broken
connection it asks from where it was, so nothing is lost or given twice.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from runyard.sdk.calls import path, query
from runyard.sdk.objects import Change, LogLine

T_co = TypeVar("T_co", covariant=True)


class Reader(Protocol[T_co]):
    @property
    def path(self) -> str: ...

    def is_done(self) -> bool: ...

    def query(self) -> dict[str, str | list[str]]: ...

    def read(self, event: str, data: str) -> Sequence[T_co]: ...


class ChangeReader:
    """Reads changes after `since` (None: from now on), without end."""

    path = "/api/v1/events"

    def __init__(
        self,
        *,
        since: int | None = None,
        kinds: Sequence[str] = (),
        run_id: str | None = None,
    ) -> None:
        self.since = since
        self._kinds = kinds
        self._run_id = run_id

    def is_done(self) -> bool:
        return False

    def query(self) -> dict[str, str | list[str]]:
        return query(since=self.since, kinds=",".join(self._kinds) or None, run_id=self._run_id)

    def read(self, event: str, data: str) -> Sequence[Change]:
        """The change in an event. The greeting only says where the feed is."""
        del event
        content = _content(data)
        if "hello" in content:
            if self.since is None:
                self.since = int(content["hello"]["seq"])
            return ()
        if "seq" not in content or "object" not in content:
            return ()
        change = Change.of(content)
        self.since = max(self.since or 0, change.seq)
        return (change,)


class LogReader:
    """Reads a run's log from a byte offset on, until the run is over and all of it is read."""

    def __init__(self, run_id: str, *, offset: int = 0) -> None:
        self.path = "/api/v1" + path("runs", run_id, "log")
        self.offset = offset
        self._done = False

    def is_done(self) -> bool:
        return self._done

    def query(self) -> dict[str, str | list[str]]:
        return {"follow": "true", "offset": str(self.offset)}

    def read(self, event: str, data: str) -> Sequence[LogLine]:
        """The lines in an event: one object a line, or `{"lines": [...], "next_offset": N}`."""
        content = _content(data)
        lines = content.get("lines", [content] if "text" in content else [])
        found = [LogLine.of(line) for line in lines]
        if "next_offset" in content:
            self.offset = int(content["next_offset"])
        elif found:
            self.offset = found[-1].offset + len(found[-1].text.encode()) + 1
        self._done = self._done or event == "end" or bool(content.get("complete"))
        return found


def _content(data: str) -> dict[str, Any]:
    content = json.loads(data) if data else {}
    return content if isinstance(content, dict) else {}


class Patience:
    """How long to go on when the server is away: a restart is waited for, an absence is not.

    `pause_s` answers how long to wait before the next try; None: give up. A server that never
    answered is not waited for; `known`: it has answered before.
    """

    _FIRST_S = 0.05
    _LONGEST_S = 1.0

    def __init__(self, limit_s: float, *, known: bool = False) -> None:
        self._limit_s = limit_s
        self._since: float | None = None
        self._next_s = self._FIRST_S
        self._answered = known

    def connected(self) -> None:
        """The server is there, though it has said nothing yet: a log may be silent for long."""
        self._answered = True
        self._since = None

    def answered(self) -> None:
        self.connected()
        self._next_s = self._FIRST_S

    def pause_s(self, now: float) -> float | None:
        self._since = now if self._since is None else self._since
        if not self._answered or now - self._since > self._limit_s:
            return None
        pause = self._next_s
        self._next_s = min(self._LONGEST_S, pause * 2)
        return pause


class PollPace:
    """How long to wait before looking again: at most a third of the time waited so far."""

    def __init__(self) -> None:
        self._next_s = 0.01

    def next_s(self) -> float:
        pause = self._next_s
        self._next_s = min(0.5, pause * 1.5)
        return pause
