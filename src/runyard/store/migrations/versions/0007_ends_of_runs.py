"""Runs that are over are found by the time of their end."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_OVER = sa.text("finished_at IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "runs_finished",
        "runs",
        ["finished_at", "id"],
        sqlite_where=_OVER,
        postgresql_where=_OVER,
    )


def downgrade() -> None:
    op.drop_index("runs_finished", "runs")
