"""What belongs to one happening, and what people corrected."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("events", sa.Column("happening", sa.BigInteger(), nullable=False, server_default="0"))
    # So far every event was the first of its happening.
    op.execute("update events set happening = id")

    op.add_column("verdicts", sa.Column("corrected_role", sa.Text()))
    # Written out: SQLite takes a foreign key beside its column; Alembic would copy the whole table for it.
    kind = _number.compile(dialect=op.get_bind().dialect)
    key = op.f("fk_verdicts_corrected_of_articles")
    op.execute(
        f"alter table verdicts add column corrected_of {kind} constraint {key} references articles (id)"
    )

    op.create_table(
        "corrections",
        sa.Column("id", _number, nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("earlier", _number, nullable=False),
        sa.Column("later", _number, nullable=False),
        sa.Column("same", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["earlier"], ["articles.id"], name=op.f("fk_corrections_earlier_articles")),
        sa.ForeignKeyConstraint(["later"], ["articles.id"], name=op.f("fk_corrections_later_articles")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index(op.f("ix_corrections_earlier"), "corrections", ["earlier"])
    op.create_index(op.f("ix_corrections_later"), "corrections", ["later"])


def downgrade() -> None:
    op.drop_table("corrections")
    # Alembic would copy whole tables on SQLite, which can do this itself.
    op.execute("alter table verdicts drop column corrected_of")
    op.execute("alter table verdicts drop column corrected_role")
    op.execute("alter table events drop column happening")
