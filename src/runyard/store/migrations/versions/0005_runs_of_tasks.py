"""The runs of a task are found by their status, too."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_DID_NOT_SUCCEED = sa.text("finished_at IS NOT NULL AND status <> 'succeeded'")


def upgrade() -> None:
    op.drop_index("runs_task", "runs")
    op.create_index("runs_task", "runs", ["task_id", "id", "status"])
    op.create_index(
        "runs_task_failed",
        "runs",
        ["task_id", "status", "id"],
        sqlite_where=_DID_NOT_SUCCEED,
        postgresql_where=_DID_NOT_SUCCEED,
    )


def downgrade() -> None:
    op.drop_index("runs_task_failed", "runs")
    op.drop_index("runs_task", "runs")
    op.create_index("runs_task", "runs", ["task_id", "id"])
