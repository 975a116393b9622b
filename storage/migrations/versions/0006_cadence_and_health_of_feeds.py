"""When feeds are polled, where they moved, how they and their hosts have been doing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_time = sa.BigInteger


def _columns() -> list[sa.Column[object]]:
    return [
        sa.Column("slowest", _time()),
        sa.Column("added", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("host", sa.Text(), nullable=False, server_default=""),
        sa.Column("moved_to", sa.Text()),
        sa.Column("move_to", sa.Text()),
        sa.Column("move_since", _time()),
        sa.Column("move_answers", sa.Integer()),
        sa.Column("validators_url", sa.Text()),
        sa.Column("parts", sa.LargeBinary()),
        sa.Column("rhythm_every", _time()),
        sa.Column("quiet_hours", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("quiet_days", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("pace", _time()),
        sa.Column("news_at", _time()),
        sa.Column("failing_since", _time()),
        sa.Column("asked_until", _time()),
        sa.Column("paused", sa.Text()),
        sa.Column("took", _time()),
    ]


def upgrade() -> None:
    for column in _columns():
        op.add_column("feeds", column)
    op.create_table(
        "hosts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("rests_until", _time()),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_hosts")),
    )
    op.create_index(op.f("ix_articles_fingerprint"), "articles", ["fingerprint"])


def downgrade() -> None:
    op.drop_index(op.f("ix_articles_fingerprint"), "articles")
    op.drop_table("hosts")
    with op.batch_alter_table("feeds") as feeds:
        for column in _columns():
            feeds.drop_column(column.name)
