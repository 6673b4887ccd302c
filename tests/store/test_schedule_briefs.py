"""What lists show of schedules: briefs by task, names, and pages by due time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runyard.store import schedule_briefs, schedules
from tests.runtime.schedule_plans import NOW, minutes, plan

if TYPE_CHECKING:
    from runyard.domain.schedules.model import Schedule
    from runyard.store import Store


async def put(store: Store, *new: Schedule) -> list[Schedule]:
    return await store.write(
        lambda tx: schedules.insert(tx, [(one, False) for one in new], author="test")
    )


async def test_of_each_task_the_first_hundred(store: Store) -> None:
    many = [plan("many", f"s{number:03}", every=minutes(5)) for number in range(150)]
    few = [plan("few", "b", every=minutes(5)), plan("few", "a", every=minutes(5), paused=True)]
    gone = replace(plan("few", "gone", every=minutes(5)), deleted_at=NOW)
    await put(store, *many, *few, gone)
    wanted = ["few", "many", "none"]
    found = await store.read(lambda tx: schedule_briefs.of_tasks(tx, wanted))
    assert found.keys() == {"few", "many"}
    assert [(one.id, one.paused, one.next_at) for one in found["few"]] == [
        ("few:a", True, NOW + minutes(5)),
        ("few:b", False, NOW + minutes(5)),
    ]
    assert [one.id for one in found["many"]] == [f"many:s{number:03}" for number in range(100)]
    names = await store.read(lambda tx: schedule_briefs.names(tx, wanted))
    assert names == {"few": {"a", "b"}, "many": {one.name for one in many}, "none": set()}


@settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    due=st.lists(st.integers(0, 6), max_size=25), page=st.integers(1, 7), until=st.integers(0, 6)
)
async def test_pages_by_due_time_hold_each_once_and_in_order(
    store: Store, due: list[int], page: int, until: int
) -> None:
    prefix = f"t{hash((tuple(due), page, until)) % 10**12}"
    new = [
        replace(plan(f"{prefix}.{number}", every=minutes(5)), next_due=NOW + minutes(minute))
        for number, minute in enumerate(due)
    ]
    await put(store, *new)
    end = NOW + minutes(until)
    seen: list[Schedule] = []
    after = None
    while True:
        place = after
        found = await store.read(
            lambda tx, place=place: schedules.due_page(  # type: ignore[misc]
                tx, after=place, until=end, limit=page
            )
        )
        seen += found
        if len(found) < page:
            break
        assert found[-1].next_due is not None
        after = (found[-1].next_due, found[-1].id)
    mine = [one.id for one in seen if one.id.startswith(f"{prefix}.")]
    times = [one.next_due for one in seen]
    assert times == sorted(time for time in times if time is not None)
    assert sorted(mine) == sorted(one.id for one in new if (one.next_due or end) <= end)
    assert all(time is not None and time <= end for time in times)


async def test_what_is_paused_over_or_deleted_is_not_due(store: Store) -> None:
    await put(
        store,
        plan("active", every=minutes(5)),
        plan("paused", every=minutes(5), paused=True),
        replace(plan("over", every=minutes(5)), next_at=None, next_due=None),
    )
    until = NOW + timedelta(days=1)
    found = await store.read(lambda tx: schedules.due_page(tx, after=None, until=until, limit=10))
    assert [one.task_id for one in found] == ["active"]
    one_task = await store.read(
        lambda tx: schedules.due_page(tx, after=None, until=until, task_id="other", limit=10)
    )
    assert one_task == []
