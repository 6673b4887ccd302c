"""The words of each language in which schedules are described."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


class Tongue(ABC):
    """What `words.py` and its parts need to know of a language. Numbers of weekdays: Sunday 0.

    A phrase stands alone between commas; `joined` puts time, days and months into their order.
    """

    drawn: ClassVar[str]
    reboot: ClassVar[str]
    at_once: ClassVar[str]
    once: ClassVar[str]
    dates: ClassVar[str]
    but: ClassVar[str]
    times: ClassVar[str]  # count of an rrule
    until: ClassVar[str]
    both_days: ClassVar[str]
    either_day: ClassVar[str]
    every_day: ClassVar[str]
    weeks: ClassVar[str]
    year_days: ClassVar[str]
    weekday_names: ClassVar[tuple[str, ...]]
    month_names: ClassVar[tuple[str, ...]]

    @abstractmethod
    def joined(self, *phrases: str) -> str:
        """Time first, then days, then months, as given; empty ones are left out."""

    @abstractmethod
    def followed(self, *phrases: str) -> str:
        """One phrase after the other, as given; empty ones are left out."""

    @abstractmethod
    def listed(self, items: Sequence[str]) -> str: ...

    @abstractmethod
    def through(self, first: str, last: str) -> str:
        """From one to another, both with it."""

    @abstractmethod
    def every(self, number: int, unit: str) -> str:
        """Every minute, every 5 minutes; units: second, minute, hour, day, week, month, year."""

    @abstractmethod
    def every_length(self, length: timedelta) -> str: ...

    @abstractmethod
    def at_clock(self, times: Sequence[str]) -> str:
        """At these times of day."""

    @abstractmethod
    def at_unit(self, unit: str, numbers: str, *, many: bool) -> str:
        """At second or minute 5."""

    @abstractmethod
    def stepped(self, unit: str, step: int, first: int, last: int) -> str:
        """Every n-th from one to another, which does not go on over the end of the larger unit."""

    @abstractmethod
    def in_hours(self, ranges: Sequence[tuple[str, str]]) -> str:
        """Between these times of day."""

    @abstractmethod
    def on_days(self, phrases: Sequence[str]) -> str:
        """On these days, as `day`, `last_day` ... say them."""

    @abstractmethod
    def day(self, numbers: str, *, many: bool) -> str: ...

    @abstractmethod
    def last_day(self, before: int) -> str: ...

    @abstractmethod
    def near_day(self, number: int) -> str: ...

    @property
    @abstractmethod
    def last_working_day(self) -> str: ...

    @abstractmethod
    def nth_weekday(self, weekday: int, number: int, of: str = "month") -> str:
        """The n-th of a month or year, -1 the last."""

    @abstractmethod
    def position(self, number: int) -> str:
        """Only the n-th of what was named before, -1 the last."""

    @abstractmethod
    def in_months(self, months: str) -> str: ...

    @staticmethod
    def lengths(length: timedelta) -> list[tuple[float, str]]:
        """A length in whole units, with a fraction only of seconds."""
        rest = round(length.total_seconds(), 6)
        found: list[tuple[float, str]] = []
        for unit, size in _UNITS[:-1]:
            count, rest = divmod(rest, size)
            if count:
                found.append((int(count), unit))
        rest = round(rest, 6)
        if rest:
            found.append((int(rest) if rest == int(rest) else rest, "second"))
        return found


class English(Tongue):
    drawn = "cron {expression}, where H is drawn from the schedule's id"
    reboot = "at each start of the server"
    at_once = "the first time at once"
    once = "once, at {time}"
    dates = "at {count} listed times"
    but = "but not at {count} listed times"
    times = "{count} times"
    until = "until {time}"
    both_days = "{one} when it is also {other}"
    either_day = "{one} or {other}"
    every_day = "every day"
    weeks = "in week {numbers} of the year"
    year_days = "on day {numbers} of the year"
    weekday_names = (
        *("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
    )
    month_names = (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    )
    last_working_day = "the last weekday of the month"
    _ordinals: ClassVar = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}

    def joined(self, *phrases: str) -> str:
        return self.followed(*phrases)

    def followed(self, *phrases: str) -> str:
        return ", ".join(phrase for phrase in phrases if phrase)

    def listed(self, items: Sequence[str]) -> str:
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} and {items[-1]}"

    def through(self, first: str, last: str) -> str:
        return f"{first} to {last}"

    def every(self, number: int, unit: str) -> str:
        return f"every {unit}" if number == 1 else f"every {number} {unit}s"

    def every_length(self, length: timedelta) -> str:
        parts = self.lengths(length)
        if len(parts) == 1 and parts[0][0] == 1:
            return f"every {parts[0][1]}"
        said = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts]
        return f"every {' '.join(said)}"

    def at_clock(self, times: Sequence[str]) -> str:
        return f"at {self.listed(times)}"

    def at_unit(self, unit: str, numbers: str, *, many: bool) -> str:
        return f"at {unit}{'s' if many else ''} {numbers}"

    def stepped(self, unit: str, step: int, first: int, last: int) -> str:
        if unit == "day":
            return f"each {self._ordinal(step)} day from day {first} to {last} of the month"
        return f"every {step} {unit}s from {unit} {first} to {last} of each {_LARGER[unit]}"

    def in_hours(self, ranges: Sequence[tuple[str, str]]) -> str:
        return self.listed([f"from {first} to {last}" for first, last in ranges])

    def on_days(self, phrases: Sequence[str]) -> str:
        return f"on {self.listed(phrases)}"

    def day(self, numbers: str, *, many: bool) -> str:
        return f"day{'s' if many else ''} {numbers} of the month"

    def last_day(self, before: int) -> str:
        if not before:
            return "the last day of the month"
        days = "day" if before == 1 else "days"
        return f"the day {before} {days} before the last of the month"

    def near_day(self, number: int) -> str:
        return f"the weekday nearest to day {number} of the month"

    def nth_weekday(self, weekday: int, number: int, of: str = "month") -> str:
        return f"the {self._ordinal(number)} {self.weekday_names[weekday]} of the {of}"

    def position(self, number: int) -> str:
        return f"only the {self._ordinal(number)} of these"

    def _ordinal(self, number: int) -> str:
        if number < -1:
            return f"{self._ordinal(-number)} from last"
        ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number // 10 != 1 else 0, "th")
        return self._ordinals.get(number) or f"{number}{ending}"

    def in_months(self, months: str) -> str:
        return f"in {months}"


class Chinese(Tongue):
    drawn = "cron {expression}，其中 H 由计划的 id 决定"
    reboot = "服务器每次启动时"
    at_once = "首次立即执行"
    once = "仅一次，{time}"
    dates = "在列出的 {count} 个时间"
    but = "列出的 {count} 个时间除外"
    times = "共 {count} 次"
    until = "直到 {time}"
    both_days = "{one}且为{other}"
    either_day = "{one}或{other}"
    every_day = "每天"
    weeks = "一年中的第 {numbers} 周"
    year_days = "一年中的第 {numbers} 天"
    weekday_names = ("周日", "周一", "周二", "周三", "周四", "周五", "周六")
    month_names = tuple(f"{number} 月" for number in range(1, 13))
    last_working_day = "当月最后一个工作日"
    _units: ClassVar = {
        "second": "秒",
        "minute": "分钟",
        "hour": "小时",
        "day": "天",
        "week": "周",
        "month": "个月",
        "year": "年",
    }

    def joined(self, *phrases: str) -> str:
        return self.followed(*reversed(phrases))

    def followed(self, *phrases: str) -> str:
        return "，".join(phrase for phrase in phrases if phrase)

    def listed(self, items: Sequence[str]) -> str:
        return "、".join(items)

    def through(self, first: str, last: str) -> str:
        return f"{first} 至 {last}" if first[-1].isdigit() else f"{first}至{_apart(last)}"

    def every(self, number: int, unit: str) -> str:
        return f"每{self._units[unit]}" if number == 1 else f"每 {number} {self._units[unit]}"

    def every_length(self, length: timedelta) -> str:
        parts = self.lengths(length)
        if len(parts) == 1 and parts[0][0] == 1:
            return f"每{self._units[parts[0][1]]}"
        return "每 " + " ".join(f"{count} {self._units[unit]}" for count, unit in parts)

    def at_clock(self, times: Sequence[str]) -> str:
        return self.listed(times)

    def at_unit(self, unit: str, numbers: str, *, many: bool) -> str:  # noqa: ARG002
        return f"于第 {numbers} {'秒' if unit == 'second' else '分'}"

    def stepped(self, unit: str, step: int, first: int, last: int) -> str:
        larger, short = {
            "second": ("分钟的第", "秒"),
            "minute": ("小时的第", "分"),
            "day": ("月", "日"),
        }[unit]
        return f"每{larger} {first} 至 {last} {short}之间每 {step} {self._units[unit]}"

    def in_hours(self, ranges: Sequence[tuple[str, str]]) -> str:
        return self.listed([f"{first} 至 {last}" for first, last in ranges])

    def on_days(self, phrases: Sequence[str]) -> str:
        return self.listed(phrases)

    def day(self, numbers: str, *, many: bool) -> str:  # noqa: ARG002
        return f"每月 {numbers} 日"

    def last_day(self, before: int) -> str:
        return f"每月倒数第 {before + 1} 天" if before else "每月最后一天"

    def near_day(self, number: int) -> str:
        return f"离每月 {number} 日最近的工作日"

    def nth_weekday(self, weekday: int, number: int, of: str = "month") -> str:
        period = {"month": "每月", "year": "每年"}[of]
        return f"{period}{self._ordinal(number)}{self.weekday_names[weekday]}"

    def position(self, number: int) -> str:
        return f"仅取其中{self._ordinal(number)}"

    @staticmethod
    def _ordinal(number: int) -> str:
        if number == -1:
            return "最后一个"
        return f"第 {number} 个" if number > 0 else f"倒数第 {-number} 个"

    def in_months(self, months: str) -> str:
        return months


def _apart(text: str) -> str:
    """Chinese text keeps a space before a number."""
    return f" {text}" if text[0].isdigit() else text


_LARGER = {"second": "minute", "minute": "hour"}
ENGLISH = English()
CHINESE = Chinese()
