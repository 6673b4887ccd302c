"""How the runs of a task went: rates, spreads and days, as tables and as properties."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from runyard.domain.run_statistics import Spread, TaskRun, spread, statistics
from runyard.domain.states import FINAL, RunStatus

NOW = datetime(2026, 3, 30, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
_S = timedelta(seconds=1)


def ended(
    at: datetime,
    status: RunStatus = RunStatus.SUCCEEDED,
    *,
    took: float = 10,
    waited: float = 2,
    not_before: datetime | None = None,
) -> TaskRun:
    started = at - took * _S
    return TaskRun("id", status, 1, started - waited * _S, not_before, started, at)


def test_the_rate_leaves_cancelled_runs_out() -> None:
    ends = [RunStatus.SUCCEEDED, RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED]
    found = statistics([ended(NOW, one) for one in ends], now=NOW, days=1, zone=UTC)
    assert found.success_rate == 2 / 3
    assert found.counts[RunStatus.CANCELLED] == 1
    only = statistics([ended(NOW, RunStatus.CANCELLED)], now=NOW, days=1, zone=UTC)
    assert only.success_rate is None


def test_every_day_is_there_and_a_run_counts_where_its_zone_says() -> None:
    late = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)  # the 29th in Berlin, where clocks change
    found = statistics([ended(late)], now=NOW, days=3, zone=BERLIN)
    assert [day.date for day in found.days] == [date(2026, 3, n) for n in (28, 29, 30)]
    assert [day.counts[RunStatus.SUCCEEDED] for day in found.days] == [0, 1, 0]
    assert [day.median for day in found.days] == [None, 10 * _S, None]
    assert found.since == datetime(2026, 3, 27, 23, tzinfo=UTC)
    in_utc = statistics([ended(late)], now=NOW, days=3, zone=UTC)
    assert [day.counts[RunStatus.SUCCEEDED] for day in in_utc.days] == [1, 0, 0]


def test_runs_before_the_window_and_live_ones_do_not_count() -> None:
    running = TaskRun("id", RunStatus.RUNNING, 1, NOW, None, NOW, None)
    old = ended(NOW - timedelta(days=2))
    found = statistics([running, old], now=NOW, days=2, zone=UTC)
    assert sum(found.counts.values()) == 0
    assert found.duration == Spread()
    assert found.success_rate is None


def test_waiting_begins_when_a_run_may_start() -> None:
    submitted, due, started = NOW, NOW + 60 * _S, NOW + 63 * _S
    delayed = TaskRun("id", RunStatus.SUCCEEDED, 1, submitted, due, started, started)
    assert delayed.waiting == 3 * _S
    retried = delayed._replace(not_before=started + 5 * _S)
    assert retried.waiting == 63 * _S
    never = delayed._replace(started_at=None)
    assert (never.waiting, never.duration) == (None, None)
    set_back = delayed._replace(not_before=None, started_at=NOW - _S, finished_at=NOW - 2 * _S)
    assert (set_back.waiting, set_back.duration) == (0 * _S, 0 * _S)


def test_percentiles_are_values_that_were_measured() -> None:
    found = spread([n * _S for n in range(1, 101)])
    assert (found.p50, found.p95, found.longest) == (50 * _S, 95 * _S, 100 * _S)
    assert found.mean == 50.5 * _S
    one = spread([None, 3 * _S])
    assert one == Spread(p50=3 * _S, p95=3 * _S, mean=3 * _S, longest=3 * _S)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(FINAL)),
            st.integers(0, 40 * 86_400),
            st.integers(0, 100_000),
        ),
        max_size=60,
    ),
    st.integers(1, 366),
    st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Apia", "America/St_Johns"]),
)
def test_the_days_sum_up_to_the_whole(
    made: list[tuple[RunStatus, int, int]], days: int, zone: str
) -> None:
    runs = [ended(NOW - ago * _S, status, took=took) for status, ago, took in made]
    found = statistics(runs, now=NOW, days=days, zone=ZoneInfo(zone))
    assert len(found.days) == days
    for status in FINAL:
        assert sum(day.counts[status] for day in found.days) == found.counts[status]
    counted = [run for run in runs if run.finished_at and run.finished_at >= found.since]
    assert len(counted) == sum(found.counts.values())
    assert found.duration == spread([run.duration for run in counted])
    assert found.success_rate is None or 0 <= found.success_rate <= 1
