"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "alarms",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_alarms")),
    )
    op.create_table(
        "articles",
        sa.Column("id", _number, nullable=False),
        sa.Column("feed_url", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("published", sa.BigInteger(), nullable=False),
        sa.Column("dated", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text()),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
        sa.UniqueConstraint(
            "feed_url", "key", "fingerprint", name=op.f("uq_articles_feed_url_key_fingerprint")
        ),
    )
    op.create_index(op.f("ix_articles_address"), "articles", ["address"])
    op.create_index(op.f("ix_articles_key"), "articles", ["key"])
    op.create_index(op.f("ix_articles_link"), "articles", ["link"])
    op.create_index(op.f("ix_articles_seen_at"), "articles", ["seen_at"])

    op.create_table(
        "beats",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_beats")),
    )
    op.create_table(
        "channels",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rests_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_channels")),
    )
    op.create_table(
        "events",
        sa.Column("id", _number, nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_table(
        "feeds",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("declared", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text()),
        sa.Column("every", sa.BigInteger(), nullable=False),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.Column("digest", sa.Text()),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger()),
        sa.Column("unconditional_at", sa.BigInteger()),
        sa.Column("polled_at", sa.BigInteger()),
        sa.Column("next_at", sa.BigInteger()),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("failure", sa.Text()),
        sa.PrimaryKeyConstraint("url", name=op.f("pk_feeds")),
    )
    op.create_table(
        "match_keys",
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("article_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("story", "key", "seen_at", "article_id", name=op.f("pk_match_keys")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "posts",
        sa.Column("id", _number, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("event_id", _number, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("settled_at", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.Column("silent", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_posts_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
    )
    op.create_index(op.f("ix_posts_channel_state_id"), "posts", ["channel", "state", "id"])
    op.create_index(op.f("ix_posts_event_id"), "posts", ["event_id"])

    op.create_table(
        "verdicts",
        sa.Column("id", _number, nullable=False),
        sa.Column("article_id", _number, nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("event_id", _number, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("of_article", _number),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("hits", sa.JSON(), nullable=False),
        sa.Column("quiet", sa.Text()),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_verdicts_article_id_articles")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_verdicts_event_id_events")),
        sa.ForeignKeyConstraint(
            ["of_article"], ["articles.id"], name=op.f("fk_verdicts_of_article_articles")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdicts")),
        sa.UniqueConstraint("article_id", "story", name=op.f("uq_verdicts_article_id_story")),
    )
    op.create_index(op.f("ix_verdicts_event_id"), "verdicts", ["event_id"])

    op.create_table(
        "cards",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("event_id", _number, nullable=False),
        sa.Column("post_id", _number),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_cards_event_id_events")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_cards_post_id_posts")),
        sa.PrimaryKeyConstraint("channel", "event_id", name=op.f("pk_cards")),
    )
    op.create_table(
        "sends",
        sa.Column("post_id", _number, nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_sends_post_id_posts")),
        sa.PrimaryKeyConstraint("post_id", "attempt", name=op.f("pk_sends")),
    )
    op.create_index(op.f("ix_sends_channel_at"), "sends", ["channel", "at"])


def downgrade() -> None:
    tables = (
        "sends",
        "cards",
        "verdicts",
        "posts",
        "match_keys",
        "feeds",
        "events",
        "channels",
        "beats",
        "articles",
        "alarms",
    )
    for table in tables:
        op.drop_table(table)
