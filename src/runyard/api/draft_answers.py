"""The shapes of answers about definitions that are not saved, for the document and the tests."""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from runyard.api.answers import Answer, ParameterAnswer, ProblemAnswer, SpecAnswer, VersionItem
from runyard.api.schedule_answers import DescriptionAnswer, DueFireAnswer


class DraftProblemAnswer(Answer):
    field: str = Field(
        description="the setting, such as `tool.runyard.timeout`, or a JSON path of a typed task "
        "(`$.config.url`); `python`, `content`, `script` (the block as a whole) or `task_id`"
    )
    line: int | None
    column: int | None = Field(description="from 1, in characters")
    severity: Literal["error", "warning"]
    message: str
    hint: str | None


class DraftScheduleAnswer(Answer):
    name: str
    kind: Literal["at", "every", "cron", "rrule"] | None = Field(
        description="null: it can't be read, and is left out"
    )
    summary: DescriptionAnswer | None = Field(description="in words")
    timezone: str | None
    next: list[DueFireAnswer] = Field(description="the next three fires")
    problems: list[DraftProblemAnswer] = Field(description="these are among those of the draft")


class DraftCheckAnswer(Answer):
    problems: list[DraftProblemAnswer] = Field(description="by line; empty: all is right")
    settings: dict[str, Any] = Field(
        description="keys of `[tool.runyard]` as they are written, wrong ones too"
    )
    parameters: list[ParameterAnswer]
    dependencies: list[str] = Field(description="as they are written")
    requires_python: str | None = Field(description="as it is written")
    spec: SpecAnswer = Field(description="what applies; wrong settings are left out")
    schedules: list[DraftScheduleAnswer]


class DraftSettingsAnswer(Answer):
    content: str
    problems: list[DraftProblemAnswer] = Field(description="of the changed text")


class DraftContentAnswer(Answer):
    """What a draft run executes."""

    run_id: str
    task_id: str | None
    content: str
    content_hash: str


class StaleTaskProblem(ProblemAnswer):
    """An edit was based on an older content; these are facts of the newest version."""

    model_config = ConfigDict(title="StaleTaskProblem", json_schema_extra={})

    task_id: str
    etag: str = Field(description="for `If-Match` of an edit that is based on it")
    content_hash: str
    version: int
    newest: VersionItem = Field(description="who saved it, when, and with which message")


class ExampleAnswer(Answer):
    id: str = Field(description="a good name for the task")
    title: str
    description: str
    content: str


class ExamplesAnswer(Answer):
    items: list[ExampleAnswer] = Field(description="templates first")
