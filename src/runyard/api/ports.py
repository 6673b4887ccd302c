"""What the HTTP face needs of the runtime, as narrow protocols; the real Service satisfies them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from runyard.runtime.requests import (
    UNSET,
    AlikeRequests,
    QueueView,
    SubmitRequest,
    Submitted,
    SystemView,
    Unset,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import timedelta
    from pathlib import Path

    from runyard.api.draft_ports import DraftsPort
    from runyard.api.schedule_ports import CalendarsPort, SchedulesPort, UpcomingPort
    from runyard.api.statistics_ports import ProjectsPort, StatisticsPort
    from runyard.domain.errors import RunyardError
    from runyard.domain.rates import Rate
    from runyard.domain.runs import Attempt, Run, RunError
    from runyard.domain.states import RunStatus
    from runyard.domain.tasks import Task, TaskVersion
    from runyard.domain.waiting import Reason
    from runyard.process.logs import LogPage
    from runyard.runtime.interpretation import Interpretation, Sentence
    from runyard.runtime.monitoring import Monitoring
    from runyard.store import Change
    from runyard.store.filters import RunFilter


class RunPage(Protocol):
    @property
    def items(self) -> Sequence[Run]: ...

    @property
    def next_cursor(self) -> str | None: ...


class ExecutorLike(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...

    @property
    def source(self) -> str: ...

    @property
    def config_schema(self) -> dict[str, Any] | None: ...


class ExecutorsPort(Protocol):
    def all(self) -> Sequence[ExecutorLike]: ...


class FeedPort(Protocol):
    newest: int

    def subscribe(
        self, *, since: int | None = None, kinds: frozenset[str] | None = None
    ) -> AsyncIterator[list[Change]]:
        """What changed after `since` (None: from now on), in batches, without end.

        A reader that is too slow gets a `RunyardError` of code `overrun`.
        """


class CatalogPort(Protocol):
    """Tasks and their versions. Every change answers the task as it is after it."""

    async def list(self) -> Sequence[Task]:
        """All tasks that are not deleted, by id."""

    async def get(self, task_id: str) -> Task: ...

    async def create_script(
        self, task_id: str, content: str, *, author: str, message: str = ""
    ) -> Task: ...

    async def create_typed(
        self,
        task_id: str,
        *,
        executor: str,
        config: dict[str, Any],
        settings: dict[str, Any],
        author: str,
        message: str = "",
    ) -> Task: ...

    async def update(
        self,
        task_id: str,
        content: str,
        *,
        expected_hash: str | None,
        author: str,
        message: str = "",
    ) -> Task: ...

    async def edit_settings(
        self, task_id: str, settings: dict[str, Any], *, expected_hash: str | None, author: str
    ) -> Task: ...

    async def rename(self, task_id: str, new_id: str, *, author: str) -> Task: ...

    async def delete(self, task_id: str, *, author: str) -> None: ...

    async def restore(self, task_id: str, version: int, *, author: str) -> Task: ...

    async def versions(self, task_id: str) -> Sequence[TaskVersion]:
        """Newest first."""

    async def version(self, task_id: str, version: int) -> TaskVersion: ...

    async def diff(self, task_id: str, older: int, newer: int) -> str:
        """A unified diff."""


class ServicePort(Protocol):
    @property
    def catalog(self) -> CatalogPort: ...

    @property
    def executors(self) -> ExecutorsPort: ...

    @property
    def feed(self) -> FeedPort: ...

    @property
    def schedules(self) -> SchedulesPort: ...

    @property
    def calendars(self) -> CalendarsPort: ...

    @property
    def upcoming(self) -> UpcomingPort: ...

    @property
    def monitoring(self) -> Monitoring: ...

    @property
    def drafts(self) -> DraftsPort: ...

    @property
    def statistics(self) -> StatisticsPort: ...

    @property
    def projects(self) -> ProjectsPort: ...

    async def submit(self, request: SubmitRequest, *, by: str) -> Submitted: ...

    async def submit_many(
        self, requests: Sequence[SubmitRequest], *, by: str
    ) -> Sequence[Submitted | RunyardError]: ...

    async def submit_alike(
        self, groups: Sequence[AlikeRequests], *, by: str
    ) -> Mapping[int, str | RunyardError]: ...

    async def wait(self, run_id: str, *, timeout: timedelta) -> Run:  # noqa: ASYNC109
        """The run when it is final or when the time is up."""

    async def run(self, ref: str) -> Run: ...

    async def attempts(self, run_id: str) -> Sequence[Attempt]: ...

    def why(self, run: Run) -> Reason | None: ...

    async def runs(self, wanted: RunFilter, /, *, cursor: str | None, limit: int) -> RunPage: ...

    async def cancel(self, ref: str, *, reason: str, by: str) -> Run: ...

    async def cancel_matching(
        self, wanted: RunFilter, /, *, reason: str, by: str
    ) -> Sequence[str]: ...

    async def rerun(
        self,
        ref: str,
        *,
        params: dict[str, Any] | None,
        argv: tuple[str, ...] | None,
        exact: bool,
        by: str,
    ) -> Run: ...

    async def pause_task(self, task_id: str, *, reason: str, by: str) -> Task: ...

    async def resume_task(self, task_id: str, *, by: str) -> Task: ...

    async def queues(self) -> Sequence[QueueView]: ...

    async def set_queue(
        self,
        name: str,
        *,
        limit: int | Unset | None = UNSET,
        rate: Rate | Unset | None = UNSET,
        paused: bool | Unset = UNSET,
        by: str,
    ) -> QueueView: ...

    async def interpret(self, sentence: Sentence, *, by: str) -> Interpretation: ...

    async def heartbeat(self, ref: str) -> Run: ...

    async def report_progress(
        self,
        ref: str,
        *,
        progress: float | None,
        message: str | None,
        detail: dict[str, Any] | None,
    ) -> Run: ...

    async def report_finish(
        self,
        ref: str,
        *,
        status: RunStatus,
        result: Any,
        error: RunError | None,
        by: str,
    ) -> Run: ...

    def log_path(self, run: Run) -> Path: ...

    def follow_log(self, run_id: str, *, offset: int) -> AsyncIterator[LogPage]:
        """Pages from `offset` on as they come; ends when the run is final and all is read."""

    async def system(self) -> SystemView: ...

    async def reload(self) -> dict[str, Any]: ...
