"""A Service in memory, for tests of the HTTP face alone."""

from __future__ import annotations

import asyncio
import difflib
import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from runyard.domain.errors import (
    Busy,
    Conflict,
    IdempotencyMismatch,
    Invalid,
    NotFound,
    RunyardError,
    StaleEdit,
)
from runyard.domain.ids import RunIds
from runyard.domain.intents.reading import read
from runyard.domain.rates import Rate
from runyard.domain.runs import Attempt, IfBusy, Run, RunError
from runyard.domain.states import AttemptStatus, RunStatus
from runyard.domain.tasks import Task, TaskSource, TaskSpec, TaskVersion
from runyard.domain.waiting import Reason, WaitCode
from runyard.engines.contract import LiveAttempt
from runyard.process import logs
from runyard.runtime.interpretation import Interpretation, Sentence
from runyard.runtime.requests import (
    UNSET,
    AlikeRequests,
    QueueView,
    SubmitRequest,
    Submitted,
    SystemView,
    Unset,
)
from runyard.store import Change
from runyard.store.filters import Page, RunFilter
from tests.api.fake_drafts import FakeDrafts
from tests.api.fake_figures import FakeProjects, FakeStatistics
from tests.api.fake_monitoring import fake_monitoring
from tests.api.fake_schedules import FakeSchedules

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from runyard.process.logs import LogPage

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Overrun(RunyardError):
    code = "overrun"


class FakeFeed:
    def __init__(self) -> None:
        self.newest = 0
        self.kept: list[Change] = []
        self.moved = asyncio.Condition()
        self.behind = 100_000
        self.subscribers = 0

    async def publish(self, *changes: Change) -> None:
        self.kept += changes
        self.newest = changes[-1].seq
        async with self.moved:
            self.moved.notify_all()

    async def subscribe(
        self, *, since: int | None = None, kinds: frozenset[str] | None = None
    ) -> AsyncIterator[list[Change]]:
        seen = self.newest if since is None else since
        self.subscribers += 1
        try:
            while True:
                fresh = [change for change in self.kept if change.seq > seen]
                if len(fresh) > self.behind:
                    raise Overrun("too far behind; resume with the last number seen")
                if fresh:
                    seen = fresh[-1].seq
                if wanted := [c for c in fresh if kinds is None or c.kind in kinds]:
                    yield wanted
                if self.newest == seen:
                    async with self.moved:
                        await self.moved.wait_for(lambda: self.newest > seen)  # noqa: B023
        finally:
            self.subscribers -= 1


class FakeCatalog:
    def __init__(self) -> None:
        self.tasks: dict[str, Task] = {}
        self.history: dict[str, list[TaskVersion]] = {}

    async def list(self) -> Sequence[Task]:
        return list(self.tasks.values())

    async def get(self, task_id: str) -> Task:
        if task_id not in self.tasks:
            raise NotFound(f"there is no task {task_id}", task=task_id)
        return self.tasks[task_id]

    async def create_script(
        self, task_id: str, content: str, *, author: str, message: str = ""
    ) -> Task:
        if task_id in self.tasks:
            raise Conflict(f"task {task_id} is there already")
        if "/" in task_id or "\\" in task_id or task_id.startswith("."):
            raise Invalid(f"{task_id} can't be a task's id")
        return self._save(task_id, content, spec=TaskSpec(title=task_id), author=author)

    async def create_typed(
        self,
        task_id: str,
        *,
        executor: str,
        config: dict[str, Any],
        settings: dict[str, Any],
        author: str,
        message: str = "",
    ) -> Task:
        spec = TaskSpec(executor=executor, config=config)
        return self._save(task_id, repr(settings), spec=spec, author=author)

    async def update(
        self,
        task_id: str,
        content: str,
        *,
        expected_hash: str | None,
        author: str,
        message: str = "",
    ) -> Task:
        task = await self.get(task_id)
        if expected_hash is not None and expected_hash != task.content_hash:
            raise StaleEdit("changed meanwhile")
        return self._save(task_id, content, spec=task.spec, author=author, message=message)

    async def edit_settings(
        self, task_id: str, settings: dict[str, Any], *, expected_hash: str | None, author: str
    ) -> Task:
        task = await self.get(task_id)
        spec = replace(task.spec, **settings)
        return self._save(task_id, f"{settings}", spec=spec, author=author)

    async def rename(self, task_id: str, new_id: str, *, author: str) -> Task:
        task = await self.get(task_id)
        if new_id in self.tasks:
            raise Conflict(f"task {new_id} is there already")
        del self.tasks[task_id]
        self.history[new_id] = self.history.pop(task_id)
        self.tasks[new_id] = replace(task, id=new_id)
        return self.tasks[new_id]

    async def delete(self, task_id: str, *, author: str) -> None:
        await self.get(task_id)
        del self.tasks[task_id]

    async def restore(self, task_id: str, version: int, *, author: str) -> Task:
        old = await self.version(task_id, version)
        return self._save(task_id, old.content, spec=old.spec, author=author)

    async def versions(self, task_id: str) -> Sequence[TaskVersion]:
        await self.get(task_id)
        return self.history[task_id][::-1]

    async def version(self, task_id: str, version: int) -> TaskVersion:
        for found in await self.versions(task_id):
            if found.version == version:
                return found
        raise NotFound(f"task {task_id} has no version {version}")

    async def diff(self, task_id: str, older: int, newer: int) -> str:
        a, b = await self.version(task_id, older), await self.version(task_id, newer)
        return "".join(difflib.unified_diff(a.content.splitlines(True), b.content.splitlines(True)))

    def _save(
        self, task_id: str, content: str, *, spec: TaskSpec, author: str, message: str = ""
    ) -> Task:
        history = self.history.setdefault(task_id, [])
        digest = hashlib.sha256(content.encode()).hexdigest()
        history.append(
            TaskVersion(
                task_id=task_id,
                version=len(history) + 1,
                content=content,
                content_hash=digest,
                spec=spec,
                author=author,
                message=message,
                created_at=START,
            )
        )
        self.tasks[task_id] = Task(
            id=task_id,
            source=TaskSource.FILE,
            spec=spec,
            version=len(history),
            path=f"{task_id}.py",
            content_hash=digest,
            created_at=START,
            updated_at=START,
        )
        return self.tasks[task_id]


@dataclass(frozen=True)
class FakeExecutor:
    name: str
    description: str = "runs things"
    source: str = "built-in"
    config_schema: dict[str, Any] | None = None


class FakeExecutors:
    def all(self) -> Sequence[FakeExecutor]:
        return [FakeExecutor("script"), FakeExecutor("shell", config_schema={"type": "object"})]


class FakeService:
    def __init__(self, folder: Path) -> None:
        self.catalog = FakeCatalog()
        self.executors = FakeExecutors()
        self.feed = FakeFeed()
        self.schedules = FakeSchedules(self)
        self.upcoming = self.schedules.upcoming
        self.calendars = self.schedules.calendars
        self.statistics = FakeStatistics(self)
        self.projects = FakeProjects(self)
        self.drafts = FakeDrafts(self)
        self.folder = folder
        self.live: list[LiveAttempt] = []
        self.monitoring = fake_monitoring(self)
        self.all: dict[str, Run] = {}
        self.by_key: dict[str, str] = {}
        self.ids = RunIds(lambda: 1_767_323_045_000)
        self.seq = 0
        self.named_queues: dict[str, QueueView] = {}
        self.broken: Exception | None = None
        self.log_grew = asyncio.Event()

    async def change(self, run: Run) -> Run:
        self.seq += 1
        run = replace(run, seq=self.seq)
        self.all[run.id] = run
        await self.feed.publish(Change(seq=run.seq, kind="run", object=run))
        return run

    async def submit(self, request: SubmitRequest, *, by: str) -> Submitted:
        if self.broken:
            raise self.broken
        key = request.idempotency_key
        if key in self.by_key:
            first = self.all[self.by_key[key]]
            if first.params != request.params:
                raise IdempotencyMismatch("another request", run_id=first.id)
            return Submitted(run=first, created=False)
        spec, version = TaskSpec(), None
        if request.task_id is not None:
            task = await self.catalog.get(request.task_id)
            spec, version = task.spec, task.version
        if request.if_busy is IfBusy.REJECT and self.all:
            raise Busy("runs already", run_id=next(iter(self.all)))
        run = Run(
            id=self.ids.new(),
            task_id=request.task_id,
            task_version=version,
            spec=spec,
            executor=request.executor or spec.executor,
            queue=request.queue or spec.effective_queue,
            concurrency_key=request.task_id,
            priority=request.priority or 0,
            params=request.params,
            argv=request.argv,
            labels=request.labels,
            status=RunStatus.QUEUED,
            submitted_at=START,
            submitted_by=by,
            rerun_of=request.rerun_of,
            idempotency_key=key,
        )
        if key is not None:
            self.by_key[key] = run.id
        return Submitted(run=await self.change(run), created=True)

    async def submit_many(
        self, requests: Sequence[SubmitRequest], *, by: str
    ) -> Sequence[Submitted | RunyardError]:
        answers: list[Submitted | RunyardError] = []
        for request in requests:
            try:
                answers.append(await self.submit(request, by=by))
            except RunyardError as error:
                answers.append(error)
        return answers

    async def submit_alike(
        self, groups: Sequence[AlikeRequests], *, by: str
    ) -> dict[int, str | RunyardError]:
        answers: dict[int, str | RunyardError] = {}
        for place, request in sorted(pair for group in groups for pair in group.one_by_one()):
            (answer,) = await self.submit_many([request], by=by)
            answers[place] = answer.run.id if isinstance(answer, Submitted) else answer
        return answers

    async def wait(self, run_id: str, *, timeout: timedelta) -> Run:  # noqa: ASYNC109
        if self.all[run_id].params.get("slow"):
            return self.all[run_id]
        return await self.finish(run_id)

    async def finish(self, run_id: str) -> Run:
        return await self.change(
            replace(
                self.all[run_id],
                status=RunStatus.SUCCEEDED,
                attempt=1,
                result={"n": 1},
                progress=100.0,
                started_at=START,
                finished_at=START,
            )
        )

    async def run(self, ref: str) -> Run:
        if self.broken:
            raise self.broken
        found = [run for run in self.all.values() if run.id.startswith(ref) or run.id.endswith(ref)]
        if not found or len(ref) < 4:
            raise NotFound(f"there is no run {ref}", run=ref)
        if len(found) > 1:
            raise Conflict(f"{ref} is part of several runs' ids")
        return found[0]

    async def attempts(self, run_id: str) -> Sequence[Attempt]:
        return [
            Attempt(
                run_id=run_id,
                number=1,
                status=AttemptStatus.SUCCEEDED,
                started_at=START,
                error=RunError(type="exit_code", message="1"),
            )
        ]

    def why(self, run: Run) -> Reason | None:
        if not run.status.is_waiting:
            return None
        return Reason(code=WaitCode.QUEUE_FULL, message="queue script is full", until=None)

    async def runs(self, wanted: RunFilter, *, cursor: str | None, limit: int) -> Page:
        found = [
            run
            for _, run in sorted(self.all.items(), reverse=True)
            if (cursor is None or run.id < cursor)
            and (not wanted.statuses or run.status in wanted.statuses)
            and (not wanted.task_ids or run.task_id in wanted.task_ids)
        ]
        more = len(found) > limit
        return Page(items=tuple(found[:limit]), next_cursor=found[limit - 1].id if more else None)

    async def cancel(self, ref: str, *, reason: str, by: str) -> Run:
        run = await self.run(ref)
        if run.status.is_final:
            raise Conflict(f"run {run.id} is over")
        return await self.change(
            replace(run, status=RunStatus.CANCELLED, finished_at=START, cancel_reason=reason)
        )

    async def cancel_matching(self, wanted: RunFilter, *, reason: str, by: str) -> Sequence[str]:
        page = await self.runs(wanted, cursor=None, limit=100_000)
        live = [run.id for run in page.items if not run.status.is_final]
        for run_id in live:
            await self.cancel(run_id, reason=reason, by=by)
        return live

    async def rerun(
        self,
        ref: str,
        *,
        params: dict[str, Any] | None,
        argv: tuple[str, ...] | None,
        exact: bool,
        by: str,
    ) -> Run:
        run = await self.run(ref)
        request = SubmitRequest(
            task_id=run.task_id, params=params or run.params, argv=argv, rerun_of=run.id
        )
        return (await self.submit(request, by=by)).run

    async def pause_task(self, task_id: str, *, reason: str, by: str) -> Task:
        self.catalog.tasks[task_id] = replace(await self.catalog.get(task_id), paused=True)
        return self.catalog.tasks[task_id]

    async def resume_task(self, task_id: str, *, by: str) -> Task:
        self.catalog.tasks[task_id] = replace(await self.catalog.get(task_id), paused=False)
        return self.catalog.tasks[task_id]

    async def queues(self) -> Sequence[QueueView]:
        return list(self.named_queues.values())

    async def set_queue(
        self,
        name: str,
        *,
        limit: int | Unset | None = UNSET,
        rate: Rate | Unset | None = UNSET,
        paused: bool | Unset = UNSET,
        by: str,
    ) -> QueueView:
        old = self.named_queues.get(name)
        self.named_queues[name] = QueueView(
            name=name,
            limit=(old.limit if old else None) if isinstance(limit, Unset) else limit,
            rate=(old.rate if old else None) if isinstance(rate, Unset) else rate,
            paused=(old.paused if old else False) if isinstance(paused, Unset) else paused,
            running=0,
            waiting=0,
        )
        return self.named_queues[name]

    async def interpret(self, sentence: Sentence, *, by: str) -> Interpretation:
        intent = read(sentence.text, now=datetime.now(UTC))
        return Interpretation(
            intent=intent.kind,
            language=intent.language,
            subject=intent.subject,
            understood=sentence.text,
            sure=True,
            target=None,
            when=intent.when,
            timezone="UTC",
            candidates=(),
            done=sentence.confirm,
            result={"by": by} if sentence.confirm else None,
        )

    async def heartbeat(self, ref: str) -> Run:
        return await self.run(ref)

    async def report_progress(
        self,
        ref: str,
        *,
        progress: float | None,
        message: str | None,
        detail: dict[str, Any] | None,
    ) -> Run:
        run = await self.run(ref)
        return await self.change(replace(run, progress=progress, message=message, detail=detail))

    async def report_finish(
        self,
        ref: str,
        *,
        status: RunStatus,
        result: Any,
        error: RunError | None,
        by: str,
    ) -> Run:
        run = await self.run(ref)
        return await self.change(
            replace(run, status=status, result=result, error=error, finished_at=START)
        )

    def log_path(self, run: Run) -> Path:
        return self.folder / f"{run.task_id}_{run.id}.log"

    async def follow_log(self, run_id: str, *, offset: int) -> AsyncIterator[LogPage]:
        path = self.log_path(self.all[run_id])
        async for page in logs.follow(
            path,
            offset,
            wake=self.log_grew,
            ended=lambda: self.all[run_id].status.is_final,
            poll_s=0.02,
            patience_s=0.02,
        ):
            yield page

    async def system(self) -> SystemView:
        if self.broken:
            raise self.broken
        return SystemView(
            version="0.1.0",
            started_at=START,
            store="sqlite",
            tasks_dir="/somewhere/secret/tasks",
            data_dir="/somewhere/secret/data",
            max_workers=5,
            engine={"name": "local", "connected": True, "pid": 12, "live": 0},
            runs={"queued": len(self.all)},
            tasks=len(self.catalog.tasks),
            problems=("disk <nearly> full",),
        )

    async def reload(self) -> dict[str, Any]:
        return {"tasks": 1, "problems": []}
