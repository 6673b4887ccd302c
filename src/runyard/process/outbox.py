"""Numbers the events, keeps each until it is acknowledged, and hands it to spool and server."""

from __future__ import annotations

import time
from collections import deque

from runyard.process.spool import Spool
from runyard.process.wire import encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from runyard.process.loop import Loop
    from runyard.process.server_link import ServerLink
    from runyard.process.spool import Remains

_NOTE_ACKED_EVERY_S = 0.05


class Outbox:
    """Events are sent in order, at least once, until `acknowledge`; numbers never go back."""

    def __init__(self, loop: Loop, path: str, *, incarnation: str, remains: Remains) -> None:
        self._loop = loop
        self._acked: int | None = None  # not in the spool yet: to forget it only repeats events
        self.incarnation = incarnation
        self._former = remains.incarnation
        self._former_newest = self.seq = remains.newest
        self._unacked: deque[tuple[int, bytes]] = deque(remains.events)
        self._live: dict[str, str] = dict(remains.live)
        self._link: ServerLink | None = None
        self.before = remains.accounted_for()
        self._spool = Spool(path, incarnation=incarnation, before=self.before)
        self._rewrite()

    @property
    def unacknowledged(self) -> int:
        return len(self._unacked)

    @property
    def trouble(self) -> str | None:
        return self._spool.trouble

    def accept(self, key: str, log_path: str) -> None:
        """Note that a run is ours from now on, before anything is done for it."""
        self._live[key] = log_path
        self._spool.add_live(key, log_path)

    def emit(self, key: str, event: str, **fields: object) -> None:
        self.seq += 1
        at_us = time.time_ns() // 1000
        line = encode_line({"seq": self.seq, "key": key, "event": event, "at_us": at_us, **fields})
        self._unacked.append((self.seq, line))
        self._spool.add(line)
        if event in ("exited", "refused"):
            self._live.pop(key, None)
        if self._link is None:
            return
        if event == "started":
            self._link.send_with_next(line)
        else:
            self._link.send(line)

    def attach(self, link: ServerLink | None, *, incarnation: str | None, acked: int) -> None:
        """Send to a new server (or to none), first all that it has not acknowledged."""
        self._link = link
        if incarnation == self.incarnation:
            self.acknowledge(acked)
        elif incarnation is not None and incarnation == self._former:
            self.acknowledge(min(acked, self._former_newest))
        if link is not None:
            for _, line in self._unacked:
                link.send(line)

    def acknowledge(self, seq: int) -> None:
        unacked = self._unacked
        if not unacked or unacked[0][0] > seq:
            return
        while unacked and unacked[0][0] <= seq:
            unacked.popleft()
        if self._acked is None:
            self._loop.call_later(_NOTE_ACKED_EVERY_S, self._note_acked)
        self._acked = seq

    def _note_acked(self) -> None:
        if self._acked is not None:
            self._spool.add_acked(self._acked)
            self._acked = None
        if self._spool.wants_rewrite:
            self._rewrite()

    def close(self) -> None:
        """Before the supervisor leaves."""
        self._note_acked()
        self._spool.flush()
        self._rewrite(left=True)

    def flush(self) -> None:
        self._spool.flush()

    def _rewrite(self, *, left: bool = False) -> None:
        events: Iterable[bytes] = (line for _, line in self._unacked)
        self._spool.rewrite(newest=self.seq, live=self._live.items(), events=events, left=left)
