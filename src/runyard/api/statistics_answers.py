"""The shapes of answers with figures about runs, tasks and projects, for the document."""

import datetime as dt
from datetime import datetime

from pydantic import Field

from runyard.api.answers import Answer, RunBriefAnswer
from runyard.domain.states import RunStatus


class StatusCounts(Answer):
    scheduled: int
    queued: int
    running: int
    retrying: int
    succeeded: int
    failed: int
    timed_out: int
    cancelled: int
    crashed: int


class RunCountsAnswer(Answer):
    counts: StatusCounts
    total: int
    exact: bool = Field(
        description="false: there are more; the newest 10,000 were counted, of each status where "
        "`status` or `task_id` was given"
    )


class RunSpanAnswer(Answer):
    id: str
    task_id: str | None
    executor: str
    queue: str
    status: RunStatus
    submitted_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class TimelineAnswer(Answer):
    items: list[RunSpanAnswer] = Field(description="newest first")
    since: datetime
    until: datetime
    truncated: bool = Field(
        description="there may be more; preferred were runs that run, then those that ended last"
    )


class NeighboursAnswer(Answer):
    """Null where there is none."""

    previous: RunBriefAnswer | None
    next: RunBriefAnswer | None


class EndCounts(Answer):
    succeeded: int
    failed: int
    timed_out: int
    cancelled: int
    crashed: int


class DurationAnswer(Answer):
    p50: float | None
    p95: float | None
    mean: float | None
    max: float | None


class WaitingTimeAnswer(Answer):
    p50: float | None
    p95: float | None


class DayAnswer(EndCounts):
    date: dt.date
    duration_p50_s: float | None


class RecentRunAnswer(Answer):
    id: str
    status: RunStatus
    started_at: datetime | None
    finished_at: datetime | None
    duration_s: float | None = Field(description="from its first start to its end")
    attempts: int


class TaskStatisticsAnswer(Answer):
    """About the runs of a task that ended in these days."""

    task_id: str
    days_from: datetime = Field(description="where the first day begins")
    zone: str
    counts: EndCounts
    success_rate: float | None = Field(
        description="0 to 1, cancelled runs left out; null where there are none"
    )
    duration_s: DurationAnswer
    waiting_s: WaitingTimeAnswer = Field(
        description="from when a run could start to its first start"
    )
    days: list[DayAnswer] = Field(description="every day, the oldest first")
    recent: list[RecentRunAnswer] = Field(description="the newest 100, also those not over")
    sampled: bool = Field(description="there are more; the newest 10,000 were counted")


class FacetAnswer(Answer):
    value: str
    count: int = Field(description="tasks that have it")


class TaskFacetsAnswer(Answer):
    """What tasks can be filtered by, the most frequent first."""

    tasks: int
    queues: list[FacetAnswer]
    projects: list[FacetAnswer]
    owners: list[FacetAnswer]
    labels: list[FacetAnswer]
    executors: list[FacetAnswer]


class ProjectItem(Answer):
    name: str | None = Field(description="null: the tasks that belong to none")
    tasks: int
    paused_tasks: int
    broken_tasks: int
    live: int = Field(description="runs that run now")
    waiting: int
    failed_24h: int = Field(description="ended badly within 24 hours: failed, timed out, crashed")
    succeeded_24h: int
    next_at: datetime | None = Field(description="the next fire of its active tasks")
    last_run_at: datetime | None = Field(description="when its newest run was submitted")
    sampled: bool = Field(
        description="more than 50,000 runs ended within 24 hours; those that ended last are counted"
    )


class ProjectAnswer(ProjectItem):
    task_ids: list[str]


class ProjectsAnswer(Answer):
    items: list[ProjectItem]


class ChangedTasksAnswer(Answer):
    count: int
    ids: list[str] = Field(description="the tasks that were changed")
