"""The schedules in a task's settings, in short and in full; a wrong one is left out whole."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from runyard.definitions.faults import Fault
from runyard.definitions.positions import Path
from runyard.definitions.schedule_model import MOST_SCHEDULES, SCHEDULE_EXAMPLES
from runyard.definitions.schedule_names import DEFAULT, check_schedule_name, with_defaults
from runyard.definitions.schedule_settings import parse_schedule, to_schedule_settings
from runyard.domain.durations import parse_duration
from runyard.domain.errors import Invalid
from runyard.domain.schedules.spec import NamedSchedule, ScheduleSpec

_RECURRENCE = re.compile(r"(RRULE|DTSTART|FREQ)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """One schedule as it stands in a task's settings."""

    path: Path
    name: str | None
    given: Any


def parse_schedules(settings: Mapping[str, Any], faults: list[Fault]) -> tuple[NamedSchedule, ...]:
    """The good ones of `schedule` and `schedules` in a task's settings, and what is wrong. Never
    raises.

    A schedule with anything wrong in it does not fire at all: it might fire at a time that nobody
    meant. The unnamed are `default`, `default-2` ... in their order, broken ones counted.
    """
    written = [_composed(one) for one in _written(settings, faults)]
    if len(written) > MOST_SCHEDULES:
        message = f"a task has at most {MOST_SCHEDULES} schedules; those after are left out"
        faults.append(Fault(path=("schedules",), message=message))
        written = written[:MOST_SCHEDULES]
    found: dict[str, ScheduleSpec] = {}
    for one, name in zip(written, with_defaults([one.name for one in written]), strict=True):
        mine: list[Fault] = []
        spec = _parse_named(one, name, mine)
        if spec is not None and name in found:
            mine.append(Fault(path=one.path, message="another schedule has this name"))
        if mine:
            head = f"schedule {name!r} is left out: "
            faults += [replace(fault, message=head + fault.message) for fault in mine]
        elif spec is not None:
            found[name] = spec
    return tuple(NamedSchedule(name=name, spec=spec) for name, spec in found.items())


def written_schedules(settings: Mapping[str, Any]) -> list[tuple[str, Path]]:
    """The name and the place of every schedule in a task's settings, broken ones too."""
    written = [_composed(one) for one in _written(settings, [])][:MOST_SCHEDULES]
    names = with_defaults([one.name for one in written])
    return [(name, one.path) for name, one in zip(names, written, strict=True)]


def _composed(one: _Written) -> _Written:
    return one if one.name is None else replace(one, name=unicodedata.normalize("NFC", one.name))


def _parse_named(one: _Written, name: str, faults: list[Fault]) -> ScheduleSpec | None:
    try:
        check_schedule_name(name)
    except Invalid as error:
        faults.append(Fault(path=one.path, message=f"{error.message}; {error.hint}"))
        return None
    given = _written_out(one.given)
    if given is None:
        message = f"{one.given!r:.60} is no schedule; write for instance {_example()}"
        faults.append(Fault(path=one.path, message=message))
        return None
    is_short = not isinstance(one.given, Mapping)
    spec = parse_schedule(given, one.path, faults)
    if is_short:  # what is wrong stands where the short form stands
        faults[:] = [replace(fault, path=one.path) for fault in faults]
    return spec


def _example() -> str:
    return f'{SCHEDULE_EXAMPLES["cron"]} or {{every = "30m"}}'


def _written(settings: Mapping[str, Any], faults: list[Fault]) -> list[_Written]:
    found = []
    if settings.get("schedule") is not None:
        found.append(_one(("schedule",), settings["schedule"]))
    match settings.get("schedules"):
        case None:
            pass
        case list() | tuple() as items:
            found += [_one(("schedules", index), item) for index, item in enumerate(items)]
        case Mapping() as named if not named.keys() & SCHEDULE_EXAMPLES.keys():
            found += [
                replace(_one(("schedules", name), item), name=name) for name, item in named.items()
            ]
        case Mapping():
            message = (
                "schedules is a list: write [[tool.runyard.schedules]] with two brackets, "
                "or [tool.runyard.schedule] if there is only one"
            )
            faults.append(Fault(path=("schedules",), message=message))
        case given:
            message = f"schedules = {given!r:.60} is not a list; write schedules = [{_example()}]"
            faults.append(Fault(path=("schedules",), message=message))
    return found


def _one(path: Path, given: Any) -> _Written:
    if isinstance(given, Mapping) and isinstance(given.get("name"), str):
        rest = {key: value for key, value in given.items() if key != "name"}
        return _Written(path=path, name=given["name"], given=rest)
    return _Written(path=path, name=None, given=given)


def _written_out(given: Any) -> Mapping[str, Any] | None:
    """A schedule's short form in full; None for what is no schedule."""
    match given:
        case Mapping():
            return given
        case str():
            return trigger_of_text(given)
        case datetime():
            return {"at": given}
        case bool():
            return None
        case int() | float() | timedelta():
            return {"every": given}
        case _:
            return None


def trigger_of_text(text: str) -> dict[str, Any]:
    """The trigger that a text alone means: "30m" or "every 30m", a date and time, a recurrence
    rule, else cron.
    """
    bare = text.strip()
    if bare.lower().startswith("every "):
        return {"every": bare[len("every ") :].strip()}
    if _RECURRENCE.match(bare):
        return {"rrule": text}
    if _is_duration(bare):
        return {"every": bare}
    try:
        datetime.fromisoformat(bare)
    except ValueError:
        return {"cron": text}
    return {"at": bare}


def _is_duration(text: str) -> bool:
    if text.replace(".", "").isdigit():
        return False  # of seconds, or the start of a cron expression: not clear enough
    try:
        parse_duration(text)
    except Invalid:
        return False
    return True


def schedules_settings(schedules: Iterable[NamedSchedule]) -> dict[str, Any]:
    """The shortest `schedule` or `schedules` of a task's settings; empty when there is none."""
    written = [{"name": one.name, **to_schedule_settings(one.spec)} for one in schedules]
    if not written:
        return {}
    if len(written) == 1 and written[0]["name"] == DEFAULT:
        only = {key: value for key, value in written[0].items() if key != "name"}
        is_plain = only.keys() == {"cron"} and trigger_of_text(only["cron"]) == only
        return {"schedule": only["cron"] if is_plain else only}
    return {"schedules": written}
