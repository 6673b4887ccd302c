"""Warm workers for function runs that ask for them: one job at a time each, the queue stays here.

A worker is forked from the zygote of its jobs and looks to the nursery like a run. What it writes
while a job runs is that job's output; a job whose worker has to be killed takes nobody with it.
"""

from __future__ import annotations

import marshal
import os
import socket
import time
from collections import deque

from runyard.process.channel import EventChannel
from runyard.process.pump import STDERR, STDOUT, Stream
from runyard.process.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from runyard.process.loop import Loop
    from runyard.process.nursery import Nursery
    from runyard.process.orders import Order
    from runyard.process.zygotes import Recipe

JOBS_A_LIFE = 5000
_FIRST_WORKERS = 2
_MOST_WORKERS = 64
_PATIENCE_S = 0.02
_IDLE_S = 60.0
_INLINE_BYTES = 60_000


class Worker(Run):
    """A process of a pool. `job` is the run that it works on."""

    def __init__(self, pool: Pool, order: Order, **services: Any) -> None:
        super().__init__(order, **services)
        self.pool = pool
        self.key = f"worker-{id(self):x}-{time.monotonic_ns()}"
        self.job: Run | None = None
        self.jobs = 0
        self.stale = False
        self.idle_since = time.monotonic()
        self._socket: socket.socket | None = None

    def open(self) -> list[int]:
        """Open the pipes and the socket of the jobs; the worker's ends of them."""
        pipes = [os.pipe() for _ in range(3)]
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for read, _ in pipes:
            os.set_blocking(read, False)
        self._socket = ours
        for number, (read, _) in zip((STDOUT, STDERR), pipes, strict=False):
            self._listen(Stream(read, number))
        self._channel = EventChannel(pipes[2][0])
        self._loop.watch(self._channel.fd, self._read_job_events, owner=self)
        self._loop.watch(ours.fileno(), self._done, owner=self)
        return [write for _, write in pipes] + [theirs.detach()]

    def zygote_order(self, *, compiles: bool) -> dict[str, Any]:  # noqa: ARG002
        return self.order.for_worker(self.key)

    def give(self, job: Run) -> None:
        """Let an idle worker do a job."""
        self.job = job
        job.zygote = self.zygote
        order = job.order.for_zygote(compiles=False)
        if self.pid is None or self._socket is None:
            raise RuntimeError("the worker is not up")
        job.note_started(self.pid)
        data = marshal.dumps(order, 2)
        fds: list[int] = []
        if len(data) > _INLINE_BYTES:
            fds = [os.memfd_create("job")]
            with os.fdopen(fds[0], "wb", closefd=False) as file:
                file.write(data)
            data = b"\0"
        try:
            socket.send_fds(self._socket, [data], fds)
        except OSError:
            pass  # it just died: the nursery is about to say so, and the job ends with it
        finally:
            for fd in fds:
                os.close(fd)

    def leave(self) -> None:
        """Ask an idle worker to end."""
        self.stale = True
        if self._socket is not None:
            self._loop.forget(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def drain(self) -> None:
        """Take all that the job wrote so far."""
        job = self.job
        if job is None:
            return
        for stream in self._streams:
            stream.drain(job.log)
        if self._channel is not None:
            for kind, fields in self._channel.drain():
                job.take_event(kind, fields)

    def close(self) -> None:
        self.drain()
        self.leave()
        for stream in self._streams:
            self._loop.forget(stream.fd)
            os.close(stream.fd)
        self._streams = []
        self._close_channel()

    def _listen(self, stream: Stream) -> None:
        self._streams.append(stream)

        def pump(_mask: int) -> None:
            job = self.job
            if job is None:
                stream.discard()  # a thread that a job left behind; nobody's output
                return
            if not stream.pump(job.log):
                self._loop.forget(stream.fd)
            job.hint()

        self._loop.watch(stream.fd, pump, owner=self)

    def _read_job_events(self, _mask: int) -> None:
        if self._channel is None:
            return
        events, more = self._channel.read()
        if self.job is not None:
            for kind, fields in events:
                self.job.take_event(kind, fields)
        if not more:
            self._close_channel()

    def _done(self, _mask: int) -> None:
        if self._socket is None:
            return
        try:
            data = self._socket.recv(1 << 12)
        except (BlockingIOError, ConnectionError):
            data = b""
        if data:
            self.drain()
            self.pool.job_done(self, marshal.loads(data))  # noqa: S302 - from our own child
        else:
            self._loop.forget(self._socket.fileno())


class Pool:
    """The workers and the queue of one recipe."""

    def __init__(
        self,
        loop: Loop,
        nursery: Nursery,
        *,
        hire: Callable[[Pool, Order], Worker],
        finish: Callable[[Run], None],
        spoil: Callable[[Run], None],
        started: Callable[[Run], None],
    ) -> None:
        self._loop = loop
        self._nursery = nursery
        self._hire = hire
        self._finish = finish
        self._spoil = spoil
        self._started = started
        self.queue: deque[Run] = deque()
        self.workers: set[Worker] = set()
        self._idle: list[Worker] = []
        self._coming = 0
        self._impatient = False

    def start(self, run: Run) -> None:
        self.queue.append(run)
        self._feed()
        if self.queue:
            if len(self.workers) < _FIRST_WORKERS:
                self._add_worker()
            elif not self._impatient:
                self._impatient = True
                self._loop.call_later(_PATIENCE_S, self._look_at_queue)

    def worker_up(self, worker: Worker) -> None:
        self._coming -= 1
        if worker.stale:
            worker.leave()
            return
        self._idle.append(worker)
        self._feed()

    def worker_gone(self, worker: Worker) -> None:
        self.workers.discard(worker)
        if worker.pid is None:
            self._coming -= 1
        if worker in self._idle:
            self._idle.remove(worker)
        if self.queue and not self.workers:
            self._add_worker()

    def job_done(self, worker: Worker, message: tuple[str, int, float, bool]) -> None:
        _, status, cpu_s, clean = message
        run = worker.job
        if run is None:
            return
        run.status, run.cpu_s = status << 8, cpu_s
        if run.kill_at is not None or not clean:
            self._spoil(run)  # the worker is (being) ended, and what the job left with it
            return
        worker.job = None
        worker.jobs += 1
        run.main_gone = run.clean = True
        if worker.stale or worker.jobs >= JOBS_A_LIFE:
            worker.leave()
            self.workers.discard(worker)
            if self.queue and not self.workers:
                self._add_worker()
        else:
            worker.idle_since = time.monotonic()
            self._idle.append(worker)
            self._feed()
        self._finish(run)

    def dismiss(self, *, idle_for_s: float = 0.0) -> None:
        """End the workers that have had nothing to do for so long; 0: busy ones after their job."""
        now = time.monotonic()
        for worker in list(self.workers):
            if worker in self._idle:
                if now - worker.idle_since >= idle_for_s:
                    self._idle.remove(worker)
                    self.workers.discard(worker)
                    worker.leave()
            elif idle_for_s == 0.0:
                worker.stale = True

    def _feed(self) -> None:
        while self.queue and self._idle:
            worker, run = self._idle.pop(), self.queue.popleft()
            worker.give(run)
            self._started(run)

    def _look_at_queue(self) -> None:
        self._impatient = False
        if not self.queue:
            return
        if not self._coming and len(self.workers) < _MOST_WORKERS:
            self._add_worker()
        self._impatient = True
        self._loop.call_later(_PATIENCE_S, self._look_at_queue)

    def _add_worker(self) -> None:
        worker = self._hire(self, self.queue[0].order)
        try:
            fds = worker.open()
        except OSError:
            return  # no descriptors are left: the next look at the queue tries again
        self.workers.add(worker)
        self._coming += 1
        self._nursery.start(worker, fds)


class Pools:
    """One pool for each recipe."""

    def __init__(self, loop: Loop, make: Callable[[], Pool]) -> None:
        self._loop = loop
        self._make = make
        self._pools: dict[Recipe, Pool] = {}
        loop.call_later(_IDLE_S / 2, self._end_idle)

    def start(self, run: Run) -> None:
        recipe = run.order.recipe
        pool = self._pools.get(recipe)
        if pool is None:
            pool = self._pools[recipe] = self._make()
        pool.start(run)

    def withdraw(self, run: Run) -> bool:
        """Take a run out of the queue; False if it is not in one."""
        pool = self._pools.get(run.order.recipe)
        if pool is None or run not in pool.queue:
            return False
        pool.queue.remove(run)
        return True

    def pids(self) -> set[int]:
        return {
            worker.pid
            for pool in self._pools.values()
            for worker in pool.workers
            if worker.pid is not None
        }

    def dismiss(self) -> None:
        for pool in self._pools.values():
            pool.dismiss()

    def _end_idle(self) -> None:
        for pool in self._pools.values():
            pool.dismiss(idle_for_s=_IDLE_S)
        self._loop.call_later(_IDLE_S / 2, self._end_idle)
