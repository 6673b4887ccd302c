"""Writes schedules as a crontab; what cron can't say stands there as a comment, with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from runyard.definitions.crontab.exported import Exported, one_line_command, unsaid
from runyard.definitions.crontab.here_document import without_input
from runyard.domain.durations import format_duration
from runyard.domain.schedules.cron_expression import parse_cron
from runyard.domain.schedules.cron_field import FieldRule
from runyard.domain.schedules.spec import CatchUp, DayMatch, Overlap, ScheduleSpec

_HEADER = """\
# Written by `runyard export crontab`. CRON_TZ is understood by cronie, not by every cron.
# cron makes up for no missed fire, and starts a job beside its earlier run.
"""
_PLAIN_FIELD = re.compile(r"(?:[\d*,/-]|(?<![a-z])[a-z]{3}(?![a-z]))+", re.IGNORECASE)
_RANGE = re.compile(r"(\d+|[a-z]{3})-(\d+|[a-z]{3})", re.IGNORECASE)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def write_crontab(items: Iterable[Exported]) -> str:
    """A user crontab; ends with a newline. The same schedules give the same text."""
    parts = [_HEADER]
    zone: str | None = None
    for item in sorted(items, key=lambda one: (one.spec.timezone or "", one.schedule_id)):
        if item.spec.timezone is not None and item.spec.timezone != zone:
            zone = item.spec.timezone
            parts.append(f"CRON_TZ={zone}\n")
        parts.append(_entry(item))
    return "\n".join(parts)


def _entry(item: Exported) -> str:
    about = " ".join(item.title.split())
    lines = [f"# name: {item.schedule_id}"]
    if about:
        lines.append(f"# {about}")
    lines += [f"# {remark}" for remark in _remarks(item)]
    cron, reason = cron_line(item.spec, key=item.schedule_id)
    command = _command(item)
    if "\n" in command:
        cron, reason = None, "its command has more than one line"
    if cron is None:
        lines.append(f"# cron can't say it: {reason}")
    else:
        mark = "# paused: " if item.paused else ""
        lines.append(f"{mark}{cron} {command}")
    return "".join(f"{line}\n" for line in lines)


def _remarks(item: Exported) -> list[str]:
    spec, found = item.spec, []
    if item.through_server:
        found.append("needs the Runyard server: cron can't start this type of task")
    if spec.jitter:
        found.append(f"jitter of {format_duration(spec.jitter)} is left out")
    if spec.every is not None:
        found.append("counted from the full hour or day, not from when the schedule was made")
    if spec.overlap is not Overlap.ALLOW_ALL:
        found.append(f"overlap = {spec.overlap} is left out")
    if spec.catch_up is not CatchUp.NONE:
        found.append(f"catch_up = {spec.catch_up} is left out")
    return found


def cron_line(spec: ScheduleSpec, *, key: str) -> tuple[str | None, str]:
    """Five fields or a word that cron knows, or None and the reason."""
    if names := unsaid(spec):
        return None, f"it has {', '.join(names)}"
    if spec.at is not None:
        return None, "it fires once, at a date with a year"
    if spec.every is not None:
        return _interval(spec.every)
    return _cron(spec, key)


def _interval(every: timedelta) -> tuple[str | None, str]:
    minutes, rest = divmod(every, timedelta(minutes=1))
    if not rest and every <= _HOUR and 60 % minutes == 0:
        return {1: "* * * * *", 60: "0 * * * *"}.get(minutes, f"*/{minutes} * * * *"), ""
    hours, rest = divmod(every, _HOUR)
    if not rest and every <= _DAY and 24 % hours == 0:
        return ("0 0 * * *" if hours == 24 else f"0 */{hours} * * *"), ""
    return None, f"every {format_duration(every)} divides neither an hour nor a day evenly"


def _cron(spec: ScheduleSpec, key: str) -> tuple[str | None, str]:
    text = (spec.cron or "").strip()
    if text.startswith("@"):
        return text, ""
    expression = parse_cron(text, key=key, day_match=spec.day_match)
    if expression.has_seconds and expression.seconds != (0,):
        return None, "it fires at seconds other than 0"
    day, weekday = expression.fields[3], expression.fields[5]
    if day.special or weekday.special:
        return None, "it has L, W or # in a day field"
    if spec.day_match is DayMatch.AND and not (day.star or weekday.star):
        return None, "both day fields must hold (day_match = and); cron joins them by OR"
    words = text.split()[-5:]
    fields = zip(words, expression.fields[1:], strict=True)
    return " ".join(_field(word, rule) for word, rule in fields), ""


def _field(word: str, rule: FieldRule) -> str:
    """As it was written, if every cron reads it; else the values."""
    if word == "?":
        return "*"
    if _PLAIN_FIELD.fullmatch(word) and all(
        low.isdigit() and high.isdigit() and int(low) <= int(high)
        for low, high in _RANGE.findall(word)
    ):
        return word
    return ",".join(map(str, rule.values))


def _command(item: Exported) -> str:
    command, stdin = without_input(item.command)
    if "\n" in command and not item.through_server:
        command = item.server_command  # cron has one line
    line = one_line_command(replace(item, command=command)).replace("%", r"\%")
    if stdin is not None:
        line += "%" + stdin.removesuffix("\n").replace("%", r"\%").replace("\n", "%")
    return line
