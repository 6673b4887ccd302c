"""The filters that callers send, as the store understands them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runyard.store.filters import RunFilter

if TYPE_CHECKING:
    from runyard.api.models import RunFilterBody, RunFilterQuery


def run_filter(asked: RunFilterQuery | RunFilterBody) -> RunFilter:
    return RunFilter(
        statuses=tuple(asked.status),
        task_ids=tuple(asked.task_id),
        queues=tuple(asked.queue),
        projects=tuple(asked.project),
        executors=tuple(asked.executor),
        schedule_ids=tuple(asked.schedule_id),
        labels=tuple(asked.label),
        since=asked.since,
        until=asked.until,
        finished_since=asked.finished_since,
        finished_until=asked.finished_until,
        text=asked.q,
    )
