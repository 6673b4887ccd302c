"""Finds times and recurrences in Chinese sentences."""

from __future__ import annotations

import re
from datetime import time, timedelta
from re import Match

from runyard.domain.errors import Invalid
from runyard.domain.intents.parts import Parts, Rule, clock_of, length_of, take

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_N = r"([0-9]+(?:\.[0-9]+)?|[零〇一二两三四五六七八九十百]+|半)"
_UNITS = {
    "秒": timedelta(seconds=1),
    "分": timedelta(minutes=1),
    "时": timedelta(hours=1),
    "天": timedelta(days=1),
    "周": timedelta(weeks=1),
}
_ONE_OF = {"钟头": "时", "小时": "时", "日": "天", "星期": "周", "礼拜": "周"}
_UNIT = r"个?(秒钟?|分钟?|小时|钟头|天|日|周|星期|礼拜)"
_WEEK = r"(?:周|星期|礼拜)"
_WEEKDAYS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "日": 0, "天": 0}
_PARTS_OF_DAY = {
    "凌晨": time(3),
    "清晨": time(6),
    "早上": time(8),
    "早晨": time(8),
    "早": time(8),
    "上午": time(10),
    "中午": time(12),
    "正午": time(12),
    "下午": time(15),
    "傍晚": time(18),
    "晚上": time(20),
    "晚": time(20),
    "夜里": time(22),
    "半夜": time(0),
    "午夜": time(0),
}
_PM = {"下午", "傍晚", "晚上", "晚", "夜里"}
_PART = "|".join(sorted(_PARTS_OF_DAY, key=len, reverse=True))
_AHEAD = {"今": 0, "明": 1, "后": 2, "大后": 3}


def number_of(text: str) -> float:
    """Of digits or Chinese numerals up to 999; 半 is a half. Raises Invalid."""
    if text == "半":
        return 0.5
    if text[0].isdecimal():
        return float(text)
    total, digit = 0, None
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
        else:
            scale = 10 if char == "十" else 100
            total += (1 if digit is None else digit) * scale
            digit = None
    return total + (digit or 0)


def find(text: str) -> tuple[Parts, str]:
    """The parts of a time that stand in the text, and the text without them.

    Raises Invalid for a number that can't be.
    """
    parts = Parts()
    rest = take(text, (*_RECURRENCES, *_DATES, *_CLOCKS), parts)
    return parts, rest if parts.found else text


def _length(number: str | None, unit: str, more: str | None = None) -> timedelta:
    name = _ONE_OF.get(unit, unit[0])
    count = number_of(number) if number else 1.0
    return length_of(count + (0.5 if more else 0), _UNITS[name])


def _every(match: Match[str], parts: Parts) -> None:
    if not parts.is_recurrent:
        parts.every = _length(match[1], match[3], match[2])


def _times(match: Match[str], parts: Parts) -> None:
    if not parts.is_recurrent:
        length = _length(match[1], match[2])
        parts.every = length_of(1, length / max(number_of(match[3]), 1))


def _weekly(match: Match[str], parts: Parts) -> None:
    named = [char for char in match[1] if char in _WEEKDAYS]
    if re.search("[到至-]", match[1]):
        first, last = _WEEKDAYS[named[0]], _WEEKDAYS[named[-1]] or 7
        parts.weekdays = tuple(day % 7 for day in range(first, last + 1))
    else:
        parts.weekdays = tuple(_WEEKDAYS[char] for char in named)
    parts.repeats = True


def _workdays(match: Match[str], parts: Parts) -> None:
    parts.weekdays, parts.repeats = ((0, 6) if "末" in match[0] else (1, 2, 3, 4, 5)), True


def _daily(_: Match[str], parts: Parts) -> None:
    parts.repeats = True


def _monthly(match: Match[str], parts: Parts) -> None:
    parts.month_day, parts.repeats = _day(match[1]) if match[1] else 1, True


def _yearly(match: Match[str], parts: Parts) -> None:
    parts.month, parts.month_day, parts.repeats = _month(match[1]), _day(match[2]), True


def _day(text: str) -> int:
    number = int(number_of(text))
    if not 1 <= number <= 31:
        raise Invalid(f"{number} is not a day of a month")
    return number


def _month(text: str) -> int:
    number = int(number_of(text))
    if not 1 <= number <= 12:
        raise Invalid(f"{number} is not a month")
    return number


def _delay(match: Match[str], parts: Parts) -> None:
    parts.delay = _length(match[1], match[3], match[2])


def _ahead(match: Match[str], parts: Parts) -> None:
    parts.days_ahead = _AHEAD[match[1]]


def _weekday(match: Match[str], parts: Parts) -> None:
    parts.weekdays = (_WEEKDAYS[match[2]],)
    if match[1]:
        parts.weeks_ahead = match[1].count("下")


def _weekend(_: Match[str], parts: Parts) -> None:
    parts.weekdays = (6,)


def _iso(match: Match[str], parts: Parts) -> None:
    parts.year, parts.month, parts.month_day = (int(part) for part in match.groups())


def _date(match: Match[str], parts: Parts) -> None:
    parts.year = int(match[1]) if match[1] else None
    parts.month, parts.month_day = _month(match[2]), _day(match[3])


def _month_day(match: Match[str], parts: Parts) -> None:
    parts.month_day = _day(match[1])


def _clock(match: Match[str], parts: Parts) -> None:
    hour, part = int(number_of(match[2])), match[1]
    minutes = {"半": 30, "一刻": 15, "三刻": 45}.get(match[3] or "")
    if minutes is None:
        minutes = int(number_of(match[4])) if match[4] else 0
    parts.clock = _moved(hour, minutes, part)


def _digital(match: Match[str], parts: Parts) -> None:
    parts.clock = _moved(int(match[2]), int(match[3]), match[1])


def _moved(hour: int, minutes: int, part: str | None) -> time:
    if part in {"中午", "正午"} and hour < 4:
        hour += 12
    if part in {"晚上", "晚", "半夜", "午夜"} and hour == 12:
        raise Invalid("12 in the night: say 0 o'clock of the day that is meant")
    return clock_of(hour, minutes, half="pm" if part in _PM else "")


def _of_day(match: Match[str], parts: Parts) -> None:
    parts.clock = parts.clock or _PARTS_OF_DAY[match[1]]


_DAYS = r"[一二三四五六日天]"
_SEVERAL = rf"{_WEEK}{_DAYS}(?:[到至、和,，-]?{_WEEK}?{_DAYS})*"
_ONCE = r"(?:一次|1次|就)?"
_SPAN = rf"{_N}?\s*(?:个(半))?\s*{_UNIT}"
_RECURRENCES: tuple[Rule, ...] = (
    (re.compile(r"每逢?个?(?:工作日|周末)|工作日"), _workdays),
    (re.compile(rf"每[逢个]?({_SEVERAL})(?!次)"), _weekly),
    (re.compile(rf"每年的?{_N}月{_N}[日号]"), _yearly),
    (re.compile(rf"每个?月的?(?:{_N}[日号])?"), _monthly),
    (re.compile(rf"(?:每|一|1)()\s*{_UNIT}\s*{_N}次"), _times),
    (re.compile(rf"每?(?:间隔|隔)\s*{_SPAN}{_ONCE}"), _every),
    (re.compile(rf"每到?(?=(?:{_PART}))"), _daily),
    (re.compile(r"()()(天)天"), _every),
    (re.compile(rf"每\s*{_SPAN}{_ONCE}"), _every),
    (re.compile(rf"{_SPAN}(?:一次|1次)"), _every),
    (re.compile(rf"^\s*{_N}\s*(?:个(半))?\s*{_UNIT}(?=[^前后内]*一次)"), _every),
)
_DATES: tuple[Rule, ...] = (
    (re.compile(rf"(?:在|过)?\s*{_N}\s*(?:个(半))?\s*{_UNIT}(?:之后|以后|过后|后)"), _delay),
    (re.compile(rf"(?:再)?过\s*{_N}\s*(?:个(半))?\s*{_UNIT}"), _delay),
    (re.compile(r"(今|明|大后|后)(?:天|日|(?=[早晚]))"), _ahead),
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})[日号]?"), _iso),
    (re.compile(rf"(?:(\d{{4}})年)?{_N}月{_N}[日号]"), _date),
    (re.compile(rf"(下下个?|下个?|这个?|本)?{_WEEK}({_DAYS})"), _weekday),
    (re.compile(r"(?:这个?|本)?周末"), _weekend),
    (re.compile(rf"{_N}号(?![机楼服])"), _month_day),
)  # fmt: skip
_CLOCKS: tuple[Rule, ...] = (
    (re.compile(rf"在?({_PART})?的?\s*(\d{{1,2}})[:：](\d{{2}})"), _digital),
    (re.compile(rf"在?({_PART})?的?\s*{_N}(?:点钟?|时)(?:(半|一刻|三刻|整)|{_N}分?)?"), _clock),
    (re.compile(rf"在?({_PART})"), _of_day),
)  # fmt: skip
