"""Durations and sizes as people write them: "1h30m", "PT1H30M", "512MB", "1.5GiB".

The arithmetic is exact (fractions, not floats), so what is written is what is meant.
"""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction

from runyard.domain.errors import Invalid

_LONGEST_TEXT = 100
_NUMBER = r"([0-9]+(?:\.[0-9]+)?)"  # no comma: "1,500" means two things
_ISO_N = r"([0-9]+(?:[.,][0-9]+)?)"
_PART = re.compile(rf"\s*{_NUMBER}\s*([a-zµ]*)\s*")
_ISO = re.compile(rf"p(?:{_ISO_N}w)?(?:{_ISO_N}d)?(?:t(?:{_ISO_N}h)?(?:{_ISO_N}m)?(?:{_ISO_N}s)?)?")
_SIZE = re.compile(rf"\s*{_NUMBER}\s*([a-z]*)\s*", re.IGNORECASE)

_MICROSECOND = timedelta(microseconds=1)
_SECOND, _MINUTE, _HOUR, _DAY, _WEEK = (
    10**6 * seconds for seconds in (1, 60, 3600, 86400, 7 * 86400)
)
_UNITS = {
    **dict.fromkeys(("us", "µs", "microsecond", "microseconds"), 1),
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 1000),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), _SECOND),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), _MINUTE),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), _HOUR),
    **dict.fromkeys(("d", "day", "days"), _DAY),
    **dict.fromkeys(("w", "week", "weeks"), _WEEK),
}
_ISO_UNITS = (_WEEK, _DAY, _HOUR, _MINUTE, _SECOND)
_SHOWN = ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "m"))

_PREFIXES = "kmgtp"
_SIZES = {
    "": 1,
    "b": 1,
    **{letter: 1024**power for power, letter in enumerate(_PREFIXES, 1)},
    **{f"{letter}ib": 1024**power for power, letter in enumerate(_PREFIXES, 1)},
    **{f"{letter}i": 1024**power for power, letter in enumerate(_PREFIXES, 1)},
    **{f"{letter}b": 1000**power for power, letter in enumerate(_PREFIXES, 1)},
}


def parse_duration(given: str | float | timedelta) -> timedelta:
    """A length of time, never negative; a plain number is seconds.

    Also "90", "1.5h", "1h 30m", "2 days", "250ms" and ISO 8601 ("PT1H30M"; years and months
    have no fixed length and are refused). Rounded to the microsecond. Raises Invalid.
    """
    if isinstance(given, timedelta):
        microseconds = Fraction(given // _MICROSECOND)
    elif isinstance(given, str):
        microseconds = _read_duration(given)
    else:
        microseconds = _plain_number(given, what="duration") * _SECOND
    if microseconds < 0:
        raise Invalid(f"a duration can't be negative: {given!r}")
    try:
        return timedelta(microseconds=round(microseconds))
    except OverflowError:
        raise Invalid(f"a duration can't be that long: {given!r}") from None


def format_duration(length: timedelta) -> str:
    """Short and exact: "1h30m", "2d", "1.5s"; `parse_duration` reads it back."""
    rest = length // _MICROSECOND
    sign, rest = ("-", -rest) if rest < 0 else ("", rest)
    text = ""
    for size, unit in _SHOWN:
        count, rest = divmod(rest, size)
        if count:
            text += f"{count}{unit}"
    if rest or not text:
        seconds, fraction = divmod(rest, _SECOND)
        decimals = f".{fraction:06d}".rstrip("0") if fraction else ""
        text += f"{seconds}{decimals}s"
    return sign + text


def parse_size(given: str | float) -> int:
    """Bytes, never negative; KB = 1000, KiB and plain K = 1024. Parts of a byte are cut off."""
    if not isinstance(given, str):
        size = _plain_number(given, what="size")
    else:
        match = _SIZE.fullmatch(given) if len(given) <= _LONGEST_TEXT else None
        unit = None if match is None else _SIZES.get(match[2].lower())
        if match is None or unit is None:
            raise _not_understood("size", given, hint='write for instance "512MB" or "1.5GiB"')
        size = _fraction(match[1]) * unit
    if size < 0:
        raise Invalid(f"a size can't be negative: {given!r}")
    return int(size)


def format_size(size_bytes: int) -> str:
    """Exact, in the largest binary unit that divides it: "512MiB", "1000B"."""
    for power in range(len(_PREFIXES), 0, -1):
        if size_bytes and size_bytes % 1024**power == 0:
            return f"{size_bytes // 1024**power}{_PREFIXES[power - 1].upper()}iB"
    return f"{size_bytes}B"


def _read_duration(text: str) -> Fraction:
    bare = text.strip().lower()
    if not bare or len(bare) > _LONGEST_TEXT:
        raise _duration_not_understood(text)
    if bare.startswith("p"):
        return _read_iso(bare, text)
    total = Fraction(0)
    position = 0
    seen: set[int] = set()
    while position < len(bare):
        part = _PART.match(bare, position)
        if part is None:
            raise _duration_not_understood(text)
        position = part.end()
        alone = not seen and position == len(bare)
        unit = _UNITS.get(part[2] or ("s" if alone else "?"))
        if unit is None or unit in seen:
            raise _duration_not_understood(text)
        seen.add(unit)
        total += _fraction(part[1]) * unit
    return total


def _read_iso(bare: str, text: str) -> Fraction:
    match = _ISO.fullmatch(bare)
    if match is None or not any(match.groups()) or bare.endswith("t"):
        raise _duration_not_understood(text)
    parts = zip(match.groups(), _ISO_UNITS, strict=True)
    return sum((_fraction(number) * unit for number, unit in parts if number), Fraction(0))


def _fraction(number: str) -> Fraction:
    return Fraction(number.replace(",", "."))


def _plain_number(given: float, *, what: str) -> Fraction:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise Invalid(f"not a {what}: {given!r}")
    try:
        return Fraction(given)
    except (ValueError, OverflowError):  # nan, inf
        raise Invalid(f"not a {what}: {given!r}") from None


def _duration_not_understood(text: str) -> Invalid:
    hint = 'write for instance "90", "30m", "1h30m", "2d" or "PT1H30M"'
    return _not_understood("duration", text, hint=hint)


def _not_understood(what: str, text: str, *, hint: str) -> Invalid:
    return Invalid(f"not a {what}: {text[:_LONGEST_TEXT]!r}", hint=hint)
