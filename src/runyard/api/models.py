"""What callers send: bodies and queries, each field with its limits; unknown names are refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from runyard.domain.runs import IfBusy
from runyard.domain.states import FINAL, LIVE, WAITING, RunStatus

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Labels = Annotated[list[Label], Field(max_length=50)]
Argument = Annotated[str, StringConstraints(max_length=100_000)]
Message = Annotated[str, StringConstraints(max_length=2000)]
Seconds = Annotated[float, Field(gt=0, le=10 * 366 * 86_400, allow_inf_nan=False)]
Delay = Annotated[float, Field(ge=0, le=10 * 366 * 86_400, allow_inf_nan=False)]
Version = Annotated[int, Field(ge=1, le=2**31 - 1)]
Priority = Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
Limit = Annotated[int, Field(ge=1, le=1_000_000)]

_GROUPS = {"waiting": WAITING, "live": LIVE, "final": FINAL}


_StatusWord = RunStatus | Literal["waiting", "live", "final"]


def _split_statuses(value: Any) -> Any:
    """`status=queued,running`, `status=live`, or the name given several times."""
    value = [value] if isinstance(value, str) else value
    if not isinstance(value, list):
        return value
    statuses: list[str] = []
    for word in ",".join(str(item) for item in value).split(","):
        group = _GROUPS.get(word)
        statuses += sorted(group) if group else [word]
    return statuses


Statuses = Annotated[
    list[RunStatus],
    BeforeValidator(
        _split_statuses,
        json_schema_input_type=list[_StatusWord] | _StatusWord,
    ),
]


def _in_a_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Names = Annotated[list[Name], BeforeValidator(_in_a_list, json_schema_input_type=list[Name] | Name)]


class Asked(BaseModel):
    # Built when it is first asked for: all together they are a tenth of the server's start.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class SubmitBody(Asked):
    """How a task shall run once."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"params": {"count": 5}, "if_busy": "queue"}]}
    )

    params: dict[str, Any] = Field({}, description="typed parameters, checked against the task")
    argv: list[Argument] | None = Field(
        None, max_length=1000, description="plain arguments instead of `params`"
    )
    if_busy: IfBusy = Field(
        IfBusy.QUEUE, description="what to do while another run holds the concurrency key"
    )
    priority: Priority | None = Field(None, description="higher first; default: the task's")
    not_before: AwareDatetime | None = Field(None, description="earliest start")
    delay_s: Delay | None = Field(None, description="earliest start, in seconds from now")
    labels: Labels = Field([], description="words to find the run by")
    timeout_s: Seconds | None = Field(None, description="of one attempt; default: the task's")
    version: Version | None = Field(None, description="an older version of the task")
    queue: Name | None = Field(None, description="default: the task's")
    concurrency_key: Name | None = Field(None, description="default: the task itself")

    @model_validator(mode="after")
    def _one_of_each(self) -> SubmitBody:
        if self.argv is not None and self.params:
            raise ValueError("params and argv exclude each other")
        if self.not_before is not None and self.delay_s is not None:
            raise ValueError("not_before and delay_s exclude each other")
        return self

    @property
    def delay(self) -> timedelta | None:
        return None if self.delay_s is None else timedelta(seconds=self.delay_s)

    @property
    def timeout(self) -> timedelta | None:
        return None if self.timeout_s is None else timedelta(seconds=self.timeout_s)


class RunBody(SubmitBody):
    """A run of a task (`task_id`), or a one-off of a type (`executor` with its `config`)."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"executor": "shell", "config": {"command": "date"}}]}
    )

    task_id: Name | None = None
    executor: Name | None = None
    config: dict[str, Any] | None = Field(None, description="checked by the executor's schema")

    @model_validator(mode="after")
    def _task_or_executor(self) -> RunBody:
        if (self.task_id is None) == (self.executor is None):
            raise ValueError("give either task_id or executor")
        if self.config is not None and self.executor is None:
            raise ValueError("config belongs to an executor; a task has its own")
        return self


class BulkBody(Asked):
    """Many runs in one call; one wrong entry does not keep the others from being submitted."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"runs": [{"task_id": "hello"}, {"task_id": "report"}]}]}
    )

    runs: list[dict[str, Any]] = Field(
        max_length=10_000, description="each like the body of `POST /api/v1/runs`"
    )


class CancelBody(Asked):
    reason: Message = ""


class RunFilterBody(Asked):
    """Which runs; all that are named must hold."""

    status: Statuses = []
    task_id: Names = []
    queue: Names = []
    project: Names = []
    executor: Names = []
    schedule_id: Names = []
    label: Names = []
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    finished_since: AwareDatetime | None = None
    finished_until: AwareDatetime | None = None
    q: Message | None = None


class CancelManyBody(Asked):
    filter: RunFilterBody = Field(description="an empty filter means every run that is not over")
    reason: Message = ""


class RerunBody(Asked):
    params: dict[str, Any] | None = Field(None, description="instead of the old ones")
    argv: list[Argument] | None = Field(None, max_length=1000)
    exact: bool = Field(False, description="with the very version that ran, not the newest")

    @model_validator(mode="after")
    def _one(self) -> RerunBody:
        if self.argv is not None and self.params is not None:
            raise ValueError("params and argv exclude each other")
        return self


class CreateTaskBody(Asked):
    """A script (`content`), or a task of a registered type (`executor` and `config`)."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "hello", "content": "print('hello')\n"}]}
    )

    id: Name
    content: str | None = Field(None, description="the text of `<id>.py`")
    executor: Name | None = None
    config: dict[str, Any] = {}
    settings: dict[str, Any] = Field({}, description="keys of `[tool.runyard]`")
    message: Message = Field("", description="kept with the version")

    @model_validator(mode="after")
    def _script_or_typed(self) -> CreateTaskBody:
        if (self.content is None) == (self.executor is None):
            raise ValueError("give either content (a script) or executor (a typed task)")
        if self.content is not None and self.config:
            raise ValueError("config belongs to a typed task; a script has its own text")
        if self.content is not None and self.settings:
            raise ValueError("a script's settings stand in its own [tool.runyard] block")
        return self


class TaskContentBody(Asked):
    content: str
    message: Message = ""


class TaskSettingsBody(Asked):
    settings: dict[str, Any] = Field(
        description="keys of `[tool.runyard]` to set; null takes a key out"
    )


class RenameBody(Asked):
    new_id: Name


class PauseBody(Asked):
    reason: Message = ""


class QueueBody(Asked):
    """What is not named stays as it is."""

    limit: Limit | None = Field(None, description="runs at once; null: no limit of its own")
    rate: Annotated[str, Field(max_length=60)] | None = Field(
        None,
        description="how often runs may start: 100/h, 5/s, 30/10m, 100/h burst 20; null: any rate",
        examples=["100/h burst 20"],
    )
    paused: bool = Field(False)


class ProgressBody(Asked):
    progress: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None = None
    message: Message | None = None
    detail: dict[str, Any] | None = None


class ErrorBody(Asked):
    type: Name = "Error"
    message: Message = ""
    traceback: Annotated[str, StringConstraints(max_length=16_384)] | None = None


class FinishBody(Asked):
    status: Literal["succeeded", "failed", "cancelled"]
    result: Any = None
    error: ErrorBody | None = None


# Queries -----------------------------------------------------------------------------------------


class NothingQuery(Asked):
    pass


class WhichRunsQuery(Asked):
    status: Statuses = Field(
        [], description="statuses, or the groups `waiting`, `live`, `final`; commas separate"
    )
    task_id: list[Name] = []
    queue: list[Name] = []
    project: list[Name] = []
    executor: list[Name] = []
    schedule_id: list[Name] = Field([], description="made by these schedules")
    label: list[Name] = []
    q: Message | None = Field(None, description="text in the task's id or the message")


class RunFilterQuery(WhichRunsQuery):
    since: AwareDatetime | None = Field(None, description="submitted at or after")
    until: AwareDatetime | None = Field(None, description="submitted before")
    finished_since: AwareDatetime | None = Field(None, description="over, ended at or after")
    finished_until: AwareDatetime | None = Field(None, description="over, ended before")


class RunsQuery(RunFilterQuery):
    limit: int = Field(50, ge=1, le=500)
    cursor: str | None = Field(None, description="`next_cursor` of the page before")


class TasksQuery(Asked):
    q: Message | None = Field(None, description="text in the id, title or description")
    queue: Name | None = None
    project: Name | None = None
    owner: Name | None = None
    label: Name | None = None
    executor: Name | None = None
    paused: bool | None = None
    broken: bool | None = Field(None, description="with problems in its definition")
    last_status: Statuses = Field(
        [], description="how the newest run that is over ended; commas separate"
    )
    recent: int = Field(0, ge=0, le=30, description="give so many of the newest runs of each task")
    sort: Literal["id", "-id", "last_run", "-last_run", "next_at", "-next_at"] = Field(
        "id", description="`-` reverses; tasks without a run, or a fire, come last"
    )
    limit: int = Field(100, ge=1, le=500)
    cursor: str | None = None


class DeleteTaskQuery(Asked):
    cancel_runs: bool = Field(False, description="cancel what is waiting and running, too")


class DiffQuery(Asked):
    to: Version
    format: Literal["json", "text"] = "json"


class WaitQuery(Asked):
    wait: Annotated[float, Field(ge=0, le=300, allow_inf_nan=False)] = Field(
        0, description="wait so many seconds for the end of the run"
    )


class LogQuery(Asked):
    tail: Annotated[int, Field(ge=1, le=100_000)] | None = Field(None, description="last lines")
    offset: Annotated[int, Field(ge=0, le=2**62)] | None = Field(None, description="from this byte")
    limit: int = Field(262_144, ge=1, le=8 * 1024 * 1024, description="at most so many bytes")
    since: AwareDatetime | None = Field(None, description="lines written at or after")
    before: Annotated[int, Field(ge=0, le=2**62)] | None = Field(
        None, description="the last `lines` lines before this byte: `start`, to read backwards"
    )
    lines: int = Field(500, ge=1, le=10_000, description="how many, with `before`")
    line_start: bool = Field(
        False, description="with `offset`: begin with the first line that starts there or behind it"
    )
    format: Literal["json", "text"] = "json"
    follow: bool = Field(False, description="stay, as server-sent events, until the run is over")

    @model_validator(mode="after")
    def _one_start(self) -> LogQuery:
        places = (self.tail, self.offset, self.since, self.before)
        if sum(place is not None for place in places) > 1:
            raise ValueError("tail, offset, since and before exclude each other")
        if self.before is not None and self.follow:
            raise ValueError("before and follow exclude each other")
        if self.line_start and self.offset is None:
            raise ValueError("line_start goes with offset only")
        return self


class StreamQuery(Asked):
    since: Annotated[int, Field(ge=0, le=2**62)] | None = Field(
        None, description="resume after this number"
    )
    kinds: str | None = Field(
        None,
        description="comma list of `run`, `task`, `queue`, `schedule`",
        pattern="^(run|task|queue|schedule)(,(run|task|queue|schedule))*$",
    )
    run_id: Name | None = Field(None, description="only changes of this run")
