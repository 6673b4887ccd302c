"""Finds times and recurrences in English sentences."""

from __future__ import annotations

import re
from datetime import time, timedelta
from re import Match

from runyard.domain.intents.parts import Parts, Rule, clock_of, length_of, take

_WORDS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90}
_NUMBERS = {word: number for number, word in enumerate(_WORDS)} | _TENS
_COMPOUND = re.compile(rf"\b({'|'.join(_TENS)})[ -]({'|'.join(_WORDS[1:10])})\b")
_NUMBER_WORD = re.compile(rf"\b({'|'.join(_NUMBERS)})\b")
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_UNIT = r"(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|hr?|days?|d|weeks?|w)\b"
_NUMBER = r"([0-9]+(?:\.[0-9]+)?)"
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_WEEKDAY = r"(?:sun|mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?)(?:days?)?"
_WEEKDAYS = rf"{_WEEKDAY}(?:(?:,? and |, ?| & ){_WEEKDAY})*"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"([0-3]?[0-9])(?:st|nd|rd|th)?"
_PARTS_OF_DAY = {
    "morning": time(8),
    "noon": time(12),
    "midday": time(12),
    "lunchtime": time(12),
    "afternoon": time(15),
    "evening": time(20),
    "night": time(22),
    "tonight": time(20),
    "midnight": time(0),
}
_HALVES = {"morning": "am", "afternoon": "pm", "evening": "pm", "night": "pm", "tonight": "pm"}


def find(text: str) -> tuple[Parts, str]:
    """The parts of a time that stand in a lower-case text, and the text without them.

    Raises Invalid for a number that can't be.
    """
    parts = Parts()
    text = _COMPOUND.sub(lambda m: str(_NUMBERS[m[1]] + _NUMBERS[m[2]]), text)
    counted = _NUMBER_WORD.sub(lambda m: str(_NUMBERS[m[1]]), text)
    rest = take(counted, (*_RECURRENCES,), parts)
    rest = take(rest, (*_DATES, *_CLOCKS), parts)
    return parts, rest if parts.found else text


def _length(number: str, unit: str) -> timedelta:
    return length_of(float(number), _UNITS[unit[0]])


def _every(match: Match[str], parts: Parts) -> bool:
    if parts.is_recurrent:
        return False
    parts.every = _length(match[1] or "1", match[2])
    return True


def _other(match: Match[str], parts: Parts) -> None:
    parts.every = _length("2", match[1])


def _half_hourly(match: Match[str], parts: Parts) -> None:
    half = _UNITS["h"] / 2
    parts.every = 3 * half if "and a half" in match[0] else half


def _times(match: Match[str], parts: Parts) -> None:
    count = {"once": 1, "twice": 2}.get(match[1]) or int(match[2])
    parts.every = length_of(1, _UNITS[match[3][0]] / max(count, 1))


def _ly(match: Match[str], parts: Parts) -> bool:
    if parts.is_recurrent:
        return False
    parts.every = _UNITS[(match[1] or match[2])[0]]
    return True


def _weekly(match: Match[str], parts: Parts) -> None:
    parts.weekdays, parts.repeats = _numbers(match[1]), True


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(_DAYS.index(name[:3]) for name in re.findall(_WEEKDAY, text))


def _workdays(match: Match[str], parts: Parts) -> None:
    weekend = "weekend" in match[0]
    parts.weekdays, parts.repeats = ((0, 6) if weekend else (1, 2, 3, 4, 5)), True


def _daily(match: Match[str], parts: Parts) -> None:
    parts.repeats, parts.clock = True, _PARTS_OF_DAY[match[1]]
    parts.half = _HALVES.get(match[1], "")


def _monthly(match: Match[str], parts: Parts) -> None:
    parts.month_day, parts.repeats = _month_day(match[1] or "1"), True


def _yearly(match: Match[str], parts: Parts) -> None:
    parts.month, parts.month_day, parts.repeats = _month(match[1]), _month_day(match[2]), True


def _month_day(text: str) -> int:
    length_of(int(text), _UNITS["d"])  # never the 0th
    return int(text)


def _month(text: str) -> int:
    return _MONTHS.index(text[:3]) + 1


def _delay(match: Match[str], parts: Parts) -> None:
    parts.delay = _length(match[1], match[2])
    if match.lastindex and match.lastindex >= 4 and match[3]:
        parts.delay += _length(match[3], match[4])


def _half_hour(_: Match[str], parts: Parts) -> None:
    parts.delay = _UNITS["h"] / 2


def _hour_and_half(_: Match[str], parts: Parts) -> None:
    parts.delay = 3 * _UNITS["h"] / 2


def _ahead(match: Match[str], parts: Parts) -> None:
    if not parts.is_recurrent:
        word = match[0]
        parts.days_ahead = 2 if "after" in word else 1 if "tomorrow" in word else 0


def _next_week(_: Match[str], parts: Parts) -> None:
    if not parts.weekdays:
        parts.days_ahead = 7
    else:
        parts.weeks_ahead = 1


def _on(match: Match[str], parts: Parts) -> None:
    if parts.weekdays:
        return
    parts.weekdays = _numbers(match[2])
    parts.repeats = parts.repeats or match[2].endswith("days") or parts.every is not None
    if (match[1] or "").startswith("next"):
        parts.weeks_ahead = 1


def _iso(match: Match[str], parts: Parts) -> None:
    parts.year, parts.month, parts.month_day = (int(part) for part in match.groups())


def _date(match: Match[str], parts: Parts) -> None:
    parts.month, parts.month_day = _month(match[1]), _month_day(match[2])
    parts.year = int(match[3]) if match[3] else None


def _european(match: Match[str], parts: Parts) -> None:
    parts.month, parts.month_day = _month(match[2]), _month_day(match[1])
    parts.year = int(match[3]) if match[3] else None


def _past(match: Match[str], parts: Parts) -> None:
    minutes = 30 if match[1] == "half" else 15
    hour = int(match[3])
    if match[2] == "to":
        hour, minutes = (hour - 1) % 24, 60 - minutes
    parts.clock = clock_of(hour, minutes, half=_half(match[4]))


def _half(text: str | None) -> str:
    return "" if not text else "pm" if text.startswith("p") else "am"


def _clock(match: Match[str], parts: Parts) -> None:
    parts.clock = clock_of(int(match[1]), int(match[2] or 0), half=_half(match[3]) or parts.half)


def _of_day(match: Match[str], parts: Parts) -> None:
    """Before the clock is read: "in the evening" makes 8 to 20:00."""
    word = match[1] or match[2]
    parts.half = _HALVES.get(word, "")
    parts.clock = parts.clock or _PARTS_OF_DAY[word]


def _tonight(match: Match[str], parts: Parts) -> None:
    parts.half, parts.clock = "pm", _PARTS_OF_DAY[match[0]]
    if not parts.is_recurrent and parts.days_ahead is None:
        parts.days_ahead = 0


def _nightly(_: Match[str], parts: Parts) -> None:
    parts.repeats, parts.clock, parts.half = True, _PARTS_OF_DAY["night"], "pm"


def _unit_delay(match: Match[str], parts: Parts) -> None:
    parts.delay = _UNITS[match[1][0]]


def _day_of_month(match: Match[str], parts: Parts) -> None:
    parts.month_day = _month_day(match[1])


def _rule(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{pattern})(?![\w])")


_ALONE = r"(?=$| at | on )"  # not "the weekly report"
_EACH = r"(?:every|each)"
_MERIDIEM = r"\s?([ap]\.?m\b\.?)"
_RECURRENCES: tuple[Rule, ...] = (
    (_rule(rf"{_EACH} (?:hour and a half|half(?: an)? hour)"), _half_hourly),
    (_rule(rf"{_EACH} (?:weekdays?|workdays?|working days?|business days?|weekends?)"), _workdays),
    (_rule(r"(?:on )?(?:weekdays|workdays|working days|weekends)"), _workdays),
    (_rule(rf"{_EACH} (?:other|second) (hour|day|week|minute)"), _other),
    (_rule(rf"(?:on )?{_EACH} ({_WEEKDAYS})"), _weekly),
    (_rule(r"(?:in )?(?:every|each) (morning|afternoon|evening|night|midnight|noon)"), _daily),
    (_rule(rf"^nightly|nightly{_ALONE}"), _nightly),
    (_rule(rf"(?:on )?{_EACH} year on {_MONTH} {_DAY}"), _yearly),
    (_rule(rf"{_EACH} {_MONTH} {_DAY}"), _yearly),
    (_rule(rf"on the {_DAY} (?:day )?of (?:every|each) month"), _monthly),
    (_rule(rf"(?:{_EACH} month|^monthly|monthly{_ALONE})(?: on (?:the )?{_DAY}(?: day)?)?"),
     _monthly),
    (_rule(rf"{_EACH} {_NUMBER}?\s?-?{_UNIT}"), _every),
    (_rule(rf"(?:(once|twice)|{_NUMBER} times) (?:an?|per|every|each) (hour|day|week|minute)"),
     _times),
    (_rule(rf"^(hour|dai|week)ly|(hour|dai|week)ly{_ALONE}"), _ly),
)  # fmt: skip
_DATES: tuple[Rule, ...] = (
    (_rule(r"(?:in|after) (?:half an hour|half hour)|half an hour (?:from now|later)"), _half_hour),
    (_rule(r"(?:in|after) an hour and a half"), _hour_and_half),
    (_rule(rf"(?:in|after) {_NUMBER}\s?{_UNIT}(?:,? and {_NUMBER}\s?{_UNIT})?(?: from now)?"),
     _delay),
    (_rule(rf"{_NUMBER}\s?{_UNIT} (?:from now|later)"), _delay),
    (_rule(r"(?:in|after) an? (minute|hour|day|week)"),
     _unit_delay),
    (_rule(r"(?:the )?day after tomorrow|tomorrow|today"), _ahead),
    (_rule(r"(?:on )?([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"), _iso),
    (_rule(rf"(?:on )?(?:the )?{_MONTH} {_DAY}(?:,? ([0-9]{{4}}))?"), _date),
    (_rule(rf"(?:on )?(?:the )?{_DAY} (?:of )?{_MONTH}(?:,? ([0-9]{{4}}))?"), _european),
    (_rule(r"on the ([0-3]?[0-9])(?:st|nd|rd|th)"),
     _day_of_month),
    (_rule(rf"(?:on )?((?:next|this|coming) )({_WEEKDAY})"), _on),
    (_rule(rf"(on )({_WEEKDAYS})"), _on),
    (_rule(r"next week"), _next_week),
)  # fmt: skip
_CLOCKS: tuple[Rule, ...] = (
    (_rule(r"(?:in the |this )?(morning|afternoon|evening)|"
            r"at (night|noon|midnight|midday)"),
     _of_day),
    (_rule(r"tonight"), _tonight),
    (_rule(rf"(?:at )?(half|a quarter|quarter) (past|to) ([0-9]{{1,2}})(?:{_MERIDIEM})?"), _past),
    (_rule(rf"(?:at )?([0-9]{{1,2}})(?:[:.]([0-9]{{2}}))?{_MERIDIEM}"), _clock),
    (_rule(r"(?:at )?([0-9]{1,2}):([0-9]{2})()"), _clock),
    (_rule(r"(?:at )?([0-9]{1,2}) ?o'?clock()()"), _clock),
    (_rule(r"at ([0-9]{1,2})()()"), _clock),
)  # fmt: skip
