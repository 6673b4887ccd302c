"""Reads a cron expression into bit masks, or says what is wrong with it and at which character.

Five fields (minute, hour, day of month, month, day of week), or six with seconds first. A field is
a list of values, names, ranges (also past the end: `22-3`, `FRI-MON`), steps (`*/5`, `10-30/5`,
`7/10` from 7 on) and, in the day fields, `?` (any), `L`, `L-3`, `15W`, `LW`, `5#2`, `5L`. `H` is a
value that is drawn once from the key (the schedule's id), as Jenkins does: `H`, `H(0-29)`, `H/15`.
`@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`, `@yearly`, `@annually`, `@reboot`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from runyard.domain.errors import Invalid
from runyard.domain.schedules.cron_field import FIELDS, Draw, FieldRule, Wrong, read_field
from runyard.domain.schedules.month_days import DayRule
from runyard.domain.schedules.spec import DayMatch

_LONGEST_TEXT = 400
_WORD = re.compile(r"\S+")
_DRAWS = re.compile(r"(?:^|[\s,])h", re.IGNORECASE)  # without `H`, all schedules share one parse
_ALL_HOURS = (1 << 24) - 1
_ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
REBOOT = "@reboot"


@dataclass(frozen=True, slots=True, kw_only=True)
class CronExpression:
    """When a cron expression holds, ready to be walked through; shared, never changed.

    `fields` are second (0 where the expression has five fields), minute, hour, day of month,
    month and day of week (Sunday = 0), as they were written. `reboot`: the rest means nothing.
    """

    text: str
    fields: tuple[FieldRule, ...]
    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: int  # bit n = month n
    days: DayRule
    has_seconds: bool
    reboot: bool = False

    @property
    def every_hour(self) -> bool:
        return len(self.hours) == 24


def parse_cron(text: str, *, key: str = "", day_match: DayMatch = DayMatch.OR) -> CronExpression:
    """The expression; `key` is what `H` is drawn from.

    Raises Invalid whose `problems` name every wrong place: {"where": "cron", "field", "message",
    "position"}, the position counting characters of `text` from 0. An expression that holds on no
    day of the calendar is refused too.
    """
    return _parse(text, key if _DRAWS.search(text) else "", day_match)


@lru_cache(maxsize=4096)
def _parse(text: str, key: str, day_match: DayMatch) -> CronExpression:
    if len(text) > _LONGEST_TEXT:
        raise _invalid(text, [Wrong(f"longer than {_LONGEST_TEXT} characters", _LONGEST_TEXT)])
    bare = text.strip().lower()
    if bare == REBOOT:
        return _expression(text, _read_fields("* * * * *", "", text), day_match, reboot=True)
    if bare.startswith("@"):
        return _parse_alias(text, bare, day_match)
    _refuse_zone(text)
    return _expression(text, _read_fields(text, key, text), day_match)


def _parse_alias(text: str, bare: str, day_match: DayMatch) -> CronExpression:
    position = text.index("@")
    if bare.startswith("@every"):
        raise _invalid(
            text,
            [Wrong("`@every` is not cron", position)],
            hint=f'write every = "{bare.removeprefix("@every").strip() or "30m"}" instead of cron',
        )
    if bare not in _ALIASES:
        known = ", ".join([*_ALIASES, REBOOT])
        raise _invalid(text, [Wrong(f"{bare} is not known; there are {known}", position)])
    return _expression(text, _read_fields(_ALIASES[bare], "", text), day_match)


def _refuse_zone(text: str) -> None:
    if match := re.match(r"\s*(?:CRON_)?TZ=(\S*)", text, re.IGNORECASE):
        raise _invalid(
            text,
            [Wrong("a time zone has its own setting", match.start())],
            hint=f'write timezone = "{match[1]}" beside the expression',
        )


def _read_fields(expression: str, key: str, text: str) -> list[FieldRule]:
    words = list(_WORD.finditer(expression))
    if len(words) not in (5, 6):
        raise _invalid(text, [_wrong_count(expression, words)])
    draw = Draw(key)
    rules: list[FieldRule] = []
    problems: list[Wrong] = []
    for field, word in zip(FIELDS[-len(words) :], words, strict=True):
        rule, wrong = read_field(field, word[0], draw)
        rules.append(rule)
        problems += [one.moved(word.start()) for one in wrong]
    if problems:
        raise _invalid(text, problems)
    return rules


def _wrong_count(expression: str, words: list[re.Match[str]]) -> Wrong:
    names = ", ".join(field.name for field in FIELDS[1:])
    if len(words) > 6:
        return Wrong(
            f"{len(words)} fields; there are 5 ({names}), or 6 with seconds first, and no year",
            words[6].start(),
        )
    return Wrong(
        f"{len(words)} of 5 fields ({names}), or 6 with seconds first", len(expression.rstrip())
    )


def _expression(
    text: str, rules: list[FieldRule], day_match: DayMatch, *, reboot: bool = False
) -> CronExpression:
    has_seconds = len(rules) == 6
    second = rules[0] if has_seconds else FieldRule(mask=1)
    minute, hour, day, month, weekday = rules[-5:]
    days = DayRule(day=day, weekday=weekday, both=day_match is DayMatch.AND)
    if not days.ever(month.mask):
        raise _invalid(
            text, [Wrong("it never fires: no year has such a day", 0)], reason="never_fires"
        )
    return CronExpression(
        text=text,
        fields=(second, minute, hour, day, month, weekday),
        seconds=second.values,
        minutes=minute.values,
        hours=hour.values,
        months=month.mask,
        days=days,
        has_seconds=has_seconds,
        reboot=reboot,
    )


def _invalid(text: str, problems: list[Wrong], *, hint: str | None = None, **facts: Any) -> Invalid:
    shown = text if len(text) <= 80 else text[:77] + "..."
    said = "; ".join(f"{one.message} (at character {one.position + 1})" for one in problems)
    return Invalid(
        f"cron {shown!r}: {said}",
        hint=hint,
        problems=[
            {"where": "cron", "message": one.message, "position": one.position} for one in problems
        ],
        **facts,
    )
