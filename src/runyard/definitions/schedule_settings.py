"""A schedule as an author writes it to a ScheduleSpec and back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, time, timedelta
from enum import Enum
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from runyard.definitions.faults import Fault, as_problem, sentence
from runyard.definitions.plain import plain
from runyard.definitions.positions import Path
from runyard.definitions.schedule_model import (
    LAST_MOMENT,
    SCHEDULE_EXAMPLES,
    ScheduleSettings,
)
from runyard.domain.durations import format_duration
from runyard.domain.errors import Invalid
from runyard.domain.schedules.spec import ScheduleSpec

_TRIGGERS = ("at", "every", "cron", "rrule")
_EXAMPLE_ANCHOR = datetime(2026, 1, 1, tzinfo=UTC)


def check_schedule(settings: Mapping[str, Any]) -> ScheduleSpec:
    """The schedule that settings make, as TOML or JSON give them (without `name`).

    Raises Invalid when anything is wrong, with all of it in `problems`: `where`, `message`, and
    for an expression the `position` of the character, counted from 0. Which calendars there are
    and whether the task takes the parameters is not known here.
    """
    faults: list[Fault] = []
    spec = parse_schedule(settings, (), faults)
    if spec is None or faults:
        problems = [as_problem(fault) for fault in faults]
        raise Invalid("; ".join(fault.message for fault in faults[:3]), problems=problems)
    return spec


def parse_schedule(
    settings: Mapping[str, Any], base: Path, faults: list[Fault]
) -> ScheduleSpec | None:
    """The spec, or None and at least one fault; their paths start with `base`."""
    mine: list[Fault] = []
    given = {key: value for key, value in settings.items() if value is not None}
    spec: ScheduleSpec | None = None
    try:
        spec = _spec(ScheduleSettings.model_validate(plain(given, (), mine)))
    except ValidationError as error:
        mine += [_fault(details) for details in error.errors(include_url=False)]
    if spec is not None and not mine:
        mine += _contradictions(spec, given.keys()) or _expression_faults(spec)
    faults += [replace(fault, path=base + fault.path) for fault in mine]
    return None if mine else spec


def _fault(details: ErrorDetails) -> Fault:
    path = tuple(part for part in details["loc"] if part != "[key]")
    known = list(ScheduleSettings.model_fields)
    said = sentence(path, details["input"], details, known=known, examples=SCHEDULE_EXAMPLES)
    return Fault(path=path, message=said)


def _contradictions(spec: ScheduleSpec, given: Collection[str]) -> list[Fault]:
    """What each key alone does not show."""
    triggers = [name for name in _TRIGGERS if getattr(spec, name) is not None]
    if not triggers:
        message = f"nothing says when it fires; give one of {', '.join(_TRIGGERS)}"
        return [Fault(path=(), message=message)]
    found = []
    if len(triggers) > 1:
        message = f"{' and '.join(triggers)} are both given; give one, or make two schedules"
        found.append(Fault(path=(triggers[1],), message=message))
    if spec.params and spec.argv is not None:
        message = "params and argv are both given; a run has parameters or plain arguments"
        found.append(Fault(path=("argv",), message=message))
    for key, trigger in (("day_match", "cron"), ("at_once", "every")):
        if key in given and trigger not in triggers:
            message = f"{key} goes with {trigger}, and this schedule has {triggers[0]}"
            found.append(Fault(path=(key,), message=message))
    if spec.start is not None and spec.end is not None and _is_before(spec.end, spec.start):
        found.append(Fault(path=("end",), message="its end is before its start"))
    return found


def _is_before(one: datetime, other: datetime) -> bool:
    """Known only when both are wall-clock times or both are instants."""
    return (one.tzinfo is None) == (other.tzinfo is None) and one < other


def _expression_faults(spec: ScheduleSpec) -> list[Fault]:
    from runyard.domain.schedules.timeline import make_timeline  # noqa: PLC0415 (few tasks have one)

    try:
        # The calendar's days are not known here: whether it exists is checked where they are.
        make_timeline(
            replace(spec, calendar=None),
            default_zone="UTC",
            anchor=_EXAMPLE_ANCHOR,
            key="",
            calendar=None,
        )
    except Invalid as error:
        return _faults_of(error, spec)
    return []


def _faults_of(error: Invalid, spec: ScheduleSpec) -> list[Fault]:
    trigger = next(name for name in _TRIGGERS if getattr(spec, name) is not None)
    problems = error.facts.get("problems") or [{"message": error.message}]
    hint = f"; {error.hint}" if error.hint else ""
    found = []
    for problem in problems:
        where = str(problem.get("where") or trigger)
        value = getattr(spec, where, None)
        shown = f"{where} = {value!r:.100} does not apply: " if isinstance(value, str) else ""
        position = problem.get("position")
        is_inside = position is not None and where == trigger
        place = f" (at character {position + 1})" if is_inside else ""
        message = f"{shown}{problem['message']}{place}{hint}"
        found.append(Fault(path=(where,), message=message, position=position))
    return found


def _spec(model: ScheduleSettings) -> ScheduleSpec:
    values = {one.name: getattr(model, one.name) for one in fields(ScheduleSpec)}
    argv = None if model.argv is None else tuple(model.argv)
    return ScheduleSpec(**{**values, "params": dict(model.params), "argv": argv})


def to_schedule_settings(spec: ScheduleSpec) -> dict[str, Any]:
    """The shortest settings that `check_schedule` turns into `spec` again; plain JSON values."""
    default = ScheduleSpec()
    return {
        one.name: _setting(one.name, getattr(spec, one.name))
        for one in fields(ScheduleSpec)
        if getattr(spec, one.name) != getattr(default, one.name)
    }


def _setting(name: str, value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case timedelta():
            return format_duration(value)
        case datetime():
            return _moment_text(name, value)
        case tuple():
            return list(value)
        case Mapping():
            return dict(value)
        case _:
            return value


def _moment_text(name: str, moment: datetime) -> str:
    whole_day = {"start": time(), "end": LAST_MOMENT}.get(name)
    if moment.tzinfo is None and moment.time() == whole_day:
        return moment.date().isoformat()
    text = moment.isoformat()
    return f"{text.removesuffix('+00:00')}Z" if text.endswith("+00:00") else text
