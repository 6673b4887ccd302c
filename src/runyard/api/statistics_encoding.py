"""Figures about runs, tasks and projects as plain data for JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from runyard.domain.states import RunStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runyard.domain.run_statistics import Day, TaskRun
    from runyard.runtime.projects import Project
    from runyard.runtime.statistics import TaskReport
    from runyard.store.run_timeline import RunSpan
    from runyard.store.task_runs import RunBrief


def span_dict(span: RunSpan) -> dict[str, Any]:
    return {
        "id": span.id,
        "task_id": span.task_id,
        "executor": span.executor,
        "queue": span.queue,
        "status": span.status,
        "submitted_at": span.submitted_at,
        "started_at": span.started_at,
        "finished_at": span.finished_at,
    }


def brief_dict(brief: RunBrief) -> dict[str, Any]:
    return {
        "id": brief.id,
        "status": brief.status,
        "submitted_at": brief.submitted_at,
        "started_at": brief.started_at,
        "finished_at": brief.finished_at,
    }


def report_dict(report: TaskReport) -> dict[str, Any]:
    found = report.statistics
    duration, waiting = found.duration, found.waiting
    return {
        "task_id": report.task_id,
        "days_from": found.since,
        "zone": report.zone,
        "counts": counts_dict(found.counts),
        "success_rate": found.success_rate,
        "duration_s": {
            "p50": _seconds(duration.p50),
            "p95": _seconds(duration.p95),
            "mean": _seconds(duration.mean),
            "max": _seconds(duration.longest),
        },
        "waiting_s": {"p50": _seconds(waiting.p50), "p95": _seconds(waiting.p95)},
        "days": [_day_dict(day) for day in found.days],
        "recent": [_recent_dict(run) for run in report.recent],
        "sampled": report.sampled,
    }


def _day_dict(day: Day) -> dict[str, Any]:
    return {
        "date": day.date,
        **counts_dict(day.counts),
        "duration_p50_s": _seconds(day.median),
    }


def _recent_dict(run: TaskRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "status": run.status,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "duration_s": _seconds(run.duration),
        "attempts": run.attempts,
    }


def counts_dict(counts: Mapping[RunStatus, int]) -> dict[str, int]:
    return {status.value: count for status, count in counts.items()}


def project_dict(project: Project, *, whole: bool = False) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": project.name,
        "tasks": len(project.task_ids),
        "paused_tasks": project.paused_tasks,
        "broken_tasks": project.broken_tasks,
        "live": project.live,
        "waiting": project.waiting,
        "failed_24h": project.failed_24h,
        "succeeded_24h": project.succeeded_24h,
        "next_at": project.next_at,
        "last_run_at": project.last_run_at,
        "sampled": project.sampled,
    }
    if whole:
        document["task_ids"] = project.task_ids
    return document


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()
