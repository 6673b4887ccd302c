"""Writes planned fires as an iCalendar feed (RFC 5545) that calendar programs can subscribe to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from runyard.runtime.schedules.coming import Coming

_OCTETS = 75  # of a line, without its end
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_HEAD = (
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Runyard//Upcoming//EN",
    "CALSCALE:GREGORIAN",
    "METHOD:PUBLISH",
    "X-WR-CALNAME:Runyard",
    "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
)


def calendar_text(fires: Iterable[Coming], *, now: datetime) -> str:
    """One event for each fire; it takes no time and blocks none.

    An event keeps its UID as long as its schedule plans it, so a feed that is read again moves
    nothing and doubles nothing.
    """
    lines = [*_HEAD]
    for one in fires:
        lines += _event(one, now=now)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _fold(line))


def _event(one: Coming, *, now: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(f'{one.schedule_id}/{_utc(one.fire.at)}@runyard')}"
    yield f"DTSTAMP:{_utc(now)}"
    yield f"DTSTART:{_utc(one.due)}"
    yield f"SUMMARY:{_text(one.schedule_id)}"
    yield f"CATEGORIES:{_text(one.task_id)}"
    if one.fire.note:
        yield f"DESCRIPTION:{_text(one.fire.note)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """RFC 5545, 3.3.11; control characters, which no text may hold, become spaces."""
    lines = value.replace("\r\n", "\n").replace("\r", "\n")
    clean = "".join(c if c == "\n" or not _is_control(c) else " " for c in lines)
    return clean.translate(_ESCAPES)


def _is_control(character: str) -> bool:
    # U+0085, U+2028 and U+2029 are no controls for iCalendar, but readers break lines there.
    return character < " " or "\x7f" <= character <= "\x9f" or character in "\u2028\u2029"


def _fold(line: str) -> Iterator[str]:
    """Lines of at most 75 octets; what follows the first begins with a space, no character cut."""
    if len(line) <= _OCTETS and line.isascii():
        yield line
        return
    part, octets = "", 0
    for character in line:
        size = len(character.encode())
        if octets + size > _OCTETS:
            yield part
            part, octets = " ", 1
        part += character
        octets += size
    yield part
