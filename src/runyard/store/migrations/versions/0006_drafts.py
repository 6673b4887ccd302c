"""Draft runs: what they execute is no version of a task."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("draft", sa.Text()))
    where = sa.text("draft IS NOT NULL")
    op.create_index("runs_draft", "runs", ["draft"], sqlite_where=where, postgresql_where=where)
    op.create_table(
        "draft_contents",
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("content_hash"),
    )


def downgrade() -> None:
    op.drop_table("draft_contents")
    op.drop_index("runs_draft", "runs")
    op.drop_column("runs", "draft")
