"""The partial indexes of `schema`, for whoever needs the whole: nothing at run time does.

Naming a PostgreSQL option makes SQLAlchemy load that dialect with all its drivers, which costs a
server on SQLite a tenth of its start.
"""

from __future__ import annotations

from sqlalchemy import Index, Table, text

from runyard.store.schema import metadata, occurrences, runs, schedules

__all__ = ["metadata"]


def _partial(
    name: str, *columns: str, where: str, unique: bool = False, table: Table = runs
) -> None:
    Index(
        name,
        *(table.c[column] for column in columns),
        unique=unique,
        sqlite_where=text(where),
        postgresql_where=text(where),
    )


_partial("runs_project", "project", "id", where="project IS NOT NULL")
# Where the queue is the executor's own, the index of queues serves both.
_partial("runs_executor", "executor", "id", where="executor <> queue")
_partial("runs_idempotency", "idempotency_key", where="idempotency_key IS NOT NULL", unique=True)
# Of one task, what is rare, and looked for: it costs nothing before a run has failed.
_partial(
    "runs_task_failed",
    "task_id",
    "status",
    "id",
    where="finished_at IS NOT NULL AND status <> 'succeeded'",
)
# Runs that are over, by their end.
_partial("runs_finished", "finished_at", "id", where="finished_at IS NOT NULL")

# Runs that a schedule made: its list, those that are not over, and those that are, in the order in
# which they ended.
_partial("runs_schedule", "schedule_id", "id", where="schedule_id IS NOT NULL")
_partial(
    "runs_schedule_live", "schedule_id", where="schedule_id IS NOT NULL AND finished_at IS NULL"
)
_partial("runs_schedule_ended", "seq", where="schedule_id IS NOT NULL AND finished_at IS NOT NULL")
_partial("runs_draft", "draft", where="draft IS NOT NULL")
_partial(
    "occurrences_buffered",
    "schedule_id",
    "planned_at",
    where="decision = 'buffered'",
    table=occurrences,
)
_partial("schedules_on_start", "id", where="on_start AND deleted_at IS NULL", table=schedules)
_partial("schedules_problem", "id", where="problem IS NOT NULL", table=schedules)
