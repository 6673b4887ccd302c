"""What callers ask about the machine, log files, searches and the server's own log."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from runyard.api.models import Asked, Name

Offset = Annotated[int, Field(ge=0, le=2**62)]
Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]


class MachineQuery(Asked):
    history_s: int = Field(
        3600, ge=0, le=86_400, description="of the last so many seconds; 24 hours are kept"
    )


class LogFilesQuery(Asked):
    q: Name | None = Field(None, description="part of the name; case does not matter")
    limit: int = Field(100, ge=1, le=500)
    cursor: Annotated[str, StringConstraints(min_length=1, max_length=1000)] | None = None


class LogSearchQuery(Asked):
    q: Annotated[str, StringConstraints(min_length=1, max_length=1000)] = Field(
        description="text, or a pattern with `regex=true`; it never reaches over a line break"
    )
    case: bool = Field(False, description="capital letters matter")
    regex: bool = Field(False, description="`q` is a regular expression (syntax of RE2)")
    start: Offset | None = Field(
        None,
        alias="from",
        description="where to begin, as `next_offset` said; default: at the beginning, or the end",
    )
    direction: Literal["forward", "backward"] = Field(
        "forward", description="`backward`: lines that start before `from`, last first"
    )
    limit: int = Field(100, ge=1, le=1000, description="at most so many lines")


class ServerLogSourceQuery(Asked):
    source: Literal["server", "supervisor"] = Field(
        "server", description="the server, or its supervisor"
    )


class ServerLogQuery(ServerLogSourceQuery):
    tail: int = Field(200, ge=1, le=2000, description="at most so many records, the last ones")
    before: Offset | None = Field(
        None, description="those that lie before this byte: `start` of a page, to read backwards"
    )
    offset: Offset | None = Field(
        None, description="the first ones from this byte on: `next_offset`, to read on"
    )
    level: Level | None = Field(None, description="at least so severe")
    q: Name | None = Field(None, description="text in the message; case does not matter")

    @model_validator(mode="after")
    def _one_place(self) -> ServerLogQuery:
        if self.before is not None and self.offset is not None:
            raise ValueError("before and offset exclude each other")
        return self
