"""The plan of one schedule: each policy, each way in which a fire can stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.domain.schedules.lookahead import Lookahead, Pending
from runyard.domain.schedules.model import Decision, Fire, Occurrence, Origin, Schedule
from runyard.domain.schedules.plan import Ended, Facts, Plan, plan
from runyard.domain.schedules.spec import CatchUp, Overlap, ScheduleSpec
from runyard.domain.states import RunStatus
from runyard.domain.tasks import TaskSource

NOW = datetime(2026, 5, 17, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RUN = "38g1q5qyp703csqy"


def schedule(spec: ScheduleSpec | None = None, **fields: Any) -> Schedule:
    values: dict[str, Any] = {
        "id": "t:s",
        "task_id": "t",
        "name": "s",
        "source": TaskSource.API,
        "spec": spec or ScheduleSpec(every=MINUTE),
        "version": 1,
        "anchor": NOW,
        "cursor": NOW - timedelta(days=30),
        "next_at": None,
        "next_due": None,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Schedule(**(values | fields))


def fire(minutes: float, **fields: Any) -> Fire:
    at = NOW + minutes * MINUTE
    return Fire(at=at, local=at.replace(tzinfo=None), **fields)


def ahead(*minutes: float, jitter: timedelta = timedelta(), most: int = 10_000) -> Lookahead:
    return Lookahead(iter([fire(minute) for minute in minutes]), jitter=lambda _: jitter, most=most)


def waiting(minutes: float) -> Occurrence:
    at = NOW + minutes * MINUTE
    return Occurrence(
        schedule_id="t:s",
        planned_at=at,
        planned_local="",
        due_at=at,
        decision=Decision.BUFFERED,
        rule="waits",
        decided_at=at,
    )


def decided(made: Plan) -> list[tuple[float, str]]:
    return [((row.planned_at - NOW) / MINUTE, row.decision.value) for row in made.rows]


def planned(spec: ScheduleSpec, *minutes: float, facts: Facts | None = None, **state: Any) -> Plan:
    pending = ahead(*minutes, 1000).until(NOW)
    return plan(schedule(spec, **state), facts or Facts(), pending, NOW)


def test_a_fire_on_time_starts_a_run_and_moves_the_cursor() -> None:
    made = planned(ScheduleSpec(every=MINUTE), -0.5)
    assert decided(made) == [(-0.5, "fired")]
    assert made.rows[0].rule == "on time"
    assert made.schedule.cursor == NOW - 0.5 * MINUTE
    assert made.schedule.next_at == made.schedule.next_due == NOW + 1000 * MINUTE
    assert made.schedule.fires == 1


def test_nothing_due_changes_nothing_but_when_to_look_again() -> None:
    before = schedule(next_at=NOW + MINUTE, next_due=NOW + MINUTE)
    made = plan(before, Facts(), ahead(1).until(NOW), NOW)
    assert made.schedule == before
    assert not made.changes(before)


@pytest.mark.parametrize(
    ("overlap", "decision", "cancels"),
    [
        (Overlap.SKIP, "skipped_overlap", ()),
        (Overlap.BUFFER_ONE, "buffered", ()),
        (Overlap.BUFFER_ALL, "buffered", ()),
        (Overlap.CANCEL_OTHER, "buffered", (RUN,)),
        (Overlap.TERMINATE_OTHER, "buffered", (RUN,)),
        (Overlap.ALLOW_ALL, "fired", ()),
    ],
)
def test_overlap(overlap: Overlap, decision: str, cancels: tuple[str, ...]) -> None:
    made = planned(ScheduleSpec(every=MINUTE, overlap=overlap), 0, facts=Facts(live=(RUN,)))
    assert decided(made) == [(0, decision)]
    assert made.cancels == cancels
    assert made.kill is (overlap is Overlap.TERMINATE_OTHER)
    if decision == "skipped_overlap":
        assert RUN in made.rows[0].rule


def test_buffer_one_keeps_one() -> None:
    spec = ScheduleSpec(every=MINUTE, overlap=Overlap.BUFFER_ONE)
    made = planned(spec, -0.9, -0.5, 0, facts=Facts(live=(RUN,)))
    assert [what for _, what in decided(made)] == ["buffered", "skipped_overlap", "skipped_overlap"]


def test_what_waited_starts_when_the_earlier_run_is_over() -> None:
    spec = ScheduleSpec(every=MINUTE, overlap=Overlap.BUFFER_ALL)
    facts = Facts(buffered=(waiting(-9), waiting(-8)))
    made = planned(spec, 0, facts=facts)
    (first,) = made.redecided
    assert (first.planned_at, first.decision) == (NOW - 9 * MINUTE, Decision.FIRED)
    assert decided(made) == [(0, "buffered")]


def test_a_newer_fire_replaces_what_waits() -> None:
    spec = ScheduleSpec(every=MINUTE, overlap=Overlap.CANCEL_OTHER)
    made = planned(spec, 0, facts=Facts(live=(RUN,), buffered=(waiting(-1),)))
    assert [row.decision for row in made.redecided] == [Decision.COALESCED]
    assert decided(made) == [(0, "buffered")]


@pytest.mark.parametrize(
    ("catch_up", "expected"),
    [
        (CatchUp.NONE, ["missed"] * 4),
        (CatchUp.LAST, ["missed", "coalesced", "coalesced", "fired"]),
        (CatchUp.ALL, ["missed", "fired", "buffered", "buffered"]),
    ],
)
def test_missed_fires(catch_up: CatchUp, expected: list[str]) -> None:
    spec = ScheduleSpec(every=MINUTE, catch_up=catch_up, catch_up_window=timedelta(hours=1))
    made = planned(spec, -90, -30, -20, -10)
    assert [what for _, what in decided(made)] == expected


def test_a_fire_on_time_stands_for_those_that_were_missed() -> None:
    made = planned(ScheduleSpec(every=MINUTE), -30, -20, 0)
    assert [what for _, what in decided(made)] == ["coalesced", "coalesced", "fired"]
    assert "12:00:00" in made.rows[0].rule


def test_the_grace_divides_late_from_missed() -> None:
    spec = ScheduleSpec(every=MINUTE, grace=10 * MINUTE, catch_up=CatchUp.NONE)
    made = planned(spec, -10.01, -10)
    assert [what for _, what in decided(made)] == ["missed", "fired"]


def test_paused_fires_are_recorded_as_such() -> None:
    made = planned(ScheduleSpec(every=MINUTE), -2, 0, paused=True, pause_reason="summer")
    assert [what for _, what in decided(made)] == ["paused", "paused"]
    assert "summer" in made.rows[0].rule


def test_a_paused_task_pauses_its_fires() -> None:
    made = planned(ScheduleSpec(every=MINUTE), 0, facts=Facts(task_pause="task t is paused"))
    assert (decided(made), made.rows[0].rule) == ([(0, "paused")], "task t is paused")


def test_a_run_that_can_not_be_is_refused_with_the_reason() -> None:
    made = planned(ScheduleSpec(every=MINUTE), 0, facts=Facts(refusal="there is no task t"))
    assert (decided(made), made.rows[0].rule) == ([(0, "refused")], "there is no task t")
    assert made.schedule.problem == "there is no task t"
    assert made.schedule.fires == 0


def test_zone_and_calendar_decide_first() -> None:
    gap = fire(-1, skipped=Decision.DST_GAP, note="02:30 does not exist")
    pending = Lookahead(iter([gap]), jitter=lambda _: timedelta()).until(NOW)
    made = plan(schedule(paused=True), Facts(), pending, NOW)
    assert decided(made) == [(-1, "dst_gap")]
    assert made.rows[0].rule == "02:30 does not exist"
    assert made.schedule.next_at is None


def test_skips_by_request_are_used_up() -> None:
    spec = ScheduleSpec(every=MINUTE, overlap=Overlap.ALLOW_ALL)
    made = planned(spec, -0.9, -0.5, 0, skip_next=2)
    assert [what for _, what in decided(made)] == ["skipped", "skipped", "fired"]
    assert made.schedule.skip_next == 0


def test_the_last_run_ends_the_schedule() -> None:
    spec = ScheduleSpec(every=MINUTE, overlap=Overlap.ALLOW_ALL, max_fires=2)
    made = planned(spec, -0.9, -0.5, 0, fires=1)
    assert decided(made) == [(-0.9, "fired")]
    assert (made.schedule.next_at, made.is_over) == (None, True)


def test_failures_in_a_row_pause() -> None:
    spec = ScheduleSpec(every=MINUTE, pause_after_failures=2)
    ends = (
        Ended(run_id="a", status=RunStatus.FAILED),
        Ended(run_id="b", status=RunStatus.SUCCEEDED),
        Ended(run_id="c", status=RunStatus.TIMED_OUT),
        Ended(run_id="d", status=RunStatus.CANCELLED),
        Ended(run_id="e", status=RunStatus.CRASHED),
    )
    made = planned(spec, 0, facts=Facts(ended=ends))
    assert (made.schedule.paused, made.schedule.failures) == (True, 2)
    assert "e" in (made.schedule.pause_reason or "")
    assert decided(made) == [(0, "paused")]
    assert not planned(spec, 0, facts=Facts(ended=ends[:4])).schedule.paused


@pytest.mark.parametrize(
    ("catch_up", "expected"),
    [
        (CatchUp.NONE, {}),
        (CatchUp.LAST, {-3: "coalesced", -2: "fired"}),
        (CatchUp.ALL, {-3: "fired", -2: "buffered"}),
    ],
)
def test_resuming_makes_up_for_the_pause(catch_up: CatchUp, expected: dict[int, str]) -> None:
    held = tuple(replace(waiting(n), decision=Decision.PAUSED) for n in (-3, -2))
    spec = ScheduleSpec(every=MINUTE, catch_up=catch_up)
    made = planned(spec, facts=Facts(held=held))
    assert {
        (row.planned_at - NOW) // MINUTE: row.decision.value for row in made.redecided
    } == expected
    assert made.rows == ()


def test_backfilled_rows_do_not_count_as_fires() -> None:
    row = replace(waiting(-9), origin=Origin.BACKFILLED)
    spec = ScheduleSpec(every=MINUTE, max_fires=5)
    made = planned(spec, facts=Facts(buffered=(row,)), fires=4)
    assert made.schedule.fires == 4
    assert [one.decision for one in made.redecided] == [Decision.FIRED]


def test_a_very_long_absence_has_one_row_for_all_that_is_old() -> None:
    pending = ahead(*range(-100, 0), 1000, most=10).until(NOW)
    made = plan(schedule(ScheduleSpec(every=MINUTE)), Facts(), pending, NOW)
    first = made.rows[0]
    assert (first.decision, first.count) == (Decision.MISSED, 90)
    assert (first.planned_at, first.through) == (NOW - 100 * MINUTE, NOW - 11 * MINUTE)
    assert len(made.rows) == 11
    assert made.schedule.cursor == NOW - MINUTE


def test_jitter_never_lets_a_fire_overtake_another() -> None:
    puts_off = {fire(-5).at: 8 * MINUTE, fire(-4).at: timedelta(), fire(9).at: timedelta()}
    fires = iter([fire(-5), fire(-4), fire(9)])
    look = Lookahead(fires, jitter=lambda at: puts_off[at])
    assert look.until(NOW).due == ()
    later = look.until(NOW + 3 * MINUTE)
    assert [one.due for one in later.due] == [NOW + 3 * MINUTE] * 2


def test_a_noted_due_time_holds_after_a_restart() -> None:
    look = Lookahead(
        iter([fire(-4), fire(9)]),
        jitter=lambda _: timedelta(),
        next_at=fire(-4).at,
        next_due=NOW + MINUTE,
    )
    assert look.until(NOW).due == ()
    assert [one.due for one in look.until(NOW + MINUTE).due] == [NOW + MINUTE]


def test_a_clock_that_was_set_back_meanwhile_decides_nothing_early() -> None:
    look = ahead(-3, -2, -1, most=1)
    look.until(NOW)
    assert look.until(NOW - 10 * MINUTE) == Pending(
        following=look.until(NOW - 10 * MINUTE).following
    )


def test_advancing_in_portions_computes_each_fire_once() -> None:
    asked: list[int] = []

    def fires() -> Iterator[Fire]:
        for number in range(-20, 5):
            asked.append(number)
            yield fire(number)

    look = Lookahead(fires(), jitter=lambda _: timedelta())
    portions = 0
    while not look.advance(NOW, at_most=4):
        portions += 1
    assert portions == 5
    assert len(look.until(NOW).due) == 21
    assert asked == list(range(-20, 2))


@given(
    minutes=st.lists(st.integers(-5000, 100), unique=True, max_size=30).map(sorted),
    overlap=st.sampled_from(Overlap),
    catch_up=st.sampled_from(CatchUp),
    live=st.booleans(),
    paused=st.booleans(),
    skip_next=st.integers(0, 3),
    max_fires=st.one_of(st.none(), st.integers(1, 4)),
)
def test_every_due_fire_has_exactly_one_row(
    minutes: Sequence[int],
    overlap: Overlap,
    catch_up: CatchUp,
    live: bool,
    paused: bool,
    skip_next: int,
    max_fires: int | None,
) -> None:
    spec = ScheduleSpec(every=MINUTE, overlap=overlap, catch_up=catch_up, max_fires=max_fires)
    before = schedule(spec, paused=paused, skip_next=skip_next)
    facts = Facts(live=(RUN,) if live else ())
    made = plan(before, facts, ahead(*minutes).until(NOW), NOW)
    due = [minute for minute in minutes if minute <= 0]
    rows = [minute for minute, _ in decided(made)]
    assert rows == due[: len(rows)]
    assert made.is_over or len(rows) == len(due)
    assert made.schedule.cursor == max([before.cursor, *(row.planned_at for row in made.rows)])
    started = sum(row.decision is Decision.FIRED for row in made.rows)
    assert made.schedule.fires == started
    if overlap is not Overlap.ALLOW_ALL:
        assert started + live <= 1
