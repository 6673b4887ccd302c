"""The server that a command talks to, and which run a person means by a word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from runyard.sdk.errors import ClientError, NotFound

if TYPE_CHECKING:
    from runyard.sdk.client import Client
    from runyard.sdk.objects import Run

_WHOLE_ID = re.compile(r"[0-9a-hjkmnp-tv-z]{16}")
_SHORTEST_PART = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What was said on the command line; the rest comes from the environment."""

    url: str | None = None
    token: str | None = None


def connect(context: typer.Context) -> Client:
    from runyard.sdk.client import Client  # noqa: PLC0415 (`--help` needs no HTTP)

    asked = context.find_object(Connection) or Connection()
    return Client(asked.url, asked.token)


def find_run(client: Client, word: str) -> Run:
    """The run meant by an id, `last`, a task's name (its newest run) or a unique part of an id."""
    if _WHOLE_ID.fullmatch(word):
        return client.runs.get(word)
    newest = (
        client.runs.list(limit=1) if word == "last" else client.runs.list(task_id=word, limit=1)
    )
    if newest.items:
        return client.runs.get(newest.items[0].id)
    if word == "last":
        raise NotFound("there is no run yet", code="not_found", hint="start one: runyard run TASK")
    if len(word) >= _SHORTEST_PART:
        return client.runs.get(word)
    raise NotFound(
        f"no task has runs under the name {word!r}, and it is too short for a part of an id",
        code="not_found",
        hint=f"give at least {_SHORTEST_PART} characters; `runyard runs` lists runs",
    )


def complete_task(context: typer.Context, incomplete: str) -> list[str]:
    """Names of tasks, for the shell's completion."""
    try:
        with connect(context) as client:
            tasks = client.tasks.list(limit=500).items
    except ClientError:
        return []
    return [task.id for task in tasks if task.id.startswith(incomplete)]


def complete_run(context: typer.Context, incomplete: str) -> list[str]:
    """Ids of the newest runs and names of tasks, for the shell's completion."""
    try:
        with connect(context) as client:
            runs = client.runs.list(limit=50).items
    except ClientError:
        return []
    words = dict.fromkeys(["last", *(run.task_id or "" for run in runs), *(r.id for r in runs)])
    return [word for word in words if word and word.startswith(incomplete)]


def complete_schedule(context: typer.Context, incomplete: str) -> list[str]:
    """Ids of schedules, for the shell's completion."""
    try:
        with connect(context) as client:
            schedules = client.schedules.list(limit=500).items
    except ClientError:
        return []
    return [one.id for one in schedules if one.id.startswith(incomplete)]


def complete_calendar(context: typer.Context, incomplete: str) -> list[str]:
    """Names of calendars, for the shell's completion."""
    try:
        with connect(context) as client:
            calendars = client.calendars.list()
    except ClientError:
        return []
    return [one.name for one in calendars if one.name.startswith(incomplete)]
