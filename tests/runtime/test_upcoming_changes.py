"""What an edit of a schedule changes in the plan, against sets."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import takewhile

from hypothesis import given
from hypothesis import strategies as st

from runyard.domain.schedules.model import Decision, Fire
from runyard.domain.schedules.spec import Overlap, ScheduleSpec
from runyard.runtime.schedules.previewing import compare, first_of, same_timing
from tests.runtime.schedule_plans import NOW, minutes, plan, timeline_of

TIMES = st.sets(st.integers(1, 60)).map(sorted)


def fires(times: list[int], *, skipped: set[int] | None = None) -> list[Fire]:
    return [
        Fire(
            at=NOW + minutes(n),
            local=datetime(2026, 1, 1),
            skipped=Decision.CALENDAR if skipped and n in skipped else None,
        )
        for n in times
    ]


@given(before=TIMES, after=TIMES, skipped=st.sets(st.integers(1, 60)), hours=st.integers(0, 1))
def test_what_appears_and_disappears_is_the_difference(
    before: list[int], after: list[int], skipped: set[int], hours: int
) -> None:
    horizon = minutes(30 + 31 * hours)
    change = compare(fires(before), fires(after, skipped=skipped), now=NOW, horizon=horizon)

    def shown(times: set[int]) -> list[datetime]:
        return [NOW + minutes(n) for n in sorted(times) if minutes(n) < horizon]

    assert [fire.at for fire in change.appear] == shown(set(after) - skipped - set(before))
    assert [fire.at for fire in change.disappear] == shown(set(before) - (set(after) - skipped))
    assert not change.more
    assert change.until == NOW + horizon


@given(before=TIMES, after=TIMES, most=st.integers(1, 20))
def test_it_says_how_far_it_looked(before: list[int], after: list[int], most: int) -> None:
    whole = compare(fires(before), fires(after), now=NOW)
    part = compare(fires(before), fires(after), now=NOW, changes=most)
    assert len(part.appear) + len(part.disappear) <= most
    for some, everything in ((part.appear, whole.appear), (part.disappear, whole.disappear)):
        assert some == tuple(takewhile(lambda fire: fire.at < part.until, everything))
    assert part.more == (part.until < whole.until)


def test_a_dense_plan_is_looked_at_only_so_far() -> None:
    second = plan(every=timedelta(seconds=1))
    same = timeline_of(second).after(NOW)
    change = compare(same, timeline_of(second).after(NOW), now=NOW, looked_at=1_000)
    assert change.more
    assert change.appear == change.disappear == ()
    assert change.until == NOW + timedelta(seconds=1_001)


def test_policies_do_not_change_the_plan() -> None:
    nightly = ScheduleSpec(cron="0 2 * * *")
    assert same_timing(nightly, ScheduleSpec(cron="0 2 * * *", overlap=Overlap.ALLOW_ALL))
    assert not same_timing(nightly, ScheduleSpec(cron="0 2 * * *", timezone="UTC"))


def test_the_first_and_whether_there_are_more() -> None:
    assert first_of(iter(fires([1, 2, 3])), count=3)[1] is False
    first, more = first_of(iter(fires([1, 2, 3])), count=2)
    assert more
    assert [fire.at for fire in first] == [NOW + minutes(1), NOW + minutes(2)]
