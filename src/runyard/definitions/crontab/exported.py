"""A schedule on its way out of Runyard, and what else can say of it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field

from runyard.domain.schedules.spec import ScheduleSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A schedule with the command that does its work without Runyard.

    `command` is a text for `shell`; `env` and `cwd` are what it needs beside it. `server_command`
    asks the server for a run instead; `through_server`: so does `command`, because the task is
    nothing that a shell could start.
    """

    schedule_id: str
    spec: ScheduleSpec
    command: str
    server_command: str
    shell: str = "/bin/sh"
    env: dict[str, str] = field(default_factory=dict)
    cwd: str | None = None
    title: str = ""
    paused: bool = False
    through_server: bool = False


def unsaid(spec: ScheduleSpec) -> list[str]:
    """The settings of a schedule without which it would fire at times that are not meant."""
    said = {
        "start": spec.start,
        "end": spec.end,
        "max_fires": spec.max_fires,
        "calendar": spec.calendar,
        "rrule": spec.rrule,
    }
    return [name for name, value in said.items() if value is not None]


def one_line_command(item: Exported) -> str:
    """The command with its variables and its folder, for `sh -c`."""
    parts = [f"export {name}={shlex.quote(value)};" for name, value in item.env.items()]
    if item.cwd:
        parts.append(f"cd {shlex.quote(item.cwd)} || exit;")
    command = item.command
    if item.shell != "/bin/sh":
        command = f"{item.shell} -c {shlex.quote(command)}"
    return " ".join([*parts, command])
