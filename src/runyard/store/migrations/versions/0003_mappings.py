"""What the dialects remember under their own ids."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_RUN_ID = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "mappings",
        sa.Column("dialect", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text()),
        sa.Column("run_id", _RUN_ID),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("dialect", "kind", "key"),
    )
    op.create_index("mappings_parent", "mappings", ["dialect", "kind", "parent", "created_at"])
    op.create_index("mappings_run", "mappings", ["run_id", "dialect"])


def downgrade() -> None:
    op.drop_table("mappings")
