"""Says in English or Chinese when a schedule fires.

The words come from what was parsed, not from the text, so they say what will happen: which of two
day fields counts, where a step begins again, what `H` has drawn.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from runyard.domain.schedules.cron_expression import parse_cron
from runyard.domain.schedules.cron_words import cron_words
from runyard.domain.schedules.rrule_text import read_rule_text
from runyard.domain.schedules.rule_words import rule_words
from runyard.domain.schedules.spec import DayMatch, ScheduleSpec
from runyard.domain.schedules.tongues import CHINESE, ENGLISH, Tongue

Language = Literal["en", "zh"]
_DRAWN = re.compile(r"(?:^|[\s,])h", re.IGNORECASE)


def describe(spec: ScheduleSpec, language: Language = "en", *, key: str = "") -> str:
    """One phrase about the trigger, without zone, bounds and policies; ends without a full stop.

    `key`, the schedule's id, says what `H` in a cron expression is; without it such an expression
    is only shown. Raises Invalid for a trigger that can't be read.
    """
    tongue = CHINESE if language == "zh" else ENGLISH
    if spec.cron is not None:
        if _DRAWN.search(spec.cron) and not key:
            return tongue.drawn.format(expression=spec.cron)
        return _of_cron(spec.cron, key, spec.day_match, tongue)
    if spec.every is not None:
        words = tongue.every_length(spec.every)
        return tongue.followed(words, tongue.at_once) if spec.at_once else words
    if spec.rrule is not None:
        return _of_rrule(spec.rrule, tongue)
    if spec.at is not None:
        return tongue.once.format(time=_moment(spec.at))
    return ""


@lru_cache(maxsize=2048)
def _of_cron(text: str, key: str, day_match: DayMatch, tongue: Tongue) -> str:
    expression = parse_cron(text, key=key, day_match=day_match)
    return tongue.reboot if expression.reboot else cron_words(expression, tongue)


@lru_cache(maxsize=512)
def _of_rrule(text: str, tongue: Tongue) -> str:
    read = read_rule_text(text, ZoneInfo("UTC"))
    parts = [rule_words(rule, read.start, tongue) for rule in read.rules]
    if read.dates:
        parts.append(tongue.dates.format(count=len(read.dates)))
    if read.excluded:
        parts.append(tongue.but.format(count=len(read.excluded)))
    return tongue.followed(*parts)


def _moment(at: datetime) -> str:
    shown = f"{at:%Y-%m-%d %H:%M:%S}" if at.second or at.microsecond else f"{at:%Y-%m-%d %H:%M}"
    if at.tzinfo is None:
        return shown
    return f"{shown} UTC" if at.utcoffset() == timedelta() else f"{shown} {at:%z}"
