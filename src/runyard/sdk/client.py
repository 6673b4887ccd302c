"""The synchronous client of a Runyard server.

```python
from runyard import Client

with Client() as runyard:
    run = runyard.submit("report", {"month": "2026-01"}, wait_s=60)
    print(run.status, run.result)
```
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Self, TypeVar, Unpack

import httpx2

from runyard.sdk import http, operations
from runyard.sdk.calendar_operations import CalendarOperations
from runyard.sdk.calls import Address, Answer, Call, Operation
from runyard.sdk.errors import Unavailable, WaitedTooLong, error_of
from runyard.sdk.objects import Change, LogLine, Run, Task
from runyard.sdk.operations import (
    ExecutorOperations,
    QueueOperations,
    RunFilter,
    RunOperations,
    SystemOperations,
)
from runyard.sdk.schedule_objects import Schedule
from runyard.sdk.schedule_operations import ScheduleFilter, ScheduleOperations
from runyard.sdk.streams import ChangeReader, LogReader, Patience, PollPace, Reader
from runyard.sdk.task_operations import TaskFilter, TaskOperations

T = TypeVar("T")


class _Group:
    def __init__(self, client: Client) -> None:
        self._client = client

    def perform(self, call: Call[T], /) -> T:
        return self._client.perform(call)


class Tasks(TaskOperations, _Group): ...


class Runs(RunOperations, _Group): ...


class Queues(QueueOperations, _Group): ...


class Executors(ExecutorOperations, _Group): ...


class Schedules(ScheduleOperations, _Group): ...


class Calendars(CalendarOperations, _Group): ...


class SystemGroup(SystemOperations, _Group): ...


class Client:
    """Everything the REST API offers, by group; the most used operations also directly.

    The address is `url`, or `RUNYARD_URL`, or this machine's port 5000. Raises errors of
    `runyard.sdk.errors`. One instance may be used by several threads. `patience_s` is how long
    `wait`, `follow` and `stream` go on when a server that had answered is away (it restarts).
    """

    submit = Operation(operations.submit)
    submit_many = Operation(operations.submit_many)
    cancel = Operation(operations.cancel_run)
    rerun = Operation(operations.rerun)
    interpret = Operation(operations.interpret)

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        timeout_s: float = 30.0,
        patience_s: float = 60.0,
    ) -> None:
        self.address = Address.of(url, token)
        self.timeout_s = timeout_s
        self.patience_s = patience_s
        self._http = httpx2.Client(**http.options(self.address))
        self._known = False  # whether the server has ever answered
        self.tasks = Tasks(self)
        self.runs = Runs(self)
        self.queues = Queues(self)
        self.executors = Executors(self)
        self.system = SystemGroup(self)
        self.schedules = Schedules(self)
        self.calendars = Calendars(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def perform(self, call: Call[T], /) -> T:
        """Send a call and read its answer; one that may be repeated is, after a broken line."""
        try:
            try:
                answer = self._send(call)
            except http.BROKEN as error:
                if isinstance(error, httpx2.ConnectError) or not call.repeatable:
                    raise
                answer = self._send(call)
        except httpx2.TransportError as error:
            raise http.explain(error, self.address.url) from error
        return call.result(answer)

    def _send(self, call: Call[T]) -> Answer:
        response = self._http.request(**http.request(call, self.timeout_s))
        self._known = True
        return http.answer(response)

    def wait(self, run: Run | str, *, timeout_s: float | None = None) -> Run:
        """The run when it is over. Raises `WaitedTooLong` after `timeout_s`; the run goes on."""
        run_id = run if isinstance(run, str) else run.id
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        patience, pace = Patience(self.patience_s, known=self._known), PollPace()
        while True:
            try:
                now = self.runs.get(run_id)
                patience.answered()
                if now.is_final:
                    return now
                pause = pace.next_s()
            except Unavailable:
                away = patience.pause_s(time.monotonic())
                if away is None:
                    raise
                pause = away
            if deadline is not None and time.monotonic() + pause > deadline:
                raise WaitedTooLong(
                    f"run {run_id} is not over after {timeout_s} s", code="waited_too_long"
                )
            time.sleep(pause)

    def follow(self, run: Run | str, *, offset: int = 0) -> Iterator[LogLine]:
        """The lines of a run's log from a byte offset on, as they come; ends with the run."""
        return self._listen(LogReader(run if isinstance(run, str) else run.id, offset=offset))

    def stream(
        self,
        *,
        since: int | None = None,
        kinds: Sequence[str] = (),
        run_id: str | None = None,
    ) -> Iterator[Change]:
        """Changes after number `since` (None: from now on), without end; goes on after a restart.

        `kinds`: run, task, queue, schedule; none: all.
        """
        return self._listen(ChangeReader(since=since, kinds=kinds, run_id=run_id))

    def all_runs(self, *, limit: int = 100, **which: Unpack[RunFilter]) -> Iterator[Run]:
        """Up to `limit` runs that the filter names, newest first, however many pages that takes."""
        cursor: str | None = None
        while limit > 0:
            page = self.runs.list(limit=min(limit, 500), cursor=cursor, **which)
            yield from page.items
            limit -= len(page.items)
            cursor = page.next_cursor
            if cursor is None:
                return

    def all_tasks(self, **which: Unpack[TaskFilter]) -> Iterator[Task]:
        """All tasks that the filter names, by id."""
        cursor: str | None = None
        while True:
            page = self.tasks.list(limit=500, cursor=cursor, **which)
            yield from page.items
            cursor = page.next_cursor
            if cursor is None:
                return

    def all_schedules(self, **which: Unpack[ScheduleFilter]) -> Iterator[Schedule]:
        """All schedules that the filter names, by id."""
        cursor: str | None = None
        while True:
            page = self.schedules.list(limit=500, cursor=cursor, **which)
            yield from page.items
            cursor = page.next_cursor
            if cursor is None:
                return

    def _listen(self, reader: Reader[T]) -> Iterator[T]:
        patience = Patience(self.patience_s, known=self._known)
        while not reader.is_done():
            try:
                yield from self._events(reader, patience)
                problem: httpx2.TransportError = httpx2.ReadError("the server ended the stream")
            except httpx2.TransportError as error:
                problem = error
            if reader.is_done():
                return
            pause = patience.pause_s(time.monotonic())
            if pause is None:
                raise http.explain(problem, self.address.url) from problem
            time.sleep(pause)

    def _events(self, reader: Reader[T], patience: Patience) -> Iterator[T]:
        with self._http.sse(
            reader.path, params=reader.query(), timeout=http.stream_timeout()
        ) as source:
            if source.response.status_code >= 400:
                raise error_of(source.response.status_code, source.response.read())
            patience.connected()
            for event in source:
                patience.answered()
                yield from reader.read(event.event, event.data)
                if reader.is_done():
                    return
