"""Says when a recurrence rule holds."""

from __future__ import annotations

from datetime import datetime

from runyard.domain.schedules.cron_words import (
    hour_words,
    month_words,
    time_words,
    unit_words,
    week_of,
    weekday_words,
)
from runyard.domain.schedules.rrule_text import Rule
from runyard.domain.schedules.series import series
from runyard.domain.schedules.tongues import Tongue

_UNITS = {
    "YEARLY": "year",
    "MONTHLY": "month",
    "WEEKLY": "week",
    "DAILY": "day",
    "HOURLY": "hour",
    "MINUTELY": "minute",
    "SECONDLY": "second",
}


def rule_words(rule: Rule, start: datetime | None, tongue: Tongue) -> str:
    """`start` is DTSTART, from which a rule without BYHOUR takes its time of day."""
    months = rule.listed("BYMONTH")
    return tongue.followed(
        tongue.every(rule.interval, _UNITS[rule.frequency]),
        tongue.joined(
            _time(rule, start, tongue),
            _days(rule, tongue),
            month_words(series(months, low=1, high=12), tongue) if months else "",
        ),
        _numbers(tongue.weeks, rule.listed("BYWEEKNO"), tongue),
        _numbers(tongue.year_days, rule.listed("BYYEARDAY"), tongue),
        tongue.listed([tongue.position(number) for number in rule.listed("BYSETPOS")]),
        "" if rule.count is None else tongue.times.format(count=rule.count),
        "" if rule.until is None else tongue.until.format(time=f"{rule.until:%Y-%m-%d %H:%M}"),
    )


def _time(rule: Rule, start: datetime | None, tongue: Tongue) -> str:
    seconds, minutes, hours = (rule.listed(f"BY{unit}") for unit in ("SECOND", "MINUTE", "HOUR"))
    if rule.frequency in ("HOURLY", "MINUTELY", "SECONDLY"):
        return tongue.joined(
            unit_words(series(seconds, low=0, high=59), "second", tongue) if seconds else "",
            unit_words(series(minutes, low=0, high=59), "minute", tongue) if minutes else "",
            hour_words(series(hours, low=0, high=23), tongue) if hours else "",
        )
    if start is None and not hours:
        return ""
    at = (start.second, start.minute, start.hour) if start else (0, 0, 0)
    return time_words(seconds or at[:1], minutes or at[1:2], hours or at[2:], tongue)


def _days(rule: Rule, tongue: Tongue) -> str:
    said = []
    period = "year" if rule.frequency == "YEARLY" and not rule.listed("BYMONTH") else "month"
    plain = [(day + 1) % 7 for day, ordinal in rule.days if not ordinal]
    weekdays = [weekday_words(week_of(plain), tongue)] if plain else []
    weekdays += [
        tongue.nth_weekday((day + 1) % 7, ordinal, period) for day, ordinal in rule.days if ordinal
    ]
    month_days = rule.listed("BYMONTHDAY")
    listed = [str(day) for day in month_days if day > 0]
    if listed:
        said.append(tongue.day(tongue.listed(listed), many=len(listed) > 1))
    said += [tongue.last_day(-day - 1) for day in month_days if day < 0]
    if said and weekdays:
        return tongue.both_days.format(one=tongue.on_days(said), other=tongue.listed(weekdays))
    return tongue.on_days(said or weekdays) if said or weekdays else ""


def _numbers(phrase: str, numbers: tuple[int, ...], tongue: Tongue) -> str:
    return phrase.format(numbers=tongue.listed([str(n) for n in numbers])) if numbers else ""
