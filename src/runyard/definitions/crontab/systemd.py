"""Writes a schedule as a systemd service and timer, as far as systemd.time(7) can say it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from runyard.definitions.crontab.exported import Exported, unsaid
from runyard.domain.schedules.cron_expression import CronExpression, parse_cron
from runyard.domain.schedules.cron_field import FieldRule, bits
from runyard.domain.schedules.spec import CatchUp, Overlap, ScheduleSpec

_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_RUN = 3  # values in a row that are written as a range
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "%": "%%", "$": "$$"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """The files of one schedule. `timer` None: systemd can't say when, and `reason` says why."""

    name: str  # without ending
    service: str
    timer: str | None
    reason: str = ""


def write_units(item: Exported) -> Units:
    """A oneshot service with the command, and a timer that starts it."""
    name = "runyard-" + re.sub(r"[^\w.-]", "-", item.schedule_id)
    triggers, reason = timer_lines(item.spec, key=item.schedule_id)
    timer = None if triggers is None else _timer(item, triggers)
    return Units(name=name, service=_service(item, reason), timer=timer, reason=reason)


def _service(item: Exported, reason: str) -> str:
    lines = ["# Written by `runyard export systemd`."]
    if item.through_server:
        lines.append("# Needs the Runyard server: systemd can't start this type of task.")
    if reason:
        lines.append(f"# There is no timer: {reason}.")
    title = " ".join(item.title.split()) or item.schedule_id
    lines += ["[Unit]", f"Description={_escaped(title, '%')}", "", "[Service]", "Type=oneshot"]
    if item.cwd:
        lines.append(f"WorkingDirectory={_escaped(item.cwd, '%')}")
    lines += [f"Environment={_quoted(f'{name}={value}', dollar=False)}" for name, value in
              item.env.items()]  # fmt: skip
    lines.append(f"ExecStart={item.shell} -c {_quoted(item.command)}")
    return "".join(f"{line}\n" for line in lines)


def _quoted(text: str, *, dollar: bool = True) -> str:
    """A word in double quotes, with what systemd would replace escaped."""
    signs = {sign: as_ for sign, as_ in _ESCAPES.items() if dollar or sign != "$"}
    return '"' + "".join(signs.get(sign, sign) for sign in text) + '"'


def _escaped(text: str, signs: str) -> str:
    return "".join(_ESCAPES[sign] if sign in signs else sign for sign in text)


def _timer(item: Exported, triggers: list[str]) -> str:
    spec = item.spec
    lines = ["# Written by `runyard export systemd`.", *(f"# {one}" for one in _remarks(spec))]
    if item.paused:
        lines.append("# The schedule was paused: enable this timer only when you want it to fire.")
    lines += ["[Unit]", f"Description={item.schedule_id}", "", "[Timer]", *triggers]
    lines.append("AccuracySec=1s")
    if spec.jitter:
        lines += [f"RandomizedDelaySec={spec.jitter.total_seconds():g}s", "FixedRandomDelay=true"]
    if spec.catch_up is not CatchUp.NONE and spec.every is None:
        lines.append("Persistent=true")
    lines += ["", "[Install]", "WantedBy=timers.target"]
    return "".join(f"{line}\n" for line in lines)


def _remarks(spec: ScheduleSpec) -> list[str]:
    found = []
    if spec.overlap is not Overlap.SKIP:
        found.append(f"overlap = {spec.overlap} is left out: systemd skips while the service runs")
    if spec.catch_up is CatchUp.ALL:
        found.append("catch_up = all is left out: systemd makes up for the newest fire only")
    if spec.dst_gap is not None or spec.dst_repeat is not None:
        found.append("dst_gap and dst_repeat are left out")
    if spec.every is not None:
        found.append("counted from when the timer is started")
    return found


def timer_lines(spec: ScheduleSpec, *, key: str) -> tuple[list[str] | None, str]:
    """The lines of a timer that say when, or None and the reason."""
    if names := unsaid(spec):
        return None, f"it has {', '.join(names)}"
    if spec.at is not None:
        return [f"OnCalendar={_moment(spec.at, spec.timezone)}"], ""
    if spec.every is not None:
        length = f"{spec.every.total_seconds():g}s"
        return [f"OnActiveSec={'0' if spec.at_once else length}", f"OnUnitActiveSec={length}"], ""
    expression = parse_cron(spec.cron or "", key=key, day_match=spec.day_match)
    if expression.reboot:
        return ["OnBootSec=0"], ""
    days = _days(expression)
    if days is None:
        return None, "it has W, or a combination of day fields that OnCalendar does not know"
    time = ":".join(
        _values(rule, low=0, high=high)
        for rule, high in zip(
            (expression.fields[2], expression.fields[1], expression.fields[0]),
            (23, 59, 59),
            strict=True,
        )
    )
    zone = f" {spec.timezone}" if spec.timezone else ""
    return [f"OnCalendar={day} {time}{zone}" for day in days], ""


def _moment(at: datetime, zone: str | None) -> str:
    if at.tzinfo is not None:
        return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return f"{at:%Y-%m-%d %H:%M:%S}" + (f" {zone}" if zone else "")


def _days(expression: CronExpression) -> list[str] | None:
    """The date parts of the events that together are the two day fields; None: can't be said."""
    day, weekday = expression.fields[3], expression.fields[5]
    months = _values(expression.fields[4], low=1, high=12)
    if day.near or day.last_working:
        return None
    by_day, by_weekday = _by_day(day, months), _by_weekday(weekday, months)
    if not (expression.days.both or day.star or weekday.star):
        return by_day + by_weekday
    if _is_all(weekday, 0, 6):
        return by_day
    if _is_all(day, 1, 31):
        return by_weekday
    return None if weekday.special else [f"{_weekdays(weekday)} {one}" for one in by_day]


def _is_all(rule: FieldRule, low: int, high: int) -> bool:
    return len([n for n in rule.values if low <= n <= high]) == high - low + 1


def _by_day(rule: FieldRule, months: str) -> list[str]:
    found = [f"*-{months}-{_values(rule, low=1, high=31)}"] if rule.mask else []
    return found + [f"*-{months}~{before + 1:02}" for before in bits(rule.last)]


def _by_weekday(rule: FieldRule, months: str) -> list[str]:
    found = [f"{_weekdays(rule)} *-{months}-*"] if rule.mask else []
    for bit in bits(rule.nth):
        weekday, number = divmod(bit, 8)
        first, last = 7 * number - 6, min(7 * number, 31)
        found.append(f"{_DAYS[weekday]} *-{months}-{first:02}..{last:02}")
    return found + [f"{_DAYS[weekday]} *-{months}~07/1" for weekday in bits(rule.final)]


def _weekdays(rule: FieldRule) -> str:
    return ",".join(_DAYS[n] for n in sorted(rule.values, key=lambda n: n or 7))


def _values(rule: FieldRule, *, low: int, high: int) -> str:
    """`*`, or the values with ranges or a step, each of two digits."""
    values = [n for n in rule.values if low <= n <= high]
    if len(values) == high - low + 1:
        return "*"
    steps = {b - a for a, b in pairwise(values)}
    if (
        len(values) >= _RUN
        and len(steps) == 1
        and 1 not in steps
        and values[-1] + max(steps) > high
    ):
        return f"{values[0]:02}/{max(steps)}"
    groups: list[list[int]] = []
    for value in values:
        if groups and value == groups[-1][-1] + 1:
            groups[-1].append(value)
        else:
            groups.append([value])
    return ",".join(text for group in groups for text in _group(group))


def _group(group: list[int]) -> list[str]:
    if len(group) < _RUN:
        return [f"{value:02}" for value in group]
    return [f"{group[0]:02}..{group[-1]:02}"]
