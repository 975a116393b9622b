"""What headlines mean to an encoder."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "meanings",
        sa.Column("article_id", _number, nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_meanings_article_id_articles")
        ),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_meanings")),
    )


def downgrade() -> None:
    op.drop_table("meanings")
