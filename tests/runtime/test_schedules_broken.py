"""Which problems of a task keep its schedules from firing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from runyard.domain.tasks import Problem, Task, TaskSource, TaskSpec
from runyard.runtime.schedules.preparing import broken


@pytest.mark.parametrize(
    ("where", "stops"),
    [
        ("tool.runyard.schedule", False),
        ("tool.runyard.schedules.0.cron", False),
        ("schedules.nightly", False),  # of an app
        ("schedule.every", False),
        ("python", True),
        ("tool.runyard.timeout", False),  # a run by hand starts, too
        ("script", True),
        ("", True),
    ],
)
def test_only_what_can_not_be_read_stops_schedules(where: str, stops: bool) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    task = Task(
        id="t",
        source=TaskSource.FILE,
        spec=TaskSpec(),
        version=1,
        problems=(Problem(message="wrong", where=where),),
        created_at=now,
        updated_at=now,
    )
    assert (broken(task) is not None) is stops
