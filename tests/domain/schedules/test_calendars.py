"""Named calendars: what is included and why not, reading settings, holidays, iCalendar text."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from runyard.domain.errors import Invalid
from runyard.domain.schedules.calendars import (
    Calendar,
    Days,
    HolidaySet,
    calendar_from,
    calendar_from_ics,
    calendar_settings,
)

SETTINGS: dict[str, Any] = {
    "weekdays": ["mon", "tue", "wed", "thu", "fri"],
    "holidays": ["DE-BY"],
    "exclude": [
        "2026-11-23",
        "2026-12-24/2026-12-31",
        {"day": "2027-01-04", "reason": "stock {taking}"},
    ],
    "include": ["2026-11-28", "2026-12-26"],
    "note": "the works",
}


@pytest.mark.parametrize(
    ("day", "answer"),
    [
        (date(2026, 11, 24), (True, "")),
        (date(2026, 11, 23), (False, "2026-11-23 is excluded")),
        (date(2026, 11, 28), (True, "")),  # a Saturday, included
        (date(2026, 11, 29), (False, "2026-11-29 is a Sunday")),
        (date(2026, 12, 30), (False, "2026-12-30 is excluded")),
        (date(2026, 12, 26), (True, "")),  # include before exclude and holidays
        (date(2027, 1, 4), (False, "2027-01-04 is excluded: stock {taking}")),
        (date(2027, 1, 6), (False, "2027-01-06 is Epiphany (DE-BY)")),
    ],
)
def test_what_is_included(day: date, answer: tuple[bool, str]) -> None:
    assert calendar_from(SETTINGS).includes(day) == answer


def test_settings_come_back_as_they_were() -> None:
    assert calendar_settings(calendar_from(SETTINGS)) == SETTINGS
    assert calendar_settings(Calendar()) == {}
    assert calendar_from({}) == Calendar()
    assert calendar_from({"weekdays": []}) == Calendar(weekdays=())
    swapped = calendar_from({"weekdays": ["Friday", "MON", "mon"], "holidays": ["us-ca", "cn"]})
    assert swapped.weekdays == (0, 4)
    assert swapped.holidays[1] == HolidaySet(country="CN")


def test_weekend_days_that_are_worked_in_return_for_a_holiday() -> None:
    calendar = calendar_from({"weekdays": ["mon", "tue", "wed", "thu", "fri"], "holidays": ["CN"]})
    assert calendar.includes(date(2025, 9, 28)) == (True, "")  # a Sunday, before National Day
    assert calendar.includes(date(2025, 9, 21)) == (False, "2025-09-21 is a Sunday")
    assert calendar.includes(date(2025, 10, 1))[0] is False


@pytest.mark.parametrize(
    ("settings", "where", "message"),
    [
        ({"wekdays": []}, "wekdays", "a calendar has weekdays, holidays"),
        ({"weekdays": "mon"}, "weekdays", "write a list"),
        ({"weekdays": ["mo", "mon"]}, "weekdays[0]", "'mo' is no weekday"),
        ({"weekdays": [3]}, "weekdays[0]", "3 is no weekday"),
        ({"holidays": ["DE", "XX"]}, "holidays[1]", "there are no holidays of 'XX'"),
        ({"holidays": ["DE-XX"]}, "holidays[0]", "DE has no part 'XX'; there are"),
        ({"holidays": [49]}, "holidays[0]", "49 is no country"),
        ({"exclude": ["2026-02-30"]}, "exclude[0]", "'2026-02-30' is no day"),
        ({"exclude": ["2026-02-02/2026-02-01"]}, "exclude[0]", "2026-02-01 lies before"),
        ({"include": [{"reason": "x"}]}, "include[0]", "an entry has day"),
        ({"include": [{"day": "2026-01-01", "reason": 3}]}, "include[0]", "the reason is a text"),
        ({"exclude": ["1000-01-01/2026-01-01"]}, "exclude[0]", "at most 20000 days"),
        ({"note": 3}, "note", "write a text"),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, Any], where: str, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        calendar_from(settings)
    (problem,) = refused.value.facts["problems"]
    assert problem["where"] == where
    assert message in problem["message"]


def ics(*events: str) -> str:
    body = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//t//t//EN\n{body}END:VCALENDAR\n".replace(
        "\n", "\r\n"
    )


def days(text: str, **how: Any) -> list[str]:
    settings = calendar_settings(calendar_from_ics(text, **how))
    return [
        day if isinstance(day, str) else f"{day['day']}/{day.get('through', '')}"
        for day in settings.get("exclude") or settings["include"]
    ]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART;VALUE=DATE:20261224", ["2026-12-24"]),
        ("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227", ["2026-12-24/2026-12-26"]),
        ("DTSTART;VALUE=DATE:20261224\nDURATION:P2D", ["2026-12-24/2026-12-25"]),
        ("DTSTART:20261224T100000\nDTEND:20261224T110000", ["2026-12-24"]),
        ("DTSTART:20261224T220000\nDTEND:20261225T000000", ["2026-12-24"]),
        ("DTSTART:20261224T220000Z\nDTEND:20261225T000001Z", ["2026-12-24/2026-12-25"]),
        (
            "DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=YEARLY;UNTIL=20220101",
            ["2020-01-01", "2021-01-01", "2022-01-01"],
        ),
        (
            "DTSTART:20260105T090000\nRRULE:FREQ=MONTHLY;BYDAY=1MO;COUNT=3\nEXDATE:20260202T090000",
            ["2026-01-05", "2026-03-02"],
        ),
        ("DTSTART;VALUE=DATE:20260105\nRDATE;VALUE=DATE:20260107", ["2026-01-05", "2026-01-07"]),
    ],
)
def test_days_of_an_event(event: str, expected: list[str]) -> None:
    assert days(ics(f"UID:1\n{event}")) == expected


def test_an_occurrence_that_was_moved_counts_where_it_is() -> None:
    series = "UID:1\nDTSTART:20260105T090000\nRRULE:FREQ=WEEKLY;COUNT=3"
    moved = "UID:1\nRECURRENCE-ID:20260112T090000\nDTSTART:20260113T090000"
    assert days(ics(series, moved)) == ["2026-01-05", "2026-01-13", "2026-01-19"]


def test_cancelled_events_do_not_count_and_summaries_are_reasons() -> None:
    text = ics(
        "UID:1\nSTATUS:CANCELLED\nDTSTART;VALUE=DATE:20260105",
        "UID:2\nSUMMARY:Works outing\nDTSTART;VALUE=DATE:20260106",
    )
    calendar = calendar_from_ics(text)
    assert calendar.includes(date(2026, 1, 5)) == (True, "")
    assert calendar.includes(date(2026, 1, 6)) == (False, "2026-01-06 is excluded: Works outing")


def test_the_days_of_events_as_the_only_ones() -> None:
    calendar = calendar_from_ics(ics("UID:1\nDTSTART;VALUE=DATE:20260106"), include=True)
    assert calendar.includes(date(2026, 1, 6)) == (True, "")
    assert calendar.includes(date(2026, 1, 7))[0] is False


def test_endless_events_end_at_the_horizon() -> None:
    endless = ics("UID:1\nDTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY")
    assert days(endless, until=date(2028, 6, 1)) == ["2026-01-01", "2027-01-01", "2028-01-01"]
    daily = ics("UID:1\nDTSTART;VALUE=DATE:19700101\nRRULE:FREQ=DAILY")
    with pytest.raises(Invalid, match="more than 20000 days"):
        calendar_from_ics(daily)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "BEGIN:VCALENDAR\nEND:VCALENDAR",
        ics("UID:1\nDTSTART:soon"),
        ics("UID:1\nSUMMARY:no start"),
        ics("UID:1\nDTSTART;VALUE=DATE:20260101\nRRULE:FREQ=NEVER"),
        "BEGIN:VEVENT\nDTSTART:20260101",
    ],
)
def test_what_is_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        calendar_from_ics(text)


def test_days_are_values() -> None:
    assert list(Days(first=date(2026, 2, 27), last=date(2026, 3, 1))) == [
        date(2026, 2, 27),
        date(2026, 2, 28),
        date(2026, 3, 1),
    ]
