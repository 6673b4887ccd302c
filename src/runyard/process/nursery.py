"""Keeps one warm zygote per recipe, hands it orders, replaces those that are stale or idle."""

from __future__ import annotations

import os
import time

from runyard.process.zygotes import Zygote, clean_environ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from runyard.process.loop import Loop
    from runyard.process.run import Run
    from runyard.process.zygotes import Message, Recipe

IDLE_S = 600.0
_LOOK_EVERY_S = 30.0
_GOOD_PATHS = 1000


class Nursery:
    """Calls back with what became of each run that was handed in by `start`.

    `on_started(run, pid)`, `on_refused(run, reason, traceback)`, `on_ended(run)` after the facts of
    the end are noted on the run, `on_lost(run)` when its zygote died.
    """

    def __init__(
        self,
        loop: Loop,
        *,
        identity: str,
        on_started: Callable[[Run, int], None],
        on_refused: Callable[[Run, str, str | None], None],
        on_ended: Callable[[Run], None],
        on_lost: Callable[[Run], None],
    ) -> None:
        self._loop = loop
        self._on_started = on_started
        self._on_refused = on_refused
        self._on_ended = on_ended
        self._on_lost = on_lost
        self._environ = clean_environ(identity)
        self._zygotes: dict[Recipe, Zygote] = {}
        self.all: set[Zygote] = set()
        self._fed: set[Zygote] = set()  # with orders that were not sent yet
        self._runs: dict[str, Run] = {}
        self._good: dict[str, None] = {}  # frozen contents that a run was seen to survive
        loop.call_later(_LOOK_EVERY_S, self._end_idle)

    def start(self, run: Run, fds: list[int]) -> None:
        """Fork the run as soon as its zygote is up. Takes over the descriptors."""
        order = run.order
        recipe = order.recipe
        zygote = self._zygotes.get(recipe)
        if zygote is None:
            try:
                zygote = self._open(recipe)
            except OSError as error:
                for fd in fds:
                    os.close(fd)
                self._on_refused(run, f"{recipe[0]} can't be started: {error}", None)
                return
        run.zygote = zygote
        zygote.runs.add(run.key)
        self._runs[run.key] = run

        def hand_over() -> None:
            self._hand_over(zygote, run, fds)

        if zygote.ready:
            hand_over()
        else:
            zygote.waiting.append(hand_over)

    def retire(self) -> None:
        """No zygote of now starts another run; each ends with its last one."""
        for zygote in list(self._zygotes.values()):
            zygote.retired = True
            if not zygote.runs:
                zygote.end()
        self._zygotes.clear()

    def describe(self) -> list[dict[str, Any]]:
        return [
            {"pid": z.pid, "python": z.recipe[0], "preload": z.recipe[1], "runs": len(z.runs)}
            for z in self.all
        ]

    def _open(self, recipe: Recipe) -> Zygote:
        zygote = Zygote(
            self._loop,
            recipe,
            environ=self._environ,
            on_report=self._report,
            on_gone=self._gone,
        )
        self._zygotes[recipe] = zygote
        self.all.add(zygote)
        return zygote

    def _hand_over(self, zygote: Zygote, run: Run, fds: list[int]) -> None:
        order = run.order
        if self._give_up(zygote, run):
            for fd in fds:
                os.close(fd)
            return
        zygote.send(run.zygote_order(compiles=order.code_path in self._good), fds)
        self._fed.add(zygote)

    def _give_up(self, zygote: Zygote, run: Run) -> bool:
        """Whether the run is not started after all, and was said so."""
        if run.reason is not None:  # stopped while it waited
            self._forget(zygote, run)
            run.main_gone = run.clean = True
            self._on_ended(run)
            return True
        if run.order.kind == "function" and zygote.problems:
            self._forget(zygote, run)
            module, trace = next(iter(zygote.problems.items()))
            self._on_refused(run, f"the module {module!r} can't be imported", trace)
            return True
        for module, trace in zygote.problems.items():
            last = trace.strip().rpartition("\n")[2]
            run.log.platform_line(f"preload of {module!r} failed, going on without: {last}")
        return False

    def flush(self) -> None:
        """Send the orders of this turn."""
        for zygote in self._fed:
            zygote.flush()
        self._fed.clear()

    def _report(self, zygote: Zygote, messages: list[Message]) -> None:
        for message in messages:
            run = self._runs.get(message[1])
            try:
                self._take(zygote, message)
            except Exception as error:  # noqa: BLE001 - the reports after it are of other runs
                self._loop.on_failure(run, error)

    def _take(self, zygote: Zygote, message: Message) -> None:
        kind = message[0]
        if kind == "hello":
            self._up(zygote, message[2])
            return
        run = self._runs.get(message[1])
        if run is None:
            return
        if kind == "started":
            self._on_started(run, message[2])
        elif kind == "failed":
            self._forget(zygote, run)
            self._on_refused(run, f"no process could be forked: {message[2]}", None)
        elif kind == "ended":
            self._note_end(zygote, run, message)

    def _up(self, zygote: Zygote, problems: dict[str, str]) -> None:
        zygote.ready = True
        zygote.problems = problems
        waiting, zygote.waiting = zygote.waiting, []
        for hand_over in waiting:
            hand_over()
        if problems:  # the next start tries again: the cause may be gone
            self._set_aside(zygote)

    def _note_end(self, zygote: Zygote, run: Run, message: Message) -> None:
        _, _, _, run.status, run.cpu_s, run.peak_memory_bytes, run.clean = message
        self._forget(zygote, run)
        if run.order.code_path and os.WIFEXITED(run.status or 0):
            self._good[run.order.code_path] = None
            if len(self._good) > _GOOD_PATHS:
                del self._good[next(iter(self._good))]
        self._on_ended(run)

    def _forget(self, zygote: Zygote, run: Run) -> None:
        del self._runs[run.key]
        zygote.runs.discard(run.key)
        zygote.idle_since = time.monotonic()
        if zygote.retired and not zygote.runs and not zygote.gone:
            zygote.end()

    def _set_aside(self, zygote: Zygote) -> None:
        zygote.retired = True
        if self._zygotes.get(zygote.recipe) is zygote:
            del self._zygotes[zygote.recipe]
        if not zygote.runs and not zygote.gone:
            zygote.end()

    def _gone(self, zygote: Zygote) -> None:
        if self._zygotes.get(zygote.recipe) is zygote:
            del self._zygotes[zygote.recipe]
        self.all.discard(zygote)
        waiting, zygote.waiting = zygote.waiting, []
        if waiting:
            zygote.problems = {}
        for key in list(zygote.runs):
            run = self._runs.pop(key)
            zygote.runs.discard(key)
            if run.pid is None:
                self._on_refused(run, f"{zygote.recipe[0]} ended before it could start runs", None)
            else:
                self._on_lost(run)

    def _end_idle(self) -> None:
        now = time.monotonic()
        for zygote in list(self._zygotes.values()):
            if not zygote.runs and now - zygote.idle_since > IDLE_S:
                self._set_aside(zygote)
        self._loop.call_later(_LOOK_EVERY_S, self._end_idle)
