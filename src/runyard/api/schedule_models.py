"""What callers send about schedules, calendars and what is upcoming: bodies and queries."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from runyard.api.models import Asked, Message, Name
from runyard.definitions.schedule_model import ScheduleSettings
from runyard.domain.schedules.model import Decision

Count = Annotated[int, Field(ge=1, le=1_000)]
Page = Annotated[int, Field(ge=1, le=500)]
MomentText = Annotated[str, StringConstraints(min_length=1, max_length=60)]

_TRIGGERS = ("at", "every", "cron", "rrule")
_ONLY_WITH = {"at_once": "every", "day_match": "cron"}


class ScheduleKeys(Asked):
    """Takes the keys of a schedule as they come; `check_schedule` reads them and explains itself.

    The document shows them with their types all the same.
    """

    model_config = ConfigDict(extra="allow")

    @property
    def settings(self) -> dict[str, Any]:
        """The keys of a schedule that were given, unchecked."""
        return dict(self.model_extra or {})

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        own = handler.resolve_ref_schema(handler(schema))
        keys = handler.resolve_ref_schema(handler(ScheduleSettings.__pydantic_core_schema__))
        own["properties"] = {**own.get("properties", {}), **keys["properties"]}
        own["additionalProperties"] = False
        return own


class CreateScheduleBody(ScheduleKeys):
    """A schedule for a task. Exactly one of `at`, `every`, `cron`, `rrule` is given."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"task_id": "hello", "cron": "0 2 * * *", "timezone": "Europe/Berlin"}]
        }
    )

    task_id: Name
    name: Name | None = Field(None, description="`default`, `default-2` ... when not given")
    message: Message = Field("", description="kept with the version")


class ReplaceScheduleBody(ScheduleKeys):
    """The whole schedule; what is not named gets its default."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"every": "30m", "jitter": "1m"}]})

    message: Message = Field("", description="kept with the version")


class EditScheduleBody(ScheduleKeys):
    """The keys to change; null takes a key out. Another trigger takes the old one's place."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"timezone": "Asia/Kathmandu"}]})

    message: Message = Field("", description="kept with the version")

    def applied_to(self, settings: dict[str, Any]) -> dict[str, Any]:
        """`settings` with the change, unchecked."""
        given = self.settings
        kept = dict(settings)
        if any(given.get(trigger) is not None for trigger in _TRIGGERS):
            for trigger in _TRIGGERS:
                kept.pop(trigger, None)
            for key, trigger in _ONLY_WITH.items():
                if given.get(trigger) is None:
                    kept.pop(key, None)
        kept.update(given)
        return {key: value for key, value in kept.items() if value is not None}


class BulkScheduleBody(Asked):
    """Many schedules in one call; one wrong entry does not keep the others from being made."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"schedules": [{"task_id": "hello", "every": "30m"}]}],
        }
    )

    schedules: list[dict[str, Any]] = Field(
        max_length=10_000, description="each like the body of `POST /api/v1/schedules`"
    )


class PreviewBody(ScheduleKeys):
    """A schedule that need not be saved."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"cron": "30 2 * * *", "timezone": "America/New_York"}]}
    )

    count: Count = Field(10, description="so many fires")
    after: AwareDatetime | None = Field(None, description="fires after this; default: now")
    language: Literal["en", "zh"] = "en"
    task_id: Name | None = Field(None, description="whose parameters to check against")
    name: Name = Field("default", description="with `task_id` what `H` and jitter are drawn from")


class TriggerBody(Asked):
    params: dict[str, Any] | None = Field(
        None, description="instead of the schedule's; typed, checked against the task"
    )


class SkipBody(Asked):
    count: Annotated[int, Field(ge=1, le=10_000)] = Field(
        1, description="so many planned fires, besides those that are to be skipped already"
    )


class BackfillBody(Asked):
    """A window in the past, [start, end). Times without an offset are in the schedule's zone."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"start": "2026-05-01T00:00:00", "end": "2026-05-02T00:00:00Z"}]
        }
    )

    start: datetime
    end: datetime
    dry_run: bool = Field(False, description="only tell which fires these would be")


# Queries -----------------------------------------------------------------------------------------


class SchedulesQuery(Asked):
    task_id: Name | None = None
    q: Message | None = Field(None, description="text in the id")
    paused: bool | None = None
    broken: bool | None = Field(None, description="with a problem that keeps it from firing")
    limit: Page = 100
    cursor: str | None = None


class DryRunQuery(Asked):
    dry_run: bool = Field(False, description="save nothing; tell what would change")


class FiresQuery(Asked):
    count: Count = 10
    after: AwareDatetime | None = Field(
        None, description="what the trigger says after this, whatever is skipped by request"
    )


def _split_commas(value: Any) -> Any:
    value = [value] if isinstance(value, str) else value
    if not isinstance(value, list):
        return value
    return [word for item in value for word in str(item).split(",")]


Decisions = Annotated[
    list[Decision],
    BeforeValidator(_split_commas, json_schema_input_type=list[Decision] | Decision),
]


class OccurrencesQuery(Asked):
    decision: Decisions = Field([], description="these decisions only; commas separate")
    since: AwareDatetime | None = Field(None, description="planned at or after")
    until: AwareDatetime | None = Field(None, description="planned before")
    limit: Page = 100
    cursor: str | None = None


MOST_LEDGERS = 200


class NewestQuery(Asked):
    schedule_id: Annotated[
        list[Name], BeforeValidator(_split_commas, json_schema_input_type=list[str] | str)
    ] = Field(
        min_length=1,
        max_length=MOST_LEDGERS,
        description=f"at most {MOST_LEDGERS}; commas separate",
    )
    since: AwareDatetime | None = Field(None, description="planned at or after")
    until: AwareDatetime | None = Field(None, description="planned before")
    limit: Annotated[int, Field(ge=1, le=500, description="of each schedule")] = 10


class WhyQuery(Asked):
    at: MomentText = Field(
        description="an instant, or a wall-clock time in the schedule's zone: `02:30` (the last "
        "such time) or `2026-03-29T02:30`"
    )


class UpcomingQuery(Asked):
    since: AwareDatetime | None = Field(None, description="default: now")
    until: AwareDatetime | None = Field(None, description="default: in 30 days")
    limit: Page = 100
    task_id: Name | None = None


class FeedQuery(Asked):
    until: AwareDatetime | None = Field(None, description="default: in 30 days")
    limit: Annotated[int, Field(ge=1, le=5_000)] = 1_000
    task_id: Name | None = None


class DensityQuery(Asked):
    start: AwareDatetime | None = Field(None, description="default: the beginning of this bucket")
    end: AwareDatetime | None = Field(None, description="default: a day after the start")
    bucket_s: Annotated[float, Field(ge=0.1, le=366 * 86_400, allow_inf_nan=False)] = 60
    task_id: Name | None = None

    @property
    def bucket(self) -> timedelta:
        return timedelta(seconds=self.bucket_s)


class CalendarBody(Asked):
    """Which days are included. What is said first holds: `include`, `exclude`, `holidays`,
    `weekdays`.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "weekdays": ["mon", "tue", "wed", "thu", "fri"],
                    "holidays": ["DE-BY"],
                    "exclude": [{"day": "2026-12-24", "through": "2026-12-31", "reason": "closed"}],
                }
            ]
        }
    )

    weekdays: list[Any] | None = Field(
        None, max_length=7, description="the included ones, `mon` to `sun`; default: all"
    )
    holidays: list[Any] | None = Field(
        None, max_length=50, description="countries or parts of them: `DE`, `DE-BY`"
    )
    exclude: list[Any] | None = Field(
        None,
        max_length=20_000,
        description="`2026-12-24`, `2026-12-24/2026-12-31` or {day, through, reason}",
    )
    include: list[Any] | None = Field(None, max_length=20_000, description="as `exclude`")
    note: Message = ""


class ImportQuery(Asked):
    include: bool = Field(
        False, description="fire on the days of the events only; otherwise on all other days"
    )


class DaysQuery(Asked):
    start: Annotated[date, Field(description="the first day")]
    end: Annotated[date, Field(description="the day after the last; at most 3,700 days later")]
