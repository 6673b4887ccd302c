"""An independent account of what becomes of wall-clock times in a zone, minute by minute.

It knows no transitions: each local minute is asked for its instants through PEP 495's fold, and the
end of a gap is found by walking the instants.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from runyard.domain.schedules.model import Decision
from runyard.domain.schedules.spec import DstGap, DstRepeat

MINUTE = timedelta(minutes=1)
Row = tuple[datetime, datetime, Decision | None]


def instants(local: datetime, zone: ZoneInfo) -> list[datetime]:
    """The instants at which a clock in the zone shows `local`: none, one or two, ascending."""
    found = []
    for fold in (0, 1):
        at = local.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if at.astimezone(zone).replace(tzinfo=None, fold=0) == local:
            found.append(at)
    return sorted(set(found))


def end_of_gap(local: datetime, zone: ZoneInfo) -> datetime:
    """The first whole minute at which the clock shows more than `local`, a time in a gap."""
    at = local.replace(tzinfo=zone, fold=1).astimezone(UTC) - timedelta(days=1, hours=2)
    at = at.replace(second=0)
    while at.astimezone(zone).replace(tzinfo=None) <= local:
        at += MINUTE
    return at


def expected(
    times: list[datetime], zone: ZoneInfo, gap: DstGap | None, repeat: DstRepeat
) -> list[Row]:
    """(instant, wall clock, decision of the zone) of all times, ascending, one per instant.

    A time skipped in a gap stands at the end of the gap, before what fires there.
    """
    skipped: list[Row] = []
    fires: dict[datetime, Row] = {}
    shifted: dict[datetime, Row] = {}
    for local in times:
        found = instants(local, zone)
        if len(found) == 1:
            fires[found[0]] = (found[0], local, None)
        elif len(found) == 2:
            for at, counts in zip(found, (DstRepeat.FIRST, DstRepeat.LAST), strict=True):
                no = repeat not in (DstRepeat.BOTH, counts)
                fires[at] = (at, local, Decision.DST_REPEAT if no else None)
        elif gap is DstGap.SKIP:
            at = end_of_gap(local, zone)
            skipped.append((at, local, Decision.DST_GAP))
        elif gap is DstGap.SHIFT:
            at = end_of_gap(local, zone)
            shifted.setdefault(at, (at, local, None))
    rows = [*skipped, *({**shifted, **fires}.values())]
    return sorted(rows, key=lambda row: (row[0], row[2] is not Decision.DST_GAP, row[1]))
