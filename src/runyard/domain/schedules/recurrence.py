"""Recurrence rules (RFC 5545) as wall-clock times.

Weekly, monthly and yearly rules are dateutil's. It walks from DTSTART, one candidate at a time,
which takes hours for a rule of seconds: so a rule is first moved near to the wanted time, and
daily and finer rules are walked here (`dense_rule.py`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import MAXYEAR, datetime, timedelta
from functools import lru_cache
from heapq import merge
from itertools import islice
from typing import Any, Literal
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule, weekday

from runyard.domain.schedules.dense_rule import DenseRule
from runyard.domain.schedules.rrule_text import Rule, RuleText, read_rule_text, refused

MOST_COUNTED = 10_000
_HORIZON = 400  # years: after them the calendar repeats itself
_FREQUENCIES: dict[str, Literal[0, 1, 2, 3]] = {
    "YEARLY": YEARLY,
    "MONTHLY": MONTHLY,
    "WEEKLY": WEEKLY,
    "DAILY": DAILY,
}
_DAY = timedelta(days=1)

Times = Callable[[datetime], Iterator[datetime]]
"""Wall-clock times at or after a given one, strictly ascending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """Wall-clock times of a rule text in `zone`, which is DTSTART's where it names one.
    `every_hour`: the rule is of hours or finer and leaves no hour out."""

    zone: ZoneInfo
    every_hour: bool
    times: Times


@lru_cache(maxsize=1024)
def parse_rrule(text: str, *, zone: ZoneInfo, anchor: datetime) -> Recurrence:
    """The times of a rule text; without DTSTART it begins at `anchor` (aware), in whole seconds.

    Raises Invalid for a text that can't be read, a COUNT over 10,000 (they have to be listed; use
    UNTIL), and rules that never fire.
    """
    read = read_rule_text(text, zone)
    local = anchor.astimezone(read.zone).replace(tzinfo=None, microsecond=0, fold=0)
    begin = read.start or local
    for rule in read.rules:
        if rule.count is not None and rule.count > MOST_COUNTED:
            raise refused(
                text, f"COUNT is at most {MOST_COUNTED}", hint="use UNTIL, or count runs: max_fires"
            )
    times = _joined([_times(rule, begin) for rule in read.rules], read)
    if next(times(datetime.min), None) is None:  # noqa: DTZ901 - wall-clock time
        raise refused(text, "it never fires", reason="never_fires")
    dense = [rule.within_a_day and DenseRule.of(rule, begin).every_hour for rule in read.rules]
    return Recurrence(zone=read.zone, every_hour=bool(dense) and all(dense), times=times)


def _joined(rules: list[Times], read: RuleText) -> Times:
    if len(rules) == 1 and not read.dates and not read.excluded:
        return rules[0]

    def times(start: datetime) -> Iterator[datetime]:
        listed = iter(read.dates[bisect_left(read.dates, start) :])
        newest = None
        for one in merge(listed, *(rule(start) for rule in rules)):
            if one != newest and one not in read.excluded:
                yield one
            newest = one

    return times


def _times(rule: Rule, begin: datetime) -> Times:
    if rule.count is not None:
        endless = _times(replace(rule, count=None), begin)
        listed = list(islice(endless(begin), rule.count))
        return lambda start: iter(listed[bisect_left(listed, start) :])
    if rule.within_a_day and not rule.listed("BYSETPOS"):
        return DenseRule.of(rule, begin).times
    return _sparse(_explicit(rule, begin), begin)


def _sparse(rule: Rule, begin: datetime) -> Times:
    """Times by dateutil, which is given a begin shortly before the wanted time.

    That begin lies whole intervals after the real one, so the rule keeps step, and at least one
    interval early, so that no period is cut. What has nothing for 400 years has nothing at all.
    """

    def times(start: datetime) -> Iterator[datetime]:
        near = _begin_near(rule, begin, start)
        horizon = datetime(min(max(near, start).year + _HORIZON, MAXYEAR), 12, 31)  # noqa: DTZ001
        made = rrule(
            _FREQUENCIES[rule.frequency],
            dtstart=near,
            interval=rule.interval,
            until=horizon if rule.until is None else min(rule.until, horizon),
            wkst=rule.week_start,
            byweekday=[weekday(day, ordinal or None) for day, ordinal in rule.days] or None,
            **_by_lists(rule),
        )
        yield from made.xafter(max(start, begin), inc=True)

    return times


def _by_lists(rule: Rule) -> dict[str, Any]:
    return {name.lower(): values for name, values in rule.lists.items()}


def _explicit(rule: Rule, begin: datetime) -> Rule:
    """The rule with all that it takes from its begin written down, so that the begin can move."""
    lists, days = dict(rule.lists), rule.days
    if not days and not lists.keys() & {"BYWEEKNO", "BYYEARDAY", "BYMONTHDAY"}:
        if rule.frequency == "WEEKLY":
            days = ((begin.weekday(), 0),)
        elif rule.frequency in ("MONTHLY", "YEARLY"):
            lists["BYMONTHDAY"] = (begin.day,)
        if rule.frequency == "YEARLY":
            lists.setdefault("BYMONTH", (begin.month,))
    lists.setdefault("BYHOUR", (begin.hour,))
    lists.setdefault("BYMINUTE", (begin.minute,))
    lists.setdefault("BYSECOND", (begin.second,))
    return replace(rule, lists=lists, days=days)


def _begin_near(rule: Rule, begin: datetime, target: datetime) -> datetime:
    if rule.frequency in ("DAILY", "WEEKLY"):
        step = rule.interval * (7 if rule.frequency == "WEEKLY" else 1)
        steps = (target - begin).days // step - 2
        return begin + steps * step * _DAY if steps > 0 else begin
    step = rule.interval * (12 if rule.frequency == "YEARLY" else 1)
    passed = (target.year - begin.year) * 12 + target.month - begin.month
    steps = passed // step - 2
    if steps <= 0:
        return begin
    year, month = divmod(begin.year * 12 + begin.month - 1 + steps * step, 12)
    return datetime(year, 1 if rule.frequency == "YEARLY" else month + 1, 1)  # noqa: DTZ001
