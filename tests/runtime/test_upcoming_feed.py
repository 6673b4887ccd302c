"""The iCalendar feed, read back by a calendar library."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from runyard.domain.schedules.model import Fire
from runyard.runtime.schedules.calendar_feed import calendar_text
from runyard.runtime.schedules.coming import Coming
from tests.runtime.schedule_plans import NOW, minutes

TEXTS = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=200)
_BREAKS = re.compile(r"\r\n|\r")


def one_of(schedule_id: str, *, at: datetime, note: str = "") -> Coming:
    return Coming(
        schedule_id=schedule_id,
        task_id=schedule_id.partition(":")[0],
        timezone=None,
        fire=Fire(at=at, local=at.replace(tzinfo=None), note=note),
        due=at,
    )


def as_kept(text: str) -> str:
    """What a reader gets: line breaks in one form, control characters as spaces."""
    lines = _BREAKS.sub("\n", text)
    return "".join(c if c == "\n" or c.isprintable() or not is_control(c) else " " for c in lines)


def is_control(character: str) -> bool:
    return ord(character) < 32 or 127 <= ord(character) <= 159 or character in "\u2028\u2029"


@given(
    fires=st.lists(
        st.tuples(
            TEXTS,
            st.datetimes(datetime(1970, 1, 2), datetime(2900, 1, 1)),
            st.one_of(st.just(""), TEXTS),
        ),
        max_size=6,
    )
)
def test_a_library_reads_what_was_written(fires: list[tuple[str, datetime, str]]) -> None:
    coming = [one_of(name, at=at.replace(tzinfo=UTC), note=note) for name, at, note in fires]
    text = calendar_text(coming, now=NOW)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")
    events = Calendar.from_ical(text).walk("VEVENT")
    assert len(events) == len(coming)
    for event, one in zip(events, coming, strict=True):
        assert event.errors == []
        assert str(event["SUMMARY"]) == as_kept(one.schedule_id)
        assert event.decoded("DTSTART") == one.due.replace(microsecond=0)
        assert str(event.get("DESCRIPTION", "")) == as_kept(one.fire.note)


def test_a_feed_that_is_read_again_has_the_same_ids() -> None:
    fires = [one_of("hello:nightly", at=NOW + minutes(n)) for n in range(3)]
    ids = [
        {str(event["UID"]) for event in Calendar.from_ical(calendar_text(fires, now=now)).events}
        for now in (NOW, NOW + timedelta(hours=1))
    ]
    assert len(ids[0]) == 3
    assert ids[0] == ids[1]
