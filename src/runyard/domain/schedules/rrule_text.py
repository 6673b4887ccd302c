"""Reads recurrence texts (RFC 5545): RRULE, DTSTART, RDATE, EXDATE, or says what is wrong where."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from runyard.domain.errors import Invalid
from runyard.domain.schedules.zones import find_zone

_LONGEST_TEXT = 10_000
_WORD = re.compile(r"\S+")
_LINE = re.compile(r"(?:([A-Za-z-]+)((?:;[^:]*)?):)?(.*)")
_PART = re.compile(r"[^;]+")
_STAMP = re.compile(r"(\d{8})(?:T(\d{6})(Z)?)?", re.IGNORECASE)
_ZONE = re.compile(r"TZID=([^;]+)", re.IGNORECASE)
_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_NUMBER = re.compile(r"[+-]?\d{1,4}")

FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# Lowest and highest value; both ways: a negative one counts from the end. No leap seconds.
_LISTS = {
    "BYSECOND": (0, 59, False),
    "BYMINUTE": (0, 59, False),
    "BYHOUR": (0, 23, False),
    "BYMONTHDAY": (1, 31, True),
    "BYYEARDAY": (1, 366, True),
    "BYWEEKNO": (1, 53, True),
    "BYMONTH": (1, 12, False),
    "BYSETPOS": (1, 366, True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One RRULE. `lists` holds the BY... parts but BYDAY by their name, values ascending; `days`
    are BYDAY's weekdays (Monday = 0) with their ordinal (0: every). `until` is a wall-clock time.
    """

    frequency: str
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    week_start: int = 0
    lists: dict[str, tuple[int, ...]] = field(default_factory=dict)
    days: tuple[tuple[int, int], ...] = ()

    def listed(self, name: str) -> tuple[int, ...]:
        return self.lists.get(name, ())

    @property
    def within_a_day(self) -> bool:
        """Of days or finer."""
        return FREQUENCIES.index(self.frequency) >= FREQUENCIES.index("DAILY")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """A text taken apart; moments are wall-clock times in `zone`. `own_zone`: DTSTART named it."""

    start: datetime | None
    zone: ZoneInfo
    own_zone: bool
    rules: tuple[Rule, ...]
    dates: tuple[datetime, ...]
    excluded: frozenset[datetime]


@dataclass(frozen=True, slots=True)
class _Line:
    parameters: str
    value: str
    position: int


class _Wrong(Exception):
    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


@lru_cache(maxsize=1024)
def read_rule_text(text: str, zone: ZoneInfo) -> RuleText:
    """Lines may be parted by any white space; a bare rule needs no "RRULE:" before it.

    UNTIL and dates given as instants are put into the zone; UNTIL as a day reaches to its end.
    Raises Invalid; `problems` holds {"where": "rrule", "message", "position"}.
    """
    try:
        return _read(text, zone)
    except _Wrong as wrong:
        raise refused(text, wrong.message, position=wrong.position) from None


def refused(text: str, message: str, *, position: int = 0, **facts: Any) -> Invalid:
    shown = text if len(text) <= 100 else text[:97] + "..."
    problem = {"where": "rrule", "message": message, "position": position}
    said = f"rrule {shown!r}: {message} (at character {position + 1})"
    return Invalid(said, problems=[problem], **facts)


def _read(text: str, zone: ZoneInfo) -> RuleText:
    if len(text) > _LONGEST_TEXT:
        raise _Wrong(f"longer than {_LONGEST_TEXT} characters", _LONGEST_TEXT)
    lines: dict[str, list[_Line]] = {"DTSTART": [], "RRULE": [], "RDATE": [], "EXDATE": []}
    for word in _WORD.finditer(text):
        name, line = _line(word[0], word.start())
        if name not in lines:
            raise _Wrong(f"{name or word[0][:40]!r} is none of {', '.join(lines)}", word.start())
        lines[name].append(line)
    if not lines["RRULE"] and not lines["RDATE"]:
        raise _Wrong("there is no rule in it; write for instance FREQ=DAILY", 0)
    if len(lines["DTSTART"]) > 1:
        raise _Wrong("a second DTSTART", lines["DTSTART"][1].position)
    own = [_zone_of(line) for line in lines["DTSTART"]]
    meant = next((one for one in own if one is not None), zone)
    starts = [_moment(line.value, line.position) for line in lines["DTSTART"]]
    return RuleText(
        start=starts[0] if starts else None,
        zone=meant,
        own_zone=any(one is not None for one in own),
        rules=tuple(_rule(line, meant) for line in lines["RRULE"]),
        dates=tuple(sorted(_dates(lines["RDATE"], meant))),
        excluded=frozenset(_dates(lines["EXDATE"], meant)),
    )


def _line(word: str, position: int) -> tuple[str, _Line]:
    match = _LINE.fullmatch(word)
    assert match is not None  # noqa: S101 - its last part takes anything
    name = match[1] or ("RRULE" if "=" in match[3] else "")
    return name.upper(), _Line(match[2] or "", match[3], position + match.start(3))


def _zone_of(line: _Line) -> ZoneInfo | None:
    if line.value.upper().endswith("Z"):
        return find_zone("UTC")
    named = _ZONE.search(line.parameters)
    return find_zone(named[1]) if named else None


def _moment(value: str, position: int) -> datetime:
    match = _STAMP.fullmatch(value)
    try:
        if match is not None:
            stamp = f"{match[1]}{match[2] or '000000'}"
            return datetime.strptime(stamp, "%Y%m%d%H%M%S")  # noqa: DTZ007 - wall-clock time
    except ValueError:
        match = None
    raise _Wrong(f"{value[:40]!r} is no date or time; write 20260131T090000", position)


def _dates(lines: list[_Line], zone: ZoneInfo) -> set[datetime]:
    found = set()
    for line in lines:
        for value in line.value.split(","):
            own = _zone_of(_Line(line.parameters, value, line.position))
            found.add(_in_zone(_moment(value, line.position), own, zone))
    return found


def _in_zone(moment: datetime, own: ZoneInfo | None, zone: ZoneInfo) -> datetime:
    if own is None or own is zone:
        return moment
    try:
        return moment.replace(tzinfo=own).astimezone(zone).replace(tzinfo=None, fold=0)
    except OverflowError:  # at the ends of the calendar the offset does not matter
        return moment


def _rule(line: _Line, zone: ZoneInfo) -> Rule:
    parts: dict[str, tuple[str, int]] = {}
    for match in _PART.finditer(line.value.upper()):
        name, equals, value = match[0].partition("=")
        position = line.position + match.start()
        if not equals or not value:
            raise _Wrong(f"{match[0][:40]!r}: a part is NAME=VALUE", position)
        if name in parts:
            raise _Wrong(f"{name} stands twice", position)
        parts[name] = value, position + len(name) + 1
    if "FREQ" not in parts:
        raise _Wrong("FREQ is missing", line.position)
    return _check(_rule_of(parts, zone), parts)


def _rule_of(parts: dict[str, tuple[str, int]], zone: ZoneInfo) -> Rule:
    values: dict[str, Any] = {"lists": {}}
    for name, (value, position) in parts.items():
        match name:
            case "FREQ":
                values["frequency"] = _one_of(FREQUENCIES, value, position)
            case "INTERVAL":
                values["interval"] = _count(name, value, position)
            case "COUNT":
                values["count"] = _count(name, value, position)
            case "UNTIL":
                values["until"] = _until(value, position, zone)
            case "WKST":
                values["week_start"] = WEEKDAYS.index(_one_of(WEEKDAYS, value, position))
            case "BYDAY":
                values["days"] = tuple(_day(one, position) for one in value.split(","))
            case _ if name in _LISTS:
                values["lists"][name] = _numbers(name, value, position)
            case _:
                raise _Wrong(f"{name[:40]!r} is no part of a rule", position - len(name) - 1)
    return Rule(**values)


def _check(rule: Rule, parts: dict[str, tuple[str, int]]) -> Rule:
    """What RFC 5545 forbids because it means nothing."""
    monthly = rule.frequency in ("MONTHLY", "YEARLY")
    if any(ordinal for _, ordinal in rule.days) and not monthly:
        raise _Wrong("a numbered weekday needs FREQ=MONTHLY or YEARLY", parts["BYDAY"][1])
    for name, allowed in (
        ("BYWEEKNO", rule.frequency == "YEARLY"),
        ("BYYEARDAY", rule.frequency not in ("DAILY", "WEEKLY", "MONTHLY")),
        ("BYMONTHDAY", rule.frequency != "WEEKLY"),
        ("BYSETPOS", not rule.within_a_day or rule.frequency == "DAILY"),
    ):
        if name in parts and not allowed:
            raise _Wrong(f"{name} does not go with FREQ={rule.frequency}", parts[name][1])
    if rule.count is not None and rule.until is not None:
        raise _Wrong("COUNT and UNTIL exclude each other", parts["UNTIL"][1])
    return rule


def _one_of(known: tuple[str, ...], value: str, position: int) -> str:
    if value not in known:
        raise _Wrong(f"{value[:40]!r} is none of {', '.join(known)}", position)
    return value


def _count(name: str, value: str, position: int) -> int:
    if not re.fullmatch(r"[0-9]{1,7}", value) or int(value) < 1:
        raise _Wrong(f"{name} is a number from 1 on, not {value[:40]!r}", position)
    return int(value)


def _until(value: str, position: int, zone: ZoneInfo) -> datetime:
    moment = _moment(value, position)
    if "T" not in value:
        return moment.replace(hour=23, minute=59, second=59)
    return _in_zone(moment, find_zone("UTC") if value.endswith("Z") else None, zone)


def _day(value: str, position: int) -> tuple[int, int]:
    match = _DAY.fullmatch(value)
    if match is None or (match[1] and not 1 <= abs(int(match[1])) <= 53):
        raise _Wrong(f"BYDAY: {value[:40]!r} is no weekday; write MO, 2TU or -1FR", position)
    return WEEKDAYS.index(match[2]), int(match[1] or 0)


def _numbers(name: str, value: str, position: int) -> tuple[int, ...]:
    low, high, both_ways = _LISTS[name]
    found = set()
    for one in value.split(","):
        number = int(one) if _NUMBER.fullmatch(one) else None
        if number is None or not low <= (abs(number) if both_ways else number) <= high:
            sign = "+-" if both_ways else ""
            raise _Wrong(f"{name}: {one[:40]!r} is not in {sign}{low}-{high}", position)
        found.add(number)
        position += len(one) + 1
    return tuple(sorted(found))
