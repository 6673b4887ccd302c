"""One epoll loop with timers: the only place in which the supervisor waits."""

from __future__ import annotations

import heapq
import select
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

READ = select.EPOLLIN
WRITE = select.EPOLLOUT
_GONE = select.EPOLLHUP | select.EPOLLERR
_LONGEST_WAIT_S = 3600.0
_FEW_TIMERS = 1000


class Timer:
    """A call that is due at a moment of the monotonic clock; `cancel` may come at any time."""

    __slots__ = ("_callback", "deadline", "owner")

    def __init__(self, deadline: float, callback: Callable[[], None], owner: object) -> None:
        self.deadline = deadline
        self.owner = owner
        self._callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self._callback = None

    def fire(self) -> None:
        callback, self._callback = self._callback, None
        if callback is not None:
            callback()

    @property
    def cancelled(self) -> bool:
        return self._callback is None


class Loop:
    """Calls handlers of ready descriptors, then due timers, then the hooks of the turn's end.

    Level-triggered: a handler does a bounded piece of work and is called again while more is there,
    so no descriptor can starve the others. What a handler raises goes to `on_failure` with the
    owner that was named for it, and the loop goes on.
    """

    def __init__(self) -> None:
        self.on_failure: Callable[[object, Exception], None] = _fail
        self._epoll = select.epoll()
        self._handlers: dict[int, tuple[Callable[[int], None], object]] = {}
        self._timers: list[tuple[float, int, Timer]] = []
        self._timer_count = 0
        self._timers_high = _FEW_TIMERS
        self.turn_end: list[Callable[[], None]] = []

    def watch(self, fd: int, handler: Callable[[int], None], *, owner: object = None) -> None:
        self._handlers[fd] = handler, owner
        self._epoll.register(fd, READ)

    def change(self, fd: int, mask: int) -> None:
        self._epoll.modify(fd, mask)

    def forget(self, fd: int) -> None:
        """Must come before the descriptor is closed; an unknown one is ignored."""
        if self._handlers.pop(fd, None) is not None:
            self._epoll.unregister(fd)

    def call_at(
        self, deadline: float, callback: Callable[[], None], *, owner: object = None
    ) -> Timer:
        timer = Timer(deadline, callback, owner)
        self._timer_count += 1
        heapq.heappush(self._timers, (deadline, self._timer_count, timer))
        if len(self._timers) > self._timers_high:
            self._drop_cancelled()
        return timer

    def call_later(
        self, delay_s: float, callback: Callable[[], None], *, owner: object = None
    ) -> Timer:
        return self.call_at(time.monotonic() + delay_s, callback, owner=owner)

    def turn(self) -> None:
        for fd, mask in self._epoll.poll(self._wait_s()):
            known = self._handlers.get(fd)
            if known is not None:
                handler, owner = known
                try:
                    handler(mask | READ if mask & _GONE else mask)
                except Exception as error:  # noqa: BLE001 - one run must not end all others
                    self.on_failure(owner, error)
        self._fire_due()
        for hook in self.turn_end:
            try:
                hook()
            except Exception as error:  # noqa: BLE001
                self.on_failure(None, error)

    def _wait_s(self) -> float:
        timers = self._timers
        while timers and timers[0][2].cancelled:
            heapq.heappop(timers)
        if not timers:
            return _LONGEST_WAIT_S
        return min(max(timers[0][0] - time.monotonic(), 0.0), _LONGEST_WAIT_S)

    def _fire_due(self) -> None:
        timers = self._timers
        now = time.monotonic()
        while timers and timers[0][0] <= now:
            timer = heapq.heappop(timers)[2]
            try:
                timer.fire()
            except Exception as error:  # noqa: BLE001
                self.on_failure(timer.owner, error)

    def _drop_cancelled(self) -> None:
        """Timeouts are long and runs short: nearly all timers here may be cancelled ones."""
        self._timers[:] = [entry for entry in self._timers if not entry[2].cancelled]
        heapq.heapify(self._timers)
        self._timers_high = max(_FEW_TIMERS, 2 * len(self._timers))


def _fail(_owner: object, error: Exception) -> None:
    raise error
