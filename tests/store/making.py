"""Runs, tasks and outcomes for the store's tests, with everything defaulted."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from runyard.domain.ids import RunIds
from runyard.domain.runs import Outcome, Run
from runyard.domain.states import AttemptStatus, RunStatus
from runyard.domain.tasks import TaskSource, TaskSpec
from runyard.store.tasks import TaskChange

NOW = datetime(2026, 5, 17, 12, 30, 15, 123456, tzinfo=UTC)
SPEC = TaskSpec(title="A task", env={"A": "b"}, timeout=timedelta(seconds=3))

_ids = RunIds(lambda: time.time_ns() // 1_000_000)


def new_run(**fields: Any) -> Run:
    values: dict[str, Any] = {
        "id": _ids.new(),
        "task_id": "hello",
        "task_version": 1,
        "spec": SPEC,
        "executor": "script",
        "queue": "script",
        "concurrency_key": "hello",
        "status": RunStatus.QUEUED,
        "submitted_at": NOW,
    }
    values |= fields
    if values["status"].is_final:
        values.setdefault("finished_at", NOW)
    return Run(**values)


def outcome(status: AttemptStatus = AttemptStatus.SUCCEEDED, **fields: Any) -> Outcome:
    return Outcome(status=status, at=fields.pop("at", NOW + timedelta(seconds=9)), **fields)


def task_change(task_id: str = "hello", content: str = "print()", **fields: Any) -> TaskChange:
    values: dict[str, Any] = {
        "id": task_id,
        "source": TaskSource.FILE,
        "spec": SPEC,
        "content": content,
        "content_hash": f"hash of {content}",
        "author": "ada",
        "at": NOW,
        "path": f"{task_id}.py",
    }
    return TaskChange(**(values | fields))
