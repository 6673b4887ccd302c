"""What the local engine knows of its attempts and of the supervisor's numbering; no I/O.

The supervisor numbers its events from 1 for as long as it lives (one incarnation). Readers of the
engine see one increasing cursor instead, which goes on over a new supervisor and over the events
that the engine itself adds (REFUSED and LOST, which no supervisor reported).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from runyard.engines.contract import AttemptKey, EngineEvent, EventKind, LiveAttempt

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS = {kind.value: kind for kind in EventKind}
_FINAL = frozenset({EventKind.EXITED, EventKind.REFUSED, EventKind.LOST})


def instant(at_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=at_us)


@dataclass(slots=True)
class _Held:
    """An attempt from `start` to its last event. `line` is kept until a supervisor confirmed it."""

    line: bytes | None
    started_at: datetime
    pid: int | None = None
    stop_line: bytes | None = None


@dataclass(frozen=True, slots=True)
class _Segment:
    """From `first_cursor` on, cursor = seq + `offset` of `incarnation`."""

    first_cursor: int
    offset: int
    incarnation: str | None


class Ledger:
    """Turns the supervisor's messages into events, and keeps what must be said to it again.

    Exactly once per incarnation; between incarnations at least once: a new supervisor tells again
    what the old one had not seen acknowledged.
    """

    def __init__(self) -> None:
        self.incarnation: str | None = None
        self.before: tuple[str, ...] = ()  # those whose starts this one knows all of
        self._acknowledged = 0  # newest seq of this incarnation that was acknowledged
        self._seen = 0  # newest seq of this incarnation that was taken
        self._cursor = 0
        self._segments = [_Segment(1, 0, None)]
        self._held: dict[AttemptKey, _Held] = {}
        self._doubtful: set[AttemptKey] = set()  # confirmed, but not named by the newest hello
        # Those whose last event is not acknowledged yet, in the order of these events' cursors.
        self._ended: OrderedDict[AttemptKey, tuple[int, datetime]] = OrderedDict()

    # What we ask for

    def hold(self, key: AttemptKey, line: bytes, at: datetime) -> bool:
        """Note an attempt that is to be started; False when the key is known already."""
        if key in self._held or key in self._ended:
            return False
        self._held[key] = _Held(line, at)
        return True

    def stopping(self, key: AttemptKey, line: bytes) -> bool:
        """Note a wish to stop, so that it outlives the connection; False for an unknown key."""
        held = self._held.get(key)
        if held is None:
            return False
        held.stop_line = line
        return True

    def unsaid(self) -> list[bytes]:
        """The lines that this connection must carry again: starts not confirmed, then stops."""
        starts = [held.line for held in self._held.values() if held.line is not None]
        stops = [held.stop_line for held in self._held.values() if held.stop_line is not None]
        return starts + stops

    # What the supervisor says

    def greeting(self) -> dict[str, Any]:
        return {"incarnation": self.incarnation, "acked": self._acknowledged}

    def greeted(self, hello: dict[str, Any], now: datetime) -> None:
        """A supervisor answered. Another incarnation than before starts its own numbering."""
        if hello["incarnation"] != self.incarnation:
            self.incarnation = hello["incarnation"]
            self._acknowledged = self._seen = 0
            self._open_segment(offset=self._cursor)
        self.before = tuple(hello.get("before", ()))
        self._doubtful = {key for key, held in self._held.items() if held.line is None}
        for live in hello["live"]:
            at_us = live["started_at_us"]  # none while its process is still to be made
            self._confirm(AttemptKey(live["key"]), live["pid"], instant(at_us) if at_us else now)

    def take(self, messages: Iterable[dict[str, Any]]) -> list[EngineEvent]:
        """The events of `messages`, which must carry a seq; those taken before are left out."""
        events = []
        for message in messages:
            seq = message.pop("seq")
            if seq > self._seen:
                self._seen = seq
                events.append(self._note(self._event(seq, message)))
        return events

    def settle(self, at: datetime) -> list[EngineEvent]:
        """After a hello and all it repeated: LOST for confirmed attempts of which it said nothing.

        A supervisor that was killed may have taken its spool with it; then only we remember.
        """
        gone, self._doubtful = self._doubtful, set()
        reason = {"reason": "supervisor_lost"}
        return [self.add(key, EventKind.LOST, at=at, data=reason) for key in sorted(gone)]

    def add(
        self, key: AttemptKey, kind: EventKind, *, at: datetime, data: dict[str, Any]
    ) -> EngineEvent:
        """An event of the engine's own."""
        cursor = self._cursor + 1
        # Acknowledging it acknowledges what the supervisor said before it, and nothing after.
        self._open_segment(offset=cursor - self._seen)
        return self._note(EngineEvent(cursor=cursor, key=key, kind=kind, at=at, data=data))

    # What the reader says

    def acknowledge(self, cursor: int) -> int | None:
        """The seq to acknowledge to the present supervisor, if that is any news to it."""
        ended = self._ended
        while ended and next(iter(ended.values()))[0] <= cursor:
            ended.popitem(last=False)
        seq = self._seq_of(min(cursor, self._cursor))
        if seq is None or seq <= self._acknowledged:
            return None
        self._acknowledged = seq
        return seq

    def attempts(self) -> Sequence[LiveAttempt]:
        """What runs, and what ended without its last event being acknowledged yet."""
        return list(self._attempts())

    def live_attempts(self) -> list[LiveAttempt]:
        """What runs or is to be started."""
        return [
            LiveAttempt(key=key, pid=held.pid, started_at=held.started_at)
            for key, held in self._held.items()
        ]

    def live(self) -> int:
        return len(self._held)

    def all_acknowledged(self) -> bool:
        """Whether every attempt that has ended was acknowledged as ended."""
        return not self._ended

    # Steps

    def _attempts(self) -> Iterator[LiveAttempt]:
        yield from self.live_attempts()
        for key, (_, at) in self._ended.items():
            yield LiveAttempt(key=key, pid=None, started_at=at)

    def _event(self, seq: int, message: dict[str, Any]) -> EngineEvent:
        self._cursor = seq + self._segments[-1].offset
        return EngineEvent(
            cursor=self._cursor,
            key=AttemptKey(message.pop("key")),
            kind=_KINDS[message.pop("event")],
            at=instant(message.pop("at_us")),
            data=message,
        )

    def _note(self, event: EngineEvent) -> EngineEvent:
        self._cursor = event.cursor
        self._doubtful.discard(event.key)
        if event.kind in _FINAL:
            self._held.pop(event.key, None)
            self._ended.pop(event.key, None)
            self._ended[event.key] = (event.cursor, event.at)
        elif event.kind is EventKind.STARTED:
            self._confirm(event.key, event.data.get("pid"), event.at)
        return event

    def _confirm(self, key: AttemptKey, pid: int | None, started_at: datetime) -> None:
        held = self._held.get(key)
        if held is None:
            held = self._held[key] = _Held(None, started_at)
        held.line, held.pid, held.started_at = None, pid, started_at
        self._doubtful.discard(key)

    def _open_segment(self, *, offset: int) -> None:
        self._segments = [
            *self._segments[-64:],  # an acknowledgement that comes later than that is not needed
            _Segment(self._cursor + 1, offset, self.incarnation),
        ]

    def _seq_of(self, cursor: int) -> int | None:
        """The newest seq of this incarnation at or before `cursor`."""
        for segment in reversed(self._segments):
            if segment.incarnation != self.incarnation:
                return None
            if cursor >= segment.first_cursor:
                return cursor - segment.offset
        return None
