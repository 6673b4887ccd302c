"""The supervisor: owns all local run processes of one data folder and outlives the server."""

from __future__ import annotations

import os
import sys
import time
from collections import deque

from runyard.process import tree
from runyard.process.containment import Containment
from runyard.process.ending import Endings
from runyard.process.hints import Hints
from runyard.process.identity import NAME
from runyard.process.loop import Loop
from runyard.process.memory_watch import MemoryWatch
from runyard.process.newborns import Newborns
from runyard.process.nursery import Nursery
from runyard.process.orders import Order
from runyard.process.outbox import Outbox
from runyard.process.pool import Pool, Pools, Worker
from runyard.process.run import Run
from runyard.process.server_link import ServerLink
from runyard.process.signals import watch_signals
from runyard.process.wire import PROTOCOL, encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from runyard.process.spool import Remains

_REMEMBERED_KEYS = 10_000


class Supervisor:
    """Wires the parts; `run` returns when it is asked to leave or was alone for long enough."""

    def __init__(
        self,
        data: str,
        *,
        identity: str,
        version: str,
        incarnation: str,
        remains: Remains,
        idle_exit_s: float,
    ) -> None:
        self._identity = identity
        self._version = version
        self._idle_exit_s = idle_exit_s
        self._leave_when_idle = False
        self._alone_since = time.monotonic()
        self.loop = loop = Loop()
        self._outbox = Outbox(
            loop, f"{data}/supervisor.spool", incarnation=incarnation, remains=remains
        )
        self._endings = Endings(loop, members=self._members, finish=self._finish)
        self._nursery = Nursery(
            loop,
            identity=identity,
            on_started=self._on_started,
            on_refused=self._on_refused,
            on_ended=self._on_ended,
            on_lost=self._on_lost,
        )
        self._pools = Pools(loop, self._make_pool)
        self._runs: dict[str, Run] = {}
        self._known: dict[str, None] = {}  # keys that are over, so that `start` is idempotent
        self._newborns = Newborns(loop)
        self._memory = MemoryWatch(
            loop,
            members=self._members_in,
            exceeded=lambda run: self._end(run, reason="memory_limit", grace_s=0.0),
        )
        self._link = ServerLink(
            loop, f"{data}/supervisor.sock", on_message=self._message, on_gone=self._server_gone
        )
        self._hints = Hints(loop, self._link)
        Containment(loop, members=self._members, over=self._over_abandoned)
        loop.turn_end += [self._outbox.flush, self._nursery.flush, self._link.flush]
        watch_signals(loop, on_terminate=lambda: self._shutdown(end_runs=True))

    def report_lost(self, key: str, log_path: str) -> None:
        """Tell of a run that ended with the supervisor before this one."""
        try:
            log_end: int | None = os.stat(log_path).st_size  # noqa: PTH116
        except OSError:
            log_end = None
        self._outbox.emit(
            key, "exited", exit_code=None, signal=None, reason="supervisor_lost", log_end=log_end
        )
        self._remember(key)

    def run(self) -> None:
        while not self._may_leave():
            self.loop.turn()
        self._outbox.close()

    # --- the server's messages

    def _message(self, message: dict[str, Any]) -> None:
        match message["op"]:
            case "start":
                self._start(message["launch"])
            case "ack":
                self._outbox.acknowledge(int(message["seq"]))
            case "stop":
                self._stop(message["key"], message.get("reason"), message.get("grace_s"))
            case "hello":
                self._hello(message)
            case "retire":
                self._pools.dismiss()
                self._nursery.retire()
            case "stats":
                self._link.send(encode_line(self._stats()))
            case "shutdown":
                self._shutdown(end_runs=bool(message.get("end_runs")))
            case other:
                raise ValueError(f"unknown op {other!r}")

    def _hello(self, message: dict[str, Any]) -> None:
        live = [
            {"key": run.key, "pid": run.pid, "started_at_us": run.started_at_us}
            for run in self._runs.values()
        ]
        answer = {
            "event": "hello",
            "protocol": PROTOCOL,
            "incarnation": self._outbox.incarnation,
            "before": self._outbox.before,
            "pid": os.getpid(),
            "version": self._version,
            "live": live,
            "seq": self._outbox.seq,
        }
        self._link.send(encode_line(answer))
        self._leave_when_idle = False  # that was the wish of the server before this one
        acked = int(message.get("acked") or 0)
        self._outbox.attach(self._link, incarnation=message.get("incarnation"), acked=acked)

    def _server_gone(self) -> None:
        self._outbox.attach(None, incarnation=None, acked=0)
        self._alone_since = time.monotonic()

    def _start(self, launch: dict[str, Any]) -> None:
        key = str(launch.get("key"))
        if key in self._runs or key in self._known:
            return
        self._outbox.accept(key, str(launch.get("log_path")))
        try:
            order = Order(launch)
            order.env[NAME] = self._identity
        except (ValueError, TypeError) as error:
            self._refuse(key, str(error), None)
            return
        run = Run(order, **self._services())
        try:
            self._launch(run)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is about this run alone
            self._runs.setdefault(key, run)
            self.loop.on_failure(run, error)

    def _launch(self, run: Run) -> None:
        order = run.order
        if order.pooled:
            run.open_log_only()
            self._runs[run.key] = run
            self._pools.start(run)
            return
        try:
            fds = run.open()
        except OSError as error:
            self._refuse(run.key, f"log or pipes can't be opened: {error}", None)
            return
        self._runs[run.key] = run
        if order.memory_bytes is not None:
            self._memory.add(run)
        self._nursery.start(run, fds)

    def _stop(self, key: str, reason: str | None, grace_s: float | None) -> None:
        run = self._runs.get(key)
        if run is None:
            return
        grace_s = run.order.grace_s if grace_s is None else float(grace_s)
        self._end(run, reason=reason or "cancelled", grace_s=grace_s)

    def _end(self, run: Run, *, reason: str, grace_s: float) -> None:
        if run.pid is None:  # not forked yet: it will not be, or be ended as it starts
            run.reason = run.reason or reason
            if self._pools.withdraw(run):
                self._finish(run)
            run.kill_at = time.monotonic() + grace_s
            return
        self._endings.stop(run, reason=reason, grace_s=grace_s)

    def _shutdown(self, *, end_runs: bool) -> None:
        self._leave_when_idle = True
        if end_runs:
            for run in list(self._runs.values()):
                self._end(run, reason="shutdown", grace_s=run.order.grace_s)

    def _stats(self) -> dict[str, Any]:
        return {
            "event": "stats",
            "pid": os.getpid(),
            "live": len(self._runs),
            "unacknowledged": self._outbox.unacknowledged,
            "spool_trouble": self._outbox.trouble,
            "zygotes": self._nursery.describe(),
        }

    # --- what becomes of a run

    def _services(self) -> dict[str, Any]:
        return {
            "loop": self.loop,
            "outbox": self._outbox,
            "hint": self._hints.output,
            "arm": self._arm_timeout,
            "newborns": self._newborns,
        }

    def _make_pool(self) -> Pool:
        return Pool(
            self.loop,
            self._nursery,
            hire=lambda pool, order: Worker(pool, order, **self._services()),
            finish=self._finish,
            spoil=self._endings.spoil,
            started=self._arm_timeout,
        )

    def _on_ended(self, run: Run) -> None:
        if not isinstance(run, Worker):
            if not run.abandoned:
                self._endings.main_gone(run)
            return
        run.close()
        job, run.job = run.job, None
        if job is not None:
            if job.status is None:
                job.status, job.cpu_s = run.status, run.cpu_s
            job.clean = run.clean
            self._endings.main_gone(job)
        run.pool.worker_gone(run)

    def _on_started(self, run: Run, pid: int) -> None:
        if isinstance(run, Worker):
            run.pid = pid
            run.pool.worker_up(run)
            return
        if run.abandoned:
            run.pid = pid  # it will be killed
            return
        run.note_started(pid)
        self._arm_timeout(run, preparing=True)
        if run.reason is not None:
            grace_s = max((run.kill_at or 0.0) - time.monotonic(), 0.0)
            self._endings.stop(run, reason=run.reason, grace_s=grace_s)

    def _on_refused(self, run: Run, reason: str, trace: str | None) -> None:
        if isinstance(run, Worker):
            run.close()
            waiting, run.pool.queue = list(run.pool.queue), deque()
            run.pool.worker_gone(run)
            for job in waiting:
                self._on_refused(job, reason, trace)
            return
        if run.abandoned:
            return
        run.log.platform_line(f"not started: {reason}")
        run.close()
        self._drop(run)
        self._refuse(run.key, reason, trace)

    def _refuse(self, key: str, reason: str, trace: str | None) -> None:
        self._outbox.emit(key, "refused", reason=reason, traceback=trace)
        self._remember(key)

    def _on_lost(self, run: Run) -> None:
        if isinstance(run, Worker):
            run.close()
            job, run.job = run.job, None
            run.pool.worker_gone(run)
            if job is not None:
                self._on_lost(job)
            return
        if run.abandoned:
            return
        if run.reason is None:
            run.reason = "zygote_lost"
        run.kill_at = time.monotonic()
        run.terminated = True
        self._endings.main_gone(run)

    def _finish(self, run: Run) -> None:
        if run.abandoned:
            return
        run.close()
        self._hints.last(run)
        self._drop(run)
        if run.reason is None and run.hit_cpu_limit():
            run.reason = "cpu_limit"
        self._outbox.emit(run.key, "exited", **run.exited_fields())
        self._remember(run.key)
        self._alone_since = time.monotonic()

    def _drop(self, run: Run) -> None:
        del self._runs[run.key]
        self._memory.discard(run)
        self._hints.forget(run)

    def _remember(self, key: str) -> None:
        self._known[key] = None
        if len(self._known) > _REMEMBERED_KEYS:
            del self._known[next(iter(self._known))]

    def _arm_timeout(self, run: Run, *, preparing: bool = False) -> None:
        """(Again) from now: a run whose environment had to be built counts from then.

        `preparing`: until then what it may take is the launch's `prepare_timeout_s`, if longer.
        """
        if run.timeout_timer is not None:
            run.timeout_timer.cancel()
        timeout_s = run.order.timeout_s
        if timeout_s is not None:
            if preparing:
                timeout_s = max(timeout_s, run.order.prepare_timeout_s or 0.0)
            grace_s = run.order.grace_s
            run.timeout_timer = self.loop.call_later(
                float(timeout_s),
                lambda: self._end(run, reason="timeout", grace_s=grace_s),
                owner=run,
            )

    def _members(self, run: Run) -> list[tree.Process]:
        return self._members_in(run, tree.look_at_all())

    def _members_in(self, run: Run, table: dict[int, tree.Process]) -> list[tree.Process]:
        zygotes = {zygote.pid for zygote in self._nursery.all}
        mains = {other.pid for other in self._runs.values() if other.pid is not None}
        mains |= self._pools.pids()
        zygote = run.zygote
        others = zygote.runs - {run.key} if zygote is not None else set()
        main = run.pid or -1
        if run.main_gone and any(
            other.pid == main for other in self._runs.values() if other is not run
        ):
            main = -1  # the number was given to another run's process since
        return tree.members(
            table,
            key=run.key,
            identity=self._identity,
            main=main,
            zygotes=zygotes,
            reapers=zygotes | {os.getpid()},
            mains=mains,
            strays_of=zygote.pid if zygote is not None and not others else None,
        )

    def _over_abandoned(self, run: Run, why: str) -> None:
        """The end of a run whose handling failed here."""
        self._drop(run)
        self._outbox.emit(
            run.key,
            "exited",
            exit_code=None,
            signal=None,
            reason="supervisor_lost",
            explanation=f"the supervisor failed to handle the run: {why}",
            log_end=run.log_size,
        )
        self._remember(run.key)
        self._alone_since = time.monotonic()

    def _may_leave(self) -> bool:
        if self._runs:
            return False
        if self._leave_when_idle:
            return not self._link.connected or self._outbox.unacknowledged == 0
        if self._link.connected or self._outbox.unacknowledged:
            return False
        alone_s = time.monotonic() - self._alone_since
        if alone_s >= self._idle_exit_s:
            return True
        self.loop.call_later(self._idle_exit_s - alone_s + 0.01, lambda: None)
        return False


def main() -> int:
    from runyard.process.supervisor_start import start  # noqa: PLC0415 - kept out of the loop's file

    return start(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
