"""One run in the supervisor: its pipes, its log, its events, and the facts of its end."""

from __future__ import annotations

import os
import signal
import time

from runyard.process.channel import EventChannel, shown
from runyard.process.loop import READ
from runyard.process.pump import STDERR, STDOUT, LogFile, Stream
from runyard.process.wire import encode_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from runyard.process.loop import Loop, Timer
    from runyard.process.newborns import Newborns
    from runyard.process.orders import Order
    from runyard.process.outbox import Outbox
    from runyard.process.zygotes import Zygote

_PROGRESS_EVERY_S = 0.1
_PAUSE_S = 0.002
_MUCH_BYTES = 1 << 18


class Run:
    """Everything the supervisor holds for a key between `start` and `exited`."""

    def __init__(
        self,
        order: Order,
        *,
        loop: Loop,
        outbox: Outbox,
        hint: Callable[[Run], None],
        arm: Callable[[Run], None],
        newborns: Newborns,
    ) -> None:
        self.order = order
        self.key = order.key
        self.key_json = encode_text(order.key)
        self._newborns = newborns
        self._loop = loop
        self._outbox = outbox
        self._on_output = hint
        self._arm = arm
        self.zygote: Zygote | None = None
        self.pid: int | None = None
        self.started_at_us = 0
        self.status: int | None = None  # of wait4; None: not known
        self.main_gone = False
        self.clean = False
        self.cpu_s: float | None = None
        self.peak_memory_bytes: int | None = None
        self.reason: str | None = None  # why the platform ended it
        self.left_behind = 0
        self.abandoned = False  # its handling failed: it is being brought down
        self.terminated = False  # SIGTERM was sent to the tree
        self.kill_at: float | None = None
        self.settle_at: float | None = None
        self.sweep_pause_s = 0.0
        self.sweep_timer: Timer | None = None
        self.timeout_timer: Timer | None = None
        self.was_ready = False
        self.hinted_at = 0.0
        self.hinted_size = -1
        self._streams: list[Stream] = []
        self._channel: EventChannel | None = None
        self._log: LogFile | None = None
        self._told_trouble: str | None = None
        self._progress: dict[str, Any] = {}
        self._progress_at = 0.0
        self._progress_timer: Timer | None = None

    @property
    def log(self) -> LogFile:
        if self._log is None:
            raise RuntimeError("the run was not opened")
        return self._log

    def open_log_only(self) -> None:
        """For a run whose output comes through a worker of the pool."""
        limit = self.order.output_bytes
        self._log = LogFile(self.order.log_path, limit_bytes=limit, lazy=True)

    def open(self) -> list[int]:
        """Open log and pipes; the writing ends for the run. After OSError nothing is left open."""
        pipes: list[tuple[int, int]] = []
        try:
            self._log = LogFile(self.order.log_path, limit_bytes=self.order.output_bytes)
            for _ in range(3):
                pipes.append(os.pipe())  # noqa: PERF401 - what was opened must be known on failure
        except OSError:
            for pipe in pipes:
                os.close(pipe[0])
                os.close(pipe[1])
            if self._log is not None:
                self._log.close()
            raise
        for read, _ in pipes:
            os.set_blocking(read, False)
        self._streams = [Stream(pipes[0][0], STDOUT), Stream(pipes[1][0], STDERR)]
        self._channel = EventChannel(pipes[2][0])
        self._newborns.add(self)
        return [write for _, write in pipes]

    def watch(self) -> None:
        """From now on take what comes when it comes."""
        for stream in self._streams:
            self._watch(stream)
        if self._channel is not None:
            self._loop.watch(self._channel.fd, self._read_events, owner=self)

    def _watch(self, stream: Stream) -> None:
        fd, log = stream.fd, self.log

        def pump(_mask: int) -> None:
            count = stream.pump(log)
            if count < 0:
                self._streams.remove(stream)
                self._loop.forget(fd)
                os.close(fd)
                return
            self.hint()
            now = time.monotonic()
            if count < _MUCH_BYTES and now - stream.pumped_at < _PAUSE_S:
                stream.grow()
                self._loop.change(fd, 0)
                self._loop.call_later(_PAUSE_S, resume, owner=self)
            stream.pumped_at = now

        def resume() -> None:
            # Little by little but without end: to be woken for each line would take more time,
            # also the run's, than to look from time to time.
            if stream not in self._streams:
                return
            count = stream.pump(log)
            if 0 < count < _MUCH_BYTES:
                self.hint()
                self._loop.call_later(_PAUSE_S, resume, owner=self)
            else:
                self._loop.change(fd, READ)

        self._loop.watch(fd, pump, owner=self)

    def hint(self) -> None:
        """Note that output came."""
        if self.log.trouble is not self._told_trouble:
            self._tell_trouble()
        self._on_output(self)

    def _tell_trouble(self) -> None:
        self._told_trouble = self.log.trouble
        self._outbox.emit(
            self.key,
            "message",
            level="error",
            message=f"output can't be kept: {self._told_trouble}",
            fields={"log_path": self.order.log_path},
        )

    def _read_events(self, _mask: int) -> None:
        channel = self._channel
        if channel is None:
            return
        events, more = channel.read()
        for kind, fields in events:
            self.take_event(kind, fields)
        if not more:
            self._close_channel()

    def take_event(self, kind: str, fields: dict[str, Any]) -> None:
        if kind == "progress":
            self._progress.update(fields)
            self._plan_progress()
        elif kind == "ready":
            if not self.was_ready:
                self.was_ready = True
                self._arm(self)
        else:
            if kind == "message":
                self.log.said(shown(fields))
                self._on_output(self)
            self._outbox.emit(self.key, kind, **fields)

    def _plan_progress(self) -> None:
        if self._progress_timer is not None:
            return
        due = self._progress_at + _PROGRESS_EVERY_S
        if time.monotonic() >= due:
            self._send_progress()
        else:
            self._progress_timer = self._loop.call_at(due, self._send_progress, owner=self)

    def _send_progress(self) -> None:
        if self._progress_timer is not None:
            self._progress_timer.cancel()
            self._progress_timer = None
        if self._progress:
            fields, self._progress = self._progress, {}
            self._progress_at = time.monotonic()
            self._outbox.emit(self.key, "progress", **fields)

    def _close_channel(self) -> None:
        if self._channel is not None:
            self._loop.forget(self._channel.fd)
            os.close(self._channel.fd)
            self._channel = None

    def zygote_order(self, *, compiles: bool) -> dict[str, Any]:
        return self.order.for_zygote(compiles=compiles)

    def note_started(self, pid: int) -> None:
        self.pid = pid
        self.started_at_us = time.time_ns() // 1000
        self._outbox.emit(self.key, "started", pid=pid, log_start=self.log.start)

    def close(self) -> None:
        """Take what is still in the pipes, then let go of everything but the facts."""
        self._newborns.discard(self)
        alone = self.main_gone and self.clean  # no process of the run is left that could write
        for stream in self._streams:
            if alone:
                stream.take_rest(self.log)
            else:
                stream.drain(self.log)
            self._loop.forget(stream.fd)
            os.close(stream.fd)
        self._streams = []
        if self._channel is not None:
            for kind, fields in self._channel.drain():
                self.take_event(kind, fields)
            self._close_channel()
        if self.log.trouble is not self._told_trouble:
            self._tell_trouble()
        self._send_progress()
        for timer in (self.timeout_timer, self.sweep_timer):
            if timer is not None:
                timer.cancel()
        self.log.close()

    def abandon(self) -> None:
        """Let go of everything at once, without reading or writing anything more."""
        self.abandoned = True
        self._newborns.discard(self)
        for stream in self._streams:
            self._loop.forget(stream.fd)
            os.close(stream.fd)
        self._streams = []
        self._close_channel()
        for timer in (self.timeout_timer, self.sweep_timer, self._progress_timer):
            if timer is not None:
                timer.cancel()
        if self._log is not None:
            self._log.abandon()

    @property
    def log_size(self) -> int | None:
        return None if self._log is None else self._log.size

    def hit_cpu_limit(self) -> bool:
        """Whether the kernel ended the main process for the CPU time that it took."""
        limit_s, status = self.order.cpu_s, self.status
        if limit_s is None or status is None or not os.WIFSIGNALED(status):
            return False
        number = os.WTERMSIG(status)
        return number == signal.SIGXCPU or (
            number == signal.SIGKILL and (self.cpu_s or 0.0) >= limit_s
        )

    def exited_fields(self) -> dict[str, Any]:
        """The fields of the `exited` event; exactly one of exit code and signal, if known."""
        status = self.status
        fields: dict[str, Any] = {"exit_code": None, "signal": None, "reason": self.reason}
        if status is not None and os.WIFSIGNALED(status):
            fields["signal"] = os.WTERMSIG(status)
        elif status is not None:
            fields["exit_code"] = os.WEXITSTATUS(status)
        log = self.log
        return fields | {
            "cpu_s": self.cpu_s,
            "peak_memory_bytes": self.peak_memory_bytes,
            "log_start": log.start,
            "log_end": log.size,
            "dropped_bytes": log.dropped + log.lost,
            "left_behind": self.left_behind,
        }
