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


class Timer:
    """A call that is due at a moment of the monotonic clock; `cancel` may come at any time."""

    __slots__ = ("_callback", "deadline")

    def __init__(self, deadline: float, callback: Callable[[], None]) -> None:
        self.deadline = deadline
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
    so no descriptor can starve the others.
    """

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._handlers: dict[int, Callable[[int], None]] = {}
        self._timers: list[tuple[float, int, Timer]] = []
        self._timer_count = 0
        self.turn_end: list[Callable[[], None]] = []

    def watch(self, fd: int, handler: Callable[[int], None], *, mask: int = READ) -> None:
        self._handlers[fd] = handler
        self._epoll.register(fd, mask)

    def change(self, fd: int, mask: int) -> None:
        self._epoll.modify(fd, mask)

    def forget(self, fd: int) -> None:
        """Must come before the descriptor is closed; an unknown one is ignored."""
        if self._handlers.pop(fd, None) is not None:
            self._epoll.unregister(fd)

    def call_at(self, deadline: float, callback: Callable[[], None]) -> Timer:
        timer = Timer(deadline, callback)
        self._timer_count += 1
        heapq.heappush(self._timers, (deadline, self._timer_count, timer))
        return timer

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        return self.call_at(time.monotonic() + delay_s, callback)

    def turn(self) -> None:
        for fd, mask in self._epoll.poll(self._wait_s()):
            handler = self._handlers.get(fd)
            if handler is not None:
                handler(mask | READ if mask & _GONE else mask)
        self._fire_due()
        for hook in self.turn_end:
            hook()

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
            heapq.heappop(timers)[2].fire()
