"""One field of a cron expression: which values are written, as bits, and what is wrong where."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b

_MONTHS = "january february march april may june july august september october november december"
_WEEKDAYS = "sunday monday tuesday wednesday thursday friday saturday"


def _names(text: str, first: int) -> dict[str, int]:
    words = list(enumerate(text.split(), first))
    return {name: number for number, word in words for name in (word, word[:3])}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What a field may hold. `draws` is the range of a bare `H`; 7 is Sunday as well as 0."""

    name: str
    low: int
    high: int
    names: dict[str, int] = field(default_factory=dict)
    draws: tuple[int, int]
    week: bool = False

    @property
    def size(self) -> int:
        return self.high - self.low + 1


SECOND = Field(name="second", low=0, high=59, draws=(0, 59))
MINUTE = Field(name="minute", low=0, high=59, draws=(0, 59))
HOUR = Field(name="hour", low=0, high=23, draws=(0, 23))
DAY = Field(name="day of month", low=1, high=31, draws=(1, 28))  # every month has 28
MONTH = Field(name="month", low=1, high=12, names=_names(_MONTHS, 1), draws=(1, 12))
WEEKDAY = Field(
    name="day of week", low=0, high=6, names=_names(_WEEKDAYS, 0), draws=(0, 6), week=True
)
FIELDS = (SECOND, MINUTE, HOUR, DAY, MONTH, WEEKDAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """The values of a field: bit n of `mask` is value n. The rest is for the day fields only.

    `star`: written as `*` or `*/n` or `?` first, which decides how Vixie cron joins the two day
    fields. `last` bit n: n days before the last day. `near` bit n: the weekday nearest to day n.
    `nth` bit 8 * d + n: the n-th weekday d. `final` bit d: the last weekday d.
    """

    mask: int = 0
    star: bool = False
    last: int = 0
    near: int = 0
    last_working: bool = False
    nth: int = 0
    final: int = 0

    @property
    def values(self) -> tuple[int, ...]:
        return bits(self.mask)

    @property
    def special(self) -> bool:
        return bool(self.last or self.near or self.last_working or self.nth or self.final)


def bits(mask: int) -> tuple[int, ...]:
    """The numbers of the bits that are set, ascending."""
    return tuple(n for n in range(mask.bit_length()) if mask >> n & 1)


class Wrong(Exception):
    """What is wrong, and at which character, counted from 0."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position

    def moved(self, offset: int) -> Wrong:
        return Wrong(self.message, self.position + offset)


@dataclass(frozen=True, slots=True)
class Draw:
    """Draws the value of `H` from a key: always the same for the same key and field."""

    key: str

    def __call__(self, name: str, size: int) -> int:
        digest = blake2b(f"{self.key}\0{name}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") % size


@dataclass(slots=True)
class _Values:
    """What the items of one field add up to."""

    mask: int = 0
    last: int = 0
    near: int = 0
    last_working: bool = False
    nth: int = 0
    final: int = 0


def read_field(rule: Field, text: str, draw: Draw) -> tuple[FieldRule, tuple[Wrong, ...]]:
    """The field as written in `text`, and what is wrong in it (then the rule means nothing)."""
    draws_from = draw if _DRAWN.search(text) else Draw("")
    return _read_field(rule.name, text, draws_from)


_DRAWN = re.compile(r"(?:^|,)h", re.IGNORECASE)


@lru_cache(maxsize=4096)
def _read_field(name: str, text: str, draw: Draw) -> tuple[FieldRule, tuple[Wrong, ...]]:
    rule = next(one for one in FIELDS if one.name == name)
    values, wrong, position = _Values(), [], 0
    for item in text.split(","):
        try:
            _read_item(rule, item.lower(), draw, values)
        except Wrong as error:
            wrong.append(error.moved(position))
        position += len(item) + 1
    found = FieldRule(
        mask=values.mask,
        star=text[0] in "*?",
        last=values.last,
        near=values.near,
        last_working=values.last_working,
        nth=values.nth,
        final=values.final,
    )
    return found, tuple(wrong)


_VALUE = r"(?:\d+|[a-z]{3,})"
_ANY = re.compile(r"([*?])(?:/(.*))?")
_HASHED = re.compile(r"h(?:\(([^)]*)\))?(?:/(.*))?")
_RANGE = re.compile(rf"({_VALUE})(?:-({_VALUE}))?(?:/(.*))?")
_DAY_RANGE = re.compile(r"(\d+)-(\d+)")
_LAST_DAY = re.compile(r"l(?:-(\d+))?")
_NEAR = re.compile(r"(\d+)w")
_NTH = re.compile(rf"({_VALUE})#(\d+)")
_FINAL = re.compile(r"(\d+|[a-z]{3,9}?)l")


def _read_item(rule: Field, item: str, draw: Draw, values: _Values) -> None:
    if not item:
        raise Wrong(f"{rule.name}: a value is missing", 0)
    if match := _ANY.fullmatch(item):
        if match[1] == "?" and rule not in (DAY, WEEKDAY):
            raise Wrong(f"{rule.name}: `?` is for the day fields; write `*`", 0)
        values.mask |= _steps(rule, rule.low, rule.high, step=_step(rule, match, 2))
    elif match := _HASHED.fullmatch(item):
        values.mask |= _drawn(rule, match, draw)
    elif _read_special_day(rule, item, values):
        return
    elif match := _RANGE.fullmatch(item):
        values.mask |= _range(rule, match)
    else:
        raise Wrong(f"{rule.name}: {item!r} is no value, range or step", _first_odd(item))


def _first_odd(item: str) -> int:
    """Where reading stops: the first character that can't follow what stands before it."""
    match = re.match(rf"(?:[*?]|{_VALUE}(?:-{_VALUE})?)?/?\d*", item)
    return match.end() if match and match.end() < len(item) else 0


def _range(rule: Field, match: re.Match[str]) -> int:
    low = _value(rule, match[1], match.start(1))
    if match[2] is None:
        step = _step(rule, match, 3)
        if step is None:
            return 1 << low % (rule.high + 1) if rule.week else 1 << low
        return _steps(rule, low % 7 if rule.week else low, rule.high, step=step)
    high = _value(rule, match[2], match.start(2))
    return _steps(rule, low, high, step=_step(rule, match, 3))


def _steps(rule: Field, low: int, high: int, *, step: int | None) -> int:
    """Bits from `low` to `high`, around the end of the field where `high` is lower."""
    if rule.week and low == 7:
        low, high = 0, high % 7
    length = high - low if high >= low else high - low + rule.size
    return sum(
        1 << rule.low + (low + n - rule.low) % rule.size
        for n in range(0, min(length, rule.size - 1) + 1, step or 1)
    )


def _value(rule: Field, text: str, position: int) -> int:
    if not text.isdigit():
        if text not in rule.names:
            known = f"; names are {', '.join(list(rule.names)[1::2])}" if rule.names else ""
            raise Wrong(f"{rule.name}: {text!r} is no value{known}", position)
        return rule.names[text]
    number = int(text) if len(text) < 9 else 10**9
    high = 7 if rule.week else rule.high
    if not rule.low <= number <= high:
        raise Wrong(f"{rule.name}: {text} is not in {rule.low}-{high}", position)
    return number


def _step(rule: Field, match: re.Match[str], group: int) -> int | None:
    text: str | None = match[group]
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise Wrong(f"{rule.name}: {text!r} is no step", match.start(group))
    if not 1 <= int(text) <= rule.size:
        raise Wrong(f"{rule.name}: a step is 1 to {rule.size}, not {text}", match.start(group))
    return int(text)


def _drawn(rule: Field, match: re.Match[str], draw: Draw) -> int:
    low, high = rule.draws
    if match[1] is not None:
        inside = _DAY_RANGE.fullmatch(match[1])
        if inside is None:
            raise Wrong(f"{rule.name}: H(a-b) takes a range of numbers", match.start(1))
        low = _value(rule, inside[1], match.start(1))
        high = _value(rule, inside[2], match.start(1) + inside.start(2))
        if high < low:
            raise Wrong(f"{rule.name}: H(a-b) needs a <= b", match.start(1))
    step = _step(rule, match, 2)
    size = high - low + 1
    chosen = low + draw(rule.name, min(step, size) if step else size)
    if step is None:
        return 1 << (chosen % 7 if rule.week else chosen)
    return sum(1 << (n % 7 if rule.week else n) for n in range(chosen, high + 1, step))


def _read_special_day(rule: Field, item: str, values: _Values) -> bool:
    if rule is DAY:
        return _read_special_month_day(item, values)
    if rule is WEEKDAY:
        return _read_special_weekday(item, values)
    if item in ("l", "w", "lw"):
        raise Wrong(f"{rule.name}: {item.upper()!r} is for the day fields", 0)
    return False


def _read_special_month_day(item: str, values: _Values) -> bool:
    if match := _LAST_DAY.fullmatch(item):
        before = int(match[1] or 0)
        if before > 30:
            raise Wrong("day of month: L-n goes to L-30", match.start(1))
        values.last |= 1 << before
    elif item in ("lw", "wl"):
        values.last_working = True
    elif match := _NEAR.fullmatch(item):
        values.near |= 1 << _value(DAY, match[1], 0)
    elif "#" in item:
        raise Wrong("day of month: `#` is for the day of week", item.index("#"))
    else:
        return False
    return True


def _read_special_weekday(item: str, values: _Values) -> bool:
    if item == "l":
        raise Wrong("day of week: say which day is the last, for instance 5L", 0)
    if match := _NTH.fullmatch(item):
        if not 1 <= int(match[2]) <= 5:
            raise Wrong("day of week: `#` takes 1 to 5", match.start(2))
        values.nth |= 1 << 8 * (_value(WEEKDAY, match[1], 0) % 7) + int(match[2])
    elif (match := _FINAL.fullmatch(item)) and (match[1].isdigit() or match[1] in WEEKDAY.names):
        values.final |= 1 << _value(WEEKDAY, match[1], 0) % 7
    elif _NEAR.fullmatch(item):
        raise Wrong("day of week: W is for the day of month", len(item) - 1)
    else:
        return False
    return True
