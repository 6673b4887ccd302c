"""The first schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_RUN_ID = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    _feed()
    _settings()
    _specs()
    _tasks()
    _task_versions()
    _queues()
    _runs()
    _run_labels()
    _attempts()
    op.execute("INSERT INTO feed (id, seq) VALUES (1, 0)")


def _feed() -> None:
    op.create_table(
        "feed",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _settings() -> None:
    op.create_table(
        "settings",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )


def _specs() -> None:
    op.create_table(
        "specs",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )


def _tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("problems", sa.Text()),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("pause_reason", sa.Text()),
        sa.Column("path", sa.Text()),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger()),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("tasks_seq", "tasks", ["seq"], unique=True)


def _task_versions() -> None:
    op.create_table(
        "task_versions",
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("task_id", "version"),
    )


def _queues() -> None:
    op.create_table(
        "queues",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("run_limit", sa.Integer()),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("queues_seq", "queues", ["seq"], unique=True)


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", _RUN_ID, nullable=False),
        sa.Column("task_id", sa.Text()),
        sa.Column("task_version", sa.Integer()),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("executor", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("project", sa.Text()),
        sa.Column("concurrency_key", sa.Text()),
        sa.Column("concurrency_limit", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("params", sa.Text()),
        sa.Column("argv", sa.Text()),
        sa.Column("labels", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Double()),
        sa.Column("message", sa.Text()),
        sa.Column("detail", sa.Text()),
        sa.Column("result", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.Column("not_before", sa.BigInteger()),
        sa.Column("submitted_at", sa.BigInteger(), nullable=False),
        sa.Column("submitted_by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger()),
        sa.Column("finished_at", sa.BigInteger()),
        sa.Column("cancel_requested_at", sa.BigInteger()),
        sa.Column("cancel_requested_by", sa.Text()),
        sa.Column("cancel_reason", sa.Text()),
        sa.Column("rerun_of", sa.Text()),
        sa.Column("idempotency_key", sa.Text()),
        sa.Column("scheduled_for", sa.BigInteger()),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(finished_at IS NOT NULL) = "
            "(status IN ('cancelled', 'crashed', 'failed', 'succeeded', 'timed_out'))",
            name="runs_finished_when_final",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("runs_seq", "runs", ["seq"], unique=True)
    op.create_index("runs_status", "runs", ["status", "id"])
    op.create_index("runs_task", "runs", ["task_id", "id"])
    op.create_index("runs_queue", "runs", ["queue", "id"])
    _partial("runs_project", ["project", "id"], where="project IS NOT NULL", unique=False)
    _partial("runs_executor", ["executor", "id"], where="executor <> queue", unique=False)
    _partial(
        "runs_idempotency", ["idempotency_key"], where="idempotency_key IS NOT NULL", unique=True
    )


def _run_labels() -> None:
    op.create_table(
        "run_labels",
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("run_id", _RUN_ID, nullable=False),
        sa.PrimaryKeyConstraint("label", "run_id"),
        sqlite_with_rowid=False,
    )


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("run_id", _RUN_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer()),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger()),
        sa.Column("exit_code", sa.Integer()),
        sa.Column("signal", sa.Integer()),
        sa.Column("error", sa.Text()),
        sa.Column("cpu_s", sa.Double()),
        sa.Column("peak_memory_bytes", sa.BigInteger()),
        sa.Column("log_start", sa.BigInteger(), nullable=False),
        sa.Column("log_end", sa.BigInteger()),
        sa.CheckConstraint(
            "(finished_at IS NULL) = (status = 'running')",
            name="attempts_finished_when_over",
        ),
        sa.PrimaryKeyConstraint("run_id", "number"),
        sqlite_with_rowid=False,
    )


def _partial(name: str, columns: list[str], *, where: str, unique: bool) -> None:
    op.create_index(
        name,
        "runs",
        columns,
        unique=unique,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def downgrade() -> None:
    for table in (
        "attempts",
        "run_labels",
        "runs",
        "queues",
        "task_versions",
        "tasks",
        "specs",
        "settings",
        "feed",
    ):
        op.drop_table(table)
