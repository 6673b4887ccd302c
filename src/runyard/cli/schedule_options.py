"""The options that say what a schedule is, shared by the commands that take one."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Sequence
from functools import wraps
from typing import Annotated, Any

import typer

from runyard.cli import times
from runyard.cli.connection import complete_schedule
from runyard.cli.submit import read_params
from runyard.domain.errors import Invalid

_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")

ScheduleId = Annotated[
    str,
    typer.Argument(
        metavar="SCHEDULE",
        help="TASK:NAME, or a task that has exactly one.",
        autocompletion=complete_schedule,
    ),
]
TriggerText = Annotated[
    str | None,
    typer.Argument(
        metavar="[TRIGGER]", help='In short: "0 2 * * *", "@daily", 30m, "2026-05-01 08:00".'
    ),
]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="Once, at this time.")]
Every = Annotated[
    str | None, typer.Option("--every", metavar="DURATION", help="Each time this has gone by: 30m.")
]
Cron = Annotated[
    str | None, typer.Option("--cron", metavar="EXPR", help='"0 2 * * *", 6 fields, or @daily.')
]
Rrule = Annotated[
    str | None, typer.Option("--rrule", metavar="RULE", help="A recurrence rule of RFC 5545.")
]
DayMatch = Annotated[
    str | None, typer.Option("--day-match", metavar="or|and", help="Of cron's two day fields.")
]
AtOnce = Annotated[
    bool | None, typer.Option("--at-once/--not-at-once", help="With --every: the first is now.")
]
Timezone = Annotated[
    str | None, typer.Option("--timezone", "--tz", metavar="ZONE", help="Europe/Berlin, UTC.")
]
Start = Annotated[str | None, typer.Option("--start", metavar="TIME", help="No fire before.")]
End = Annotated[str | None, typer.Option("--end", metavar="TIME", help="No fire after.")]
MaxFires = Annotated[int | None, typer.Option("--max-fires", metavar="N", help="Then it is over.")]
Jitter = Annotated[
    str | None, typer.Option("--jitter", metavar="DURATION", help="Put off by 0 to this.")
]
CalendarName = Annotated[
    str | None, typer.Option("--calendar", metavar="NAME", help="The days on which it fires.")
]
Roll = Annotated[
    str | None,
    typer.Option("--roll", metavar="HOW", help="skip, preceding, following: on other days."),
]
Overlap = Annotated[
    str | None,
    typer.Option(
        "--overlap",
        metavar="HOW",
        help="skip, buffer_one, buffer_all, cancel_other, terminate_other, allow_all.",
    ),
]
CatchUp = Annotated[
    str | None, typer.Option("--catch-up", metavar="HOW", help="none, last, all: missed fires.")
]
CatchUpWindow = Annotated[
    str | None, typer.Option("--catch-up-window", metavar="DURATION", help="Not older than this.")
]
Grace = Annotated[
    str | None, typer.Option("--grace", metavar="DURATION", help="So late is still on time.")
]
DstGap = Annotated[str | None, typer.Option("--dst-gap", metavar="skip|shift")]
DstRepeat = Annotated[str | None, typer.Option("--dst-repeat", metavar="first|last|both")]
PauseAfter = Annotated[
    int | None,
    typer.Option("--pause-after-failures", metavar="N", help="In a row; 0: never."),
]
Params = Annotated[
    list[str] | None,
    typer.Option("--param", "-p", metavar="K=V", help="A parameter; K:=JSON for a JSON value."),
]
Args = Annotated[list[str] | None, typer.Option("--arg", metavar="ARG", help="A plain argument.")]
Note = Annotated[str | None, typer.Option("--note", metavar="TEXT")]
Message = Annotated[
    str, typer.Option("--message", "-m", metavar="TEXT", help="Kept with the version.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Save nothing; show what would change in 30 days.")
]


_ALL: dict[str, Any] = {
    "at": At,
    "every": Every,
    "cron": Cron,
    "rrule": Rrule,
    "day_match": DayMatch,
    "at_once": AtOnce,
    "timezone": Timezone,
    "start": Start,
    "end": End,
    "max_fires": MaxFires,
    "jitter": Jitter,
    "calendar": CalendarName,
    "roll": Roll,
    "overlap": Overlap,
    "catch_up": CatchUp,
    "catch_up_window": CatchUpWindow,
    "grace": Grace,
    "dst_gap": DstGap,
    "dst_repeat": DstRepeat,
    "pause_after_failures": PauseAfter,
    "params": Params,
    "args": Args,
    "note": Note,
}
WHEN = frozenset(
    {
        *("at", "every", "cron", "rrule", "day_match", "timezone", "start", "end", "jitter"),
        *("calendar", "roll", "dst_gap", "dst_repeat"),
    }
)
"""Those that say when it fires, and no more."""

Keys = dict[str, Any]
"""The keys of a schedule that were given."""


def with_keys(
    names: Collection[str] = tuple(_ALL),
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command gets these options at the place of its parameter `keys`, and there their keys."""
    wanted = [name for name in _ALL if name in names]

    def wrap(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(**given: Any) -> None:
            asked = {name: given.pop(name) for name in wanted}
            command(**given, keys=_keys_of(asked))

        run.__signature__ = _expanded(command, wanted)  # type: ignore[attr-defined]
        return run

    return wrap


def _expanded(command: Callable[..., None], wanted: Sequence[str]) -> inspect.Signature:
    own = inspect.signature(command, eval_str=True)
    parameters: list[inspect.Parameter] = []
    for parameter in own.parameters.values():
        if parameter.name != "keys":
            parameters.append(parameter)
            continue
        parameters += [
            parameter.replace(name=name, annotation=_ALL[name], default=None) for name in wanted
        ]
    return own.replace(parameters=parameters)


def _keys_of(given: dict[str, Any]) -> Keys:
    """What was given, by the names of the API. Raises Invalid for parameters that are none."""
    keys = {name: value for name, value in given.items() if value is not None}
    if params := read_params(keys.pop("params", [])):
        keys["params"] = params
    if args := keys.pop("args", []):
        keys["argv"] = args
    if "at" in keys and _CLOCK.fullmatch(keys["at"]):
        keys["at"] = times.parse_moment(keys["at"]).isoformat()
    return keys


def with_trigger(keys: Keys, text: str | None) -> Keys:
    """Also the trigger in short. Raises Invalid beside a long one."""
    if not text:
        return keys
    from runyard.definitions.task_schedules import trigger_of_text  # noqa: PLC0415 (Pydantic)

    for name, value in trigger_of_text(text).items():
        if name in keys:
            raise Invalid(f"{text!r} and --{name} both say when it fires", hint="give one of them")
        keys[name] = value
    return keys
