"""Copies made the quick way are those that `dataclasses.replace` makes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from runyard.domain.copying import changed
from runyard.domain.tasks import Task, TaskSource, TaskSpec

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TASK = Task(
    id="a", source=TaskSource.FILE, spec=TaskSpec(), version=1, created_at=NOW, updated_at=NOW
)


def test_a_copy_differs_where_asked_and_nowhere_else() -> None:
    copy = changed(TASK, paused=True, version=2)
    assert copy == replace(TASK, paused=True, version=2)
    assert (TASK.paused, TASK.version) == (False, 1)


def test_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError, match="colour"):
        changed(TASK, colour="red")
