"""The tables of the store and the indexes that its queries rely on.

Instants are BIGINT microseconds since 1970 (UTC), JSON is text: `encoding` translates both, so that
a row is plain numbers and strings in every database. The first migration must build the same; a
test compares them.
"""

from __future__ import annotations

from sqlalchemy import (
    TEXT,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

from runyard.domain.states import FINAL

metadata = MetaData()

# Byte order in every database: ids are ranges, cursors and prefixes.
_RUN_ID = Text().with_variant(TEXT(collation="C"), "postgresql")

_FINAL = ", ".join(f"'{status.value}'" for status in sorted(FINAL))

# One row: the number that the change feed has reached. Its row lock puts the commits of several
# servers in the order of their numbers.
feed = Table(
    "feed",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
)

settings = Table(
    "settings",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

# Frozen definitions by digest: a million runs of one task share one row.
specs = Table(
    "specs",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("body", Text, nullable=False),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("spec", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("problems", Text),
    Column("paused", Boolean, nullable=False),
    Column("pause_reason", Text),
    Column("path", Text),
    Column("content_hash", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
    Column("seq", BigInteger, nullable=False),
    Index("tasks_seq", "seq", unique=True),
)

task_versions = Table(
    "task_versions",
    metadata,
    Column("task_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("spec", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

queues = Table(
    "queues",
    metadata,
    Column("name", Text, primary_key=True),
    Column("run_limit", Integer),
    Column("paused", Boolean, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("rate", Text),
    Index("queues_seq", "seq", unique=True),
)

runs = Table(
    "runs",
    metadata,
    Column("id", _RUN_ID, primary_key=True),
    Column("task_id", Text),
    Column("task_version", Integer),
    Column("spec", Text, nullable=False),
    Column("executor", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("project", Text),
    Column("concurrency_key", Text),
    Column("concurrency_limit", Integer, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("params", Text),
    Column("argv", Text),
    Column("labels", Text),
    Column("status", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("progress", Double),
    Column("message", Text),
    Column("detail", Text),
    Column("result", Text),
    Column("error", Text),
    Column("not_before", BigInteger),
    Column("submitted_at", BigInteger, nullable=False),
    Column("submitted_by", Text, nullable=False),
    Column("started_at", BigInteger),
    Column("finished_at", BigInteger),
    Column("cancel_requested_at", BigInteger),
    Column("cancel_requested_by", Text),
    Column("cancel_reason", Text),
    Column("rerun_of", Text),
    Column("idempotency_key", Text),
    Column("scheduled_for", BigInteger),
    Column("seq", BigInteger, nullable=False),
    Column("schedule_id", Text),
    Column("draft", Text),
    CheckConstraint(
        f"(finished_at IS NOT NULL) = (status IN ({_FINAL}))", name="runs_finished_when_final"
    ),
)

# Each index costs every submission a few microseconds, so there is one for each way in, and none
# for their combinations. A list, newest first, reads one from its end, in the order of the ids.
# That of tasks has the status behind it: to walk past the runs of a task that don't fit, it is
# enough. Partial ones are in `partial_indexes`.
Index("runs_seq", runs.c.seq, unique=True)
Index("runs_status", runs.c.status, runs.c.id)
Index("runs_task", runs.c.task_id, runs.c.id, runs.c.status)
Index("runs_queue", runs.c.queue, runs.c.id)


# What draft runs execute, by hash: texts that no task has as a version.
draft_contents = Table(
    "draft_contents",
    metadata,
    Column("content_hash", Text, primary_key=True),
    Column("content", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

run_labels = Table(
    "run_labels",
    metadata,
    Column("label", Text, primary_key=True),
    Column("run_id", _RUN_ID, primary_key=True),
    sqlite_with_rowid=False,
)

attempts = Table(
    "attempts",
    metadata,
    Column("run_id", _RUN_ID, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("status", Text, nullable=False),
    Column("engine", Text, nullable=False),
    Column("pid", Integer),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("exit_code", Integer),
    Column("signal", Integer),
    Column("error", Text),
    Column("cpu_s", Double),
    Column("peak_memory_bytes", BigInteger),
    Column("log_start", BigInteger, nullable=False),
    Column("log_end", BigInteger),
    CheckConstraint(
        "(finished_at IS NULL) = (status = 'running')", name="attempts_finished_when_over"
    ),
    sqlite_with_rowid=False,
)

schedules = Table(
    "schedules",
    metadata,
    Column("id", Text, primary_key=True),
    Column("task_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("spec", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("pause_reason", Text),
    Column("paused_at", BigInteger),
    Column("anchor", BigInteger, nullable=False),
    Column("cursor", BigInteger, nullable=False),
    Column("next_at", BigInteger),
    Column("next_due", BigInteger),
    Column("fires", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("skip_next", Integer, nullable=False),
    Column("problem", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
    Column("seq", BigInteger, nullable=False),
    Column("on_start", Boolean, nullable=False),  # fires once per start of the server
    Index("schedules_seq", "seq", unique=True),
    Index("schedules_due", "next_due", "id"),
    Index("schedules_task", "task_id", "id"),
)

schedule_versions = Table(
    "schedule_versions",
    metadata,
    Column("schedule_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("spec", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

# The ledger: the primary key is what makes a double fire impossible.
occurrences = Table(
    "occurrences",
    metadata,
    Column("schedule_id", Text, primary_key=True),
    Column("planned_at", BigInteger, primary_key=True, autoincrement=False),
    Column("planned_local", Text, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("origin", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Column("run_id", _RUN_ID),
    Column("count", Integer, nullable=False),
    Column("through", BigInteger),
    sqlite_with_rowid=False,
)

calendars = Table(
    "calendars",
    metadata,
    Column("name", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

# What the dialects remember under their own ids.
mappings = Table(
    "mappings",
    metadata,
    Column("dialect", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("parent", Text),
    Column("run_id", _RUN_ID),
    Column("value", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("mappings_parent", "dialect", "kind", "parent", "created_at"),
    Index("mappings_run", "run_id", "dialect"),
)
