"""What people choose, ask and answer by commands, and since when stories are followed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_time = sa.BigInteger


def upgrade() -> None:
    op.add_column("channels", sa.Column("chat", sa.Text()))
    op.create_table(
        "choices",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("pk_choices")),
    )
    op.create_table(
        "audit",
        sa.Column("id", _number(), nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.Column("person", sa.BigInteger()),
        sa.Column("chat", sa.BigInteger()),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("undo", sa.JSON()),
        sa.Column("undone_at", _time()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_table(
        "heard",
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.PrimaryKeyConstraint("update_id", name=op.f("pk_heard")),
    )
    op.create_index(op.f("ix_heard_at"), "heard", ["at"])
    op.create_table(
        "mutes",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("event_id", _number(), nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.Column("person", sa.BigInteger()),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_mutes_event_id_events")),
        sa.PrimaryKeyConstraint("channel", "event_id", name=op.f("pk_mutes")),
    )
    op.create_index(op.f("ix_mutes_event_id"), "mutes", ["event_id"])
    op.create_table(
        "reviews",
        sa.Column("id", _number(), nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("article_id", _number(), nullable=False),
        sa.Column("nearest", _number(), nullable=False),
        sa.Column("chance", sa.Float(), nullable=False),
        sa.Column("asked_at", _time(), nullable=False),
        sa.Column("until", _time(), nullable=False),
        sa.Column("otherwise", sa.Text(), nullable=False),
        sa.Column("told_at", _time()),
        sa.Column("answer", sa.Text()),
        sa.Column("answered_at", _time()),
        sa.Column("person", sa.BigInteger()),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_reviews_article_id_articles")),
        sa.ForeignKeyConstraint(["nearest"], ["articles.id"], name=op.f("fk_reviews_nearest_articles")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("story", "article_id", name=op.f("uq_reviews_story_article_id")),
    )
    op.create_index(op.f("ix_reviews_answer_until"), "reviews", ["answer", "until"])
    op.create_table(
        "looks",
        sa.Column("person", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.PrimaryKeyConstraint("person", "story", name=op.f("pk_looks")),
    )
    op.create_table(
        "followed",
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("since", _time(), nullable=False),
        sa.PrimaryKeyConstraint("story", name=op.f("pk_followed")),
    )
    op.create_index(op.f("ix_posts_message_id"), "posts", ["message_id"])
    # Stories that judged something are followed since then; those that never did are new once more.
    op.execute(
        "INSERT INTO followed (story, since) SELECT verdicts.story, MIN(articles.seen_at) FROM verdicts"
        " JOIN articles ON articles.id = verdicts.article_id GROUP BY verdicts.story"
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_posts_message_id"), "posts")
    op.drop_table("followed")
    op.drop_table("looks")
    op.drop_index(op.f("ix_reviews_answer_until"), "reviews")
    op.drop_table("reviews")
    op.drop_index(op.f("ix_mutes_event_id"), "mutes")
    op.drop_table("mutes")
    op.drop_index(op.f("ix_heard_at"), "heard")
    op.drop_table("heard")
    op.drop_table("audit")
    op.drop_table("choices")
    with op.batch_alter_table("channels") as channels:
        channels.drop_column("chat")


def _number() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
