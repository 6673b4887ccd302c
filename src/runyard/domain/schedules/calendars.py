"""Named calendars: on which days a schedule may fire, and why not on the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from runyard.domain.errors import Invalid

MOST_DAYS = 20_000
ICS_HORIZON = date(2050, 12, 31)
_DAY = timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVERY_DAY = tuple(range(7))
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """A day, or the days from `first` to `last`, both with it."""

    first: date
    last: date
    reason: str = ""

    def __iter__(self) -> Iterator[date]:
        day = self.first
        while day <= self.last:
            yield day
            day += _DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidaySet:
    """The public holidays of a country (ISO 3166 code), or of a part of it (`subdivision`)."""

    country: str
    subdivision: str | None = None

    def __str__(self) -> str:
        return f"{self.country}-{self.subdivision}" if self.subdivision else self.country


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Which days are included. What is said first holds: `include`, `exclude`, the holidays (days
    off, and the weekend days that a country works in return), the pattern of weekdays.

    `weekdays` are included ones, Monday = 0; none at all leaves only the days in `include`.
    """

    weekdays: tuple[int, ...] = _EVERY_DAY
    holidays: tuple[HolidaySet, ...] = ()
    exclude: tuple[Days, ...] = ()
    include: tuple[Days, ...] = ()
    note: str = ""
    _marked: dict[date, tuple[bool, str]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        for included, many in ((False, self.exclude), (True, self.include)):
            for days in many:
                if len(self._marked) + (days.last - days.first).days > MOST_DAYS:
                    raise _wrong("exclude", f"a calendar lists at most {MOST_DAYS} days")
                reason = "" if included else f"{{}} is excluded{_because(days.reason)}"
                self._marked.update(dict.fromkeys(days, (included, reason)))

    def includes(self, day: date) -> tuple[bool, str]:
        """Whether the day is included; if not, a sentence that says why."""
        marked = self._marked.get(day)
        if marked is not None:
            return marked[0], marked[1].format(day)
        works = False
        for holidays in self.holidays:
            off, working = _holidays_of(holidays, day.year)
            if day in off:
                return False, f"{day} is {off[day]} ({holidays})"
            works = works or day in working
        if works or day.weekday() in self.weekdays:
            return True, ""
        return False, f"{day} is a {_NAMES[day.weekday()]}"


def calendar_from(settings: Mapping[str, Any]) -> Calendar:
    """The calendar of JSON-like settings; Invalid names every wrong key.

    Keys: `weekdays` ["mon", ...]; `holidays` ["DE", "DE-BY", ...]; `exclude` and `include`, each
    a list of "2026-12-24", "2026-12-24/2026-12-31" or {"day", "through", "reason"}; `note`.
    """
    known = ("weekdays", "holidays", "exclude", "include", "note")
    problems: list[dict[str, Any]] = [
        {"where": str(key), "message": f"a calendar has {', '.join(known)}"}
        for key in settings
        if key not in known
    ]
    read = {
        "weekdays": _read_list(settings, "weekdays", _weekday, problems),
        "holidays": _read_list(settings, "holidays", _holiday_set, problems),
        "exclude": _read_list(settings, "exclude", _days, problems),
        "include": _read_list(settings, "include", _days, problems),
    }
    note = settings.get("note", "")
    if not isinstance(note, str):
        problems.append({"where": "note", "message": "write a text"})
    if problems:
        said = "; ".join(f"{one['where']}: {one['message']}" for one in problems)
        raise Invalid(f"the calendar is wrong: {said}", problems=problems)
    if settings.get("weekdays") is None:
        read["weekdays"] = _EVERY_DAY
    return Calendar(note=note, **{**read, "weekdays": tuple(sorted(set(read["weekdays"])))})


def calendar_settings(calendar: Calendar) -> dict[str, Any]:
    """The settings that `calendar_from` reads back; keys that say nothing are left out."""
    settings: dict[str, Any] = {}
    if calendar.weekdays != _EVERY_DAY:
        settings["weekdays"] = [WEEKDAYS[day] for day in calendar.weekdays]
    if calendar.holidays:
        settings["holidays"] = [str(holidays) for holidays in calendar.holidays]
    for key, many in (("exclude", calendar.exclude), ("include", calendar.include)):
        if many:
            settings[key] = [_days_setting(days) for days in many]
    if calendar.note:
        settings["note"] = calendar.note
    return settings


def calendar_from_ics(text: str, *, include: bool = False, until: date = ICS_HORIZON) -> Calendar:
    """A calendar from iCalendar text: the days of its events are excluded, or with `include` the
    only ones. Events that recur are followed up to `until`. Raises Invalid."""
    # icalendar costs 0.1 s to import, and few servers import a calendar.
    from runyard.domain.schedules.ics import days_of_events  # noqa: PLC0415

    days = days_of_events(text, until=until)
    return Calendar(weekdays=(), include=days) if include else Calendar(exclude=days)


def _holidays_of(which: HolidaySet, year: int) -> tuple[Mapping[date, str], frozenset[date]]:
    # holidays costs 0.1 s to import, and few schedules ask for it.
    from runyard.domain.schedules.public_holidays import holidays_of  # noqa: PLC0415

    return holidays_of(which.country, which.subdivision, year)


def _because(reason: str) -> str:
    return ": " + reason.replace("{", "{{").replace("}", "}}") if reason else ""


def _read_list(
    settings: Mapping[str, Any], key: str, read: Any, problems: list[dict[str, Any]]
) -> tuple[Any, ...]:
    given = settings.get(key)
    if given is None:
        return ()
    if not isinstance(given, list | tuple):
        problems.append({"where": key, "message": "write a list"})
        return ()
    found = []
    for number, item in enumerate(given):
        try:
            found.append(read(item))
        except Invalid as error:
            problems.append({"where": f"{key}[{number}]", "message": error.message})
    return tuple(found)


def _weekday(item: Any) -> int:
    if isinstance(item, str) and item[:3].lower() in WEEKDAYS:
        number = WEEKDAYS.index(item[:3].lower())
        if item.lower() in (WEEKDAYS[number], _NAMES[number].lower()):
            return number
    raise Invalid(f"{item!r} is no weekday; there are {', '.join(WEEKDAYS)}")


def _holiday_set(item: Any) -> HolidaySet:
    if not isinstance(item, str):
        raise Invalid(f'{item!r} is no country; write "DE" or "DE-BY"')
    # holidays costs 0.1 s to import, and few calendars ask for it.
    from runyard.domain.schedules.public_holidays import canonical  # noqa: PLC0415

    country, _, part = item.partition("-")
    country, subdivision = canonical(country, part or None)
    return HolidaySet(country=country, subdivision=subdivision)


def _days(item: Any) -> Days:
    reason: Any = ""
    if isinstance(item, Mapping):
        if not item.keys() <= {"day", "through", "reason"} or "day" not in item:
            raise Invalid("an entry has day, and may have through and reason")
        first, reason = item["day"], item.get("reason", "")
        last = item.get("through", first)
    elif isinstance(item, str):
        first, _, last = item.partition("/")
        last = last or first
    else:
        first = last = item
    days = Days(first=_date(first), last=_date(last), reason=reason or "")
    if not isinstance(reason, str):
        raise Invalid("the reason is a text")
    if days.last < days.first:
        raise Invalid(f"{last} lies before {first}")
    if (days.last - days.first).days > MOST_DAYS:
        raise Invalid(f"a calendar lists at most {MOST_DAYS} days")
    return days


def _date(given: Any) -> date:
    if type(given) is date:  # TOML has dates of its own
        return given
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError):
        raise Invalid(f"{given!r} is no day; write 2026-12-24") from None


def _days_setting(days: Days) -> Any:
    if days.reason:
        setting = {"day": str(days.first), "reason": days.reason}
        if days.last != days.first:
            setting["through"] = str(days.last)
        return setting
    return str(days.first) if days.first == days.last else f"{days.first}/{days.last}"


def _wrong(where: str, message: str) -> Invalid:
    return Invalid(f"{where}: {message}", problems=[{"where": where, "message": message}])
