"""Short match keys, and numbers instead of times.

The keys that are stored cannot be translated: they are hashes of something else than the new ones. The index
begins empty and fills with what is recorded from now on, so that for the length of a story's window another
feed's repeat of an article from before the upgrade counts as new.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("match_keys")
    op.create_table(
        "match_keys",
        sa.Column("key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("article_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", "article_id", name=op.f("pk_match_keys")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("match_keys")
    op.create_table(
        "match_keys",
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("article_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("story", "key", "seen_at", "article_id", name=op.f("pk_match_keys")),
        sqlite_with_rowid=False,
    )
