"""Tells all WebSockets what happens to the tasks; each change is put into words once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from runyard.dialects.pixivtailor import messages
from runyard.dialects.pixivtailor.words import NAME, status_word, task_id_of
from runyard.domain.errors import RunyardError
from runyard.domain.runs import Run
from runyard.domain.states import RunStatus
from runyard.process import logs
from runyard.runtime.service import Service
from runyard.store.filters import RunFilter

log = logging.getLogger(f"runyard.{NAME}")

_RESUME_AFTER_S = 0.5
_LIVE_AT_MOST = 500


class Listener(Protocol):
    """One client. Neither call waits; a listener that is behind drops lines and says so."""

    def tell(self, task_id: str | None, texts: Sequence[str]) -> None:
        """News of a task, or (None) for everybody."""

    def tell_line(self, task_id: str, texts: Sequence[str]) -> None:
        """A line of a task's log."""


class Hub:
    """Reads the change feed since it was first needed, and, while anybody listens, the logs."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._listeners: set[Listener] = set()
        self._reading: asyncio.Task[None] | None = None
        self._logs: dict[str, asyncio.Task[None]] = {}
        self._live: dict[str, Run] = {}  # runs that are not over, as last told

    @property
    def connections(self) -> int:
        return len(self._listeners)

    def listen(self) -> None:
        """From here on the log of the server and all listeners hear of every change."""
        if self._reading is None or self._reading.done():
            newest = self._service.feed.newest
            self._reading = asyncio.create_task(self._read(newest), name=f"{NAME} hub")

    async def join(self, listener: Listener) -> None:
        first = not self._listeners
        self._listeners.add(listener)
        self.listen()
        if first:
            await self._follow_what_runs()

    async def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)
        if self._listeners:
            return
        ending = list(self._logs.values())
        self._logs.clear()
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    def say(self, level: str, text: str) -> None:
        """A line for everybody."""
        self._tell(None, [messages.global_text(level, text)])

    def tell_failed(self, task_id: str, error: str) -> None:
        """A task that has no run can't be heard of from the feed."""
        self._tell(task_id, messages.failed_texts(task_id, error))

    # The feed

    async def _read(self, seen: int) -> None:
        feed = self._service.feed
        while True:
            try:
                async for batch in feed.subscribe(since=seen, kinds=frozenset({"run"})):
                    for change in batch:
                        seen = change.seq
                        if isinstance(change.object, Run):
                            self._changed(change.object)
            except RunyardError as error:  # overrun, or the store is away: go on where it broke
                log.warning("the live updates of %s were interrupted: %s", NAME, error.message)
                await asyncio.sleep(_RESUME_AFTER_S)

    def _changed(self, run: Run) -> None:
        task_id = task_id_of(run)
        if task_id is None:
            return
        before = self._live.get(run.id)
        if run.status.is_final:
            self._live.pop(run.id, None)
        else:
            self._live[run.id] = run
        word = None if before is None else status_word(before.status)
        if run.status.is_final and run.started_at is not None and word != "running":
            # Clients wait for `running` before they believe in an end.
            started = replace(run, status=RunStatus.RUNNING, result=None, error=None)
            self._tell(task_id, messages.status_texts(task_id, started))
        self._tell(task_id, messages.status_texts(task_id, run))
        if word != status_word(run.status):
            self._announce(task_id, run)
        # What ran before anybody listened is followed from where its log was when they came.
        begins = word != "running" and run.progress is None and run.message is None
        if run.status is RunStatus.RUNNING and begins and self._listeners:
            self._follow(run, offset=0)

    def _announce(self, task_id: str, run: Run) -> None:
        level, text = messages.global_line(task_id, run.queue, run)
        self.say(level, text)
        if run.status is RunStatus.RUNNING:
            waiting = sum(
                one.status.is_waiting and one.queue == run.queue for one in self._live.values()
            )
            log.info(
                "processNextTask: 启动 %s 类型任务 %s (该类型还有 %d 个等待任务)",
                run.queue,
                task_id,
                waiting,
            )
        elif run.status.is_final:
            log.info("%s", text)

    def _tell(self, task_id: str | None, texts: Sequence[str]) -> None:
        for listener in self._listeners:
            listener.tell(task_id, texts)

    # Logs

    async def _follow_what_runs(self) -> None:
        wanted = RunFilter(statuses=(RunStatus.RUNNING,), labels=(NAME,))
        running = await self._service.runs(wanted, cursor=None, limit=_LIVE_AT_MOST)
        for run in running.items:
            self._live.setdefault(run.id, run)
            size = await asyncio.to_thread(logs.size, self._service.log_path(run))
            self._follow(run, offset=size)

    def _follow(self, run: Run, *, offset: int) -> None:
        task_id = task_id_of(run)
        if task_id is None or run.id in self._logs:
            return
        following = asyncio.create_task(self._follow_log(run.id, task_id, offset))
        self._logs[run.id] = following
        following.add_done_callback(lambda done: self._forget(run.id, done))

    def _forget(self, run_id: str, done: asyncio.Task[None]) -> None:
        if self._logs.get(run_id) is done:
            del self._logs[run_id]

    async def _follow_log(self, run_id: str, task_id: str, offset: int) -> None:
        try:
            async for page in self._service.follow_log(run_id, offset=offset):
                for line in page.lines:
                    texts = messages.log_texts(task_id, line)
                    for listener in self._listeners:
                        listener.tell_line(task_id, texts)
        except (RunyardError, OSError) as error:
            log.warning("the log of run %s can't be followed: %s", run_id, error)
