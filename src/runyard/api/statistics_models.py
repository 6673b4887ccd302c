"""What callers send to ask for figures about runs, tasks and projects."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from runyard.api.models import Asked, RunFilterQuery, WhichRunsQuery

ZoneName = Annotated[str, Field(min_length=1, max_length=100, examples=["Europe/Berlin"])]


class RunCountsQuery(RunFilterQuery):
    """The filters of the list of runs."""


class TimelineQuery(WhichRunsQuery):
    since: AwareDatetime | None = Field(None, description="default: six hours before `until`")
    until: AwareDatetime | None = Field(None, description="default: now")
    limit: int = Field(1_000, ge=1, le=5_000)


class TaskStatisticsQuery(Asked):
    days: int = Field(30, ge=1, le=366, description="so many days, today included")
    zone: ZoneName | None = Field(
        None, description="time zone whose days are meant; default: the server's"
    )
