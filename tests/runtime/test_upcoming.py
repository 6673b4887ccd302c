"""What is to come over many schedules: in order, complete, and without computing them all."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runyard.domain.errors import Invalid
from runyard.domain.schedules.model import Decision, Schedule
from runyard.domain.schedules.spec import DstGap
from runyard.runtime.schedules import upcoming
from runyard.runtime.schedules.coming import Coming, coming
from runyard.runtime.schedules.merging import Merge
from runyard.runtime.schedules.upcoming import Upcoming
from tests.runtime.schedule_plans import NOW, FixedClock, minutes, plan, timeline_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runyard.domain.schedules.timeline import Timeline


class Shelf:
    """Schedules as the store would give them; counts what is asked of it."""

    def __init__(self, schedules: Sequence[Schedule]) -> None:
        self._by_due = sorted(
            (schedule for schedule in schedules if schedule.next_due is not None),
            key=lambda schedule: (schedule.next_due, schedule.id),
        )
        self.given = 0
        self.computed: set[str] = set()

    async def __call__(
        self,
        *,
        after: tuple[datetime, str] | None,
        until: datetime,
        task_id: str | None,
        limit: int,
    ) -> Sequence[Schedule]:
        page = [
            schedule
            for schedule in self._by_due
            if schedule.next_due is not None
            and schedule.next_due <= until
            and (after is None or (schedule.next_due, schedule.id) > after)
            and (task_id is None or schedule.task_id == task_id)
        ][:limit]
        self.given += len(page)
        return page

    def timeline(self, schedule: Schedule) -> Timeline:
        self.computed.add(schedule.id)
        return timeline_of(schedule)

    def upcoming(self) -> Upcoming:
        return Upcoming(pages=self, timeline=self.timeline, clock=FixedClock())


def brute_force(schedules: Sequence[Schedule], until: datetime) -> list[tuple[datetime, str]]:
    found = []
    for schedule in schedules:
        for one in coming(schedule, timeline_of(schedule), now=NOW):
            if one.due > until:
                break
            found.append((one.due, one.schedule_id))
    return sorted(found)


SPECS = st.one_of(
    st.builds(lambda n: {"every": timedelta(seconds=n)}, st.integers(20, 4000)),
    st.builds(lambda m, h: {"cron": f"{m} {h} * * *"}, st.integers(0, 59), st.integers(0, 23)),
    st.builds(lambda m: {"cron": f"*/{m} * * * *"}, st.integers(1, 59)),
    st.builds(lambda n: {"every": minutes(5), "jitter": minutes(n)}, st.integers(0, 9)),
    st.builds(lambda n: {"every": minutes(7), "max_fires": n}, st.integers(1, 4)),
)


@settings(max_examples=60, deadline=None)
@given(specs=st.lists(SPECS, max_size=12), hours=st.integers(1, 30), page=st.integers(1, 5))
async def test_it_is_what_brute_force_finds(
    specs: list[dict[str, Any]], hours: int, page: int
) -> None:
    schedules = [plan(name=f"s{n}", **spec) for n, spec in enumerate(specs)]
    until = NOW + timedelta(hours=hours)
    expected = brute_force(schedules, until)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(upcoming, "_PAGE", page)
        shown = Shelf(schedules).upcoming()
        listed = await shown.next_fires(until=until, limit=100_000)
        first = await shown.next_fires(until=until, limit=5)
        density = await shown.density(
            start=NOW, end=until + timedelta(microseconds=1), bucket=minutes(10)
        )
    assert [(one.due, one.schedule_id) for one in listed.items] == expected
    assert not listed.more
    assert list(first.items) == list(listed.items[:5])
    assert first.more == (len(expected) > 5)
    buckets = Counter((due - NOW) // minutes(10) for due, _ in expected)
    assert {n: count for n, count in enumerate(density.counts) if count} == buckets


async def test_the_first_hundred_of_many_compute_only_those() -> None:
    many = [
        plan(name=f"s{n:05}", every=timedelta(days=1), at=NOW + timedelta(seconds=n))
        for n in range(-20_000, 0)
    ]
    shelf = Shelf(many)
    page = await shelf.upcoming().next_fires(until=NOW + timedelta(days=30), limit=100)
    assert page.more
    assert len(page.items) == 100
    assert shelf.given <= 2_000
    assert len(shelf.computed) <= 110


async def test_one_task_only() -> None:
    shelf = Shelf([plan("a", every=minutes(10)), plan("b", every=minutes(7))])
    page = await shelf.upcoming().next_fires(until=NOW + minutes(30), limit=10, task_id="b")
    assert [one.task_id for one in page.items] == ["b"] * 4


def test_skips_by_request_and_a_limit_of_fires_are_seen() -> None:
    schedule = plan(every=minutes(10), max_fires=5, fires=2, skip_next=2)
    found = list(coming(schedule, timeline_of(schedule), now=NOW))
    assert [one.fire.skipped for one in found] == [Decision.SKIPPED] * 2 + [None] * 3
    assert "by request" in found[0].fire.note
    assert [one.due for one in found] == [NOW + minutes(10 * n) for n in range(1, 6)]


def test_a_fire_that_the_zone_skips_takes_none_of_the_limit() -> None:
    schedule = plan(cron="30 2 * * *", dst_gap=DstGap.SKIP, max_fires=1, timezone="Europe/Berlin")
    found = list(coming(schedule, timeline_of(schedule), now=NOW))
    assert [one.fire.skipped for one in found] == [Decision.DST_GAP, None]
    assert [one.fire.local.isoformat() for one in found] == [
        "2026-03-29T02:30:00",
        "2026-03-30T02:30:00",
    ]


@given(jitter=st.integers(0, 600))
def test_jitter_puts_off_and_never_turns_the_order_round(jitter: int) -> None:
    schedule = plan(every=minutes(1), jitter=timedelta(seconds=jitter))
    found: list[Coming] = []
    for one in coming(schedule, timeline_of(schedule), now=NOW + minutes(3)):
        found.append(one)
        if len(found) == 50:
            break
    assert all(one.fire.at <= one.due <= one.fire.at + minutes(11) for one in found)
    assert [one.due for one in found] == sorted(one.due for one in found)
    assert all(one.due >= NOW + minutes(3) for one in found)
    assert [one.fire.at for one in found] == sorted({one.fire.at for one in found})


def test_a_schedule_that_is_over_has_nothing_to_come() -> None:
    over = plan(at=NOW, every=minutes(1), end=NOW - minutes(1), start=NOW - minutes(30))
    assert over.next_due is None
    merge = Merge(lambda schedule: coming(schedule, timeline_of(schedule), now=NOW))
    merge.feed([over])
    assert merge.take(until=NOW + timedelta(days=1), limit=10) == []


async def test_too_many_fires_are_counted_as_far_as_it_says() -> None:
    schedules = [plan(name=f"s{n}", every=timedelta(seconds=1)) for n in range(3)]
    end = NOW + minutes(60)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(upcoming, "COUNTED_AT_MOST", 3_000)
        patch.setattr(upcoming, "_AT_ONCE", 300)
        found = await Shelf(schedules).upcoming().density(start=NOW, end=end, bucket=minutes(1))
    assert len(found.counts) == 60
    whole = int((found.counted_until - NOW) // minutes(1))
    assert 10 <= whole < 20
    assert found.counts[1:whole] == (180,) * (whole - 1)
    assert not any(found.counts[whole + 1 :])


@pytest.mark.parametrize(
    ("end", "bucket"),
    [(NOW, minutes(1)), (NOW - minutes(1), minutes(1)), (NOW + minutes(1), minutes(0))],
)
async def test_a_window_that_can_not_be_is_refused(end: datetime, bucket: timedelta) -> None:
    with pytest.raises(Invalid):
        await Shelf([]).upcoming().density(start=NOW, end=end, bucket=bucket)


async def test_too_many_buckets_are_refused() -> None:
    with pytest.raises(Invalid, match="buckets"):
        await (
            Shelf([])
            .upcoming()
            .density(start=NOW, end=NOW + timedelta(days=300), bucket=timedelta(seconds=1))
        )
