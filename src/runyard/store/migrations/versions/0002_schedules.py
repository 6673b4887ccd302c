"""Schedules with their versions, the ledger of their occurrences, calendars; runs name theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_RUN_ID = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("runs", sa.Column("schedule_id", sa.Text()))
    made, live, over = (
        "schedule_id IS NOT NULL",
        "finished_at IS NULL",
        "finished_at IS NOT NULL",
    )
    _partial("runs_schedule", "runs", ["schedule_id", "id"], where=made)
    _partial("runs_schedule_live", "runs", ["schedule_id"], where=f"{made} AND {live}")
    _partial("runs_schedule_ended", "runs", ["seq"], where=f"{made} AND {over}")
    _schedules()
    _schedule_versions()
    _occurrences()
    _calendars()


def _schedules() -> None:
    op.create_table(
        "schedules",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("pause_reason", sa.Text()),
        sa.Column("paused_at", sa.BigInteger()),
        sa.Column("anchor", sa.BigInteger(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger()),
        sa.Column("next_due", sa.BigInteger()),
        sa.Column("fires", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("skip_next", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger()),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("on_start", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("schedules_seq", "schedules", ["seq"], unique=True)
    op.create_index("schedules_due", "schedules", ["next_due", "id"])
    op.create_index("schedules_task", "schedules", ["task_id", "id"])
    starts = "on_start AND deleted_at IS NULL"
    _partial("schedules_on_start", "schedules", ["id"], where=starts)
    _partial("schedules_problem", "schedules", ["id"], where="problem IS NOT NULL")


def _schedule_versions() -> None:
    op.create_table(
        "schedule_versions",
        sa.Column("schedule_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("schedule_id", "version"),
    )


def _occurrences() -> None:
    op.create_table(
        "occurrences",
        sa.Column("schedule_id", sa.Text(), nullable=False),
        sa.Column("planned_at", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("planned_local", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("run_id", _RUN_ID),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("through", sa.BigInteger()),
        sa.PrimaryKeyConstraint("schedule_id", "planned_at"),
        sqlite_with_rowid=False,
    )
    waits = "decision = 'buffered'"
    _partial("occurrences_buffered", "occurrences", ["schedule_id", "planned_at"], where=waits)


def _calendars() -> None:
    op.create_table(
        "calendars",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _partial(name: str, table: str, columns: list[str], *, where: str) -> None:
    op.create_index(
        name,
        table,
        columns,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def downgrade() -> None:
    for table in ("calendars", "occurrences", "schedule_versions", "schedules"):
        op.drop_table(table)
    for index in ("runs_schedule_ended", "runs_schedule_live", "runs_schedule"):
        op.drop_index(index, "runs")
    op.drop_column("runs", "schedule_id")
