"""Messages that tell several events, what each edit changes, and what channels were learned to take."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_time = sa.BigInteger

_CARD_OF = """
UPDATE posts SET card_id = (
    SELECT cards.post_id FROM cards WHERE cards.channel = posts.channel AND cards.event_id = posts.event_id)
WHERE kind IN ('edit', 'reply')
"""


def upgrade() -> None:
    op.add_column("articles", sa.Column("image", sa.Text(), nullable=False, server_default=""))
    # One by one: SQLite would make the table again, and others refer to it.
    op.add_column("posts", sa.Column("preview", sa.String(16), nullable=False, server_default="off"))
    op.add_column("posts", sa.Column("picture", sa.Text()))
    op.add_column("posts", sa.Column("card_id", sa.BigInteger()))
    op.add_column("posts", sa.Column("planned_at", _time()))
    op.execute(_CARD_OF)
    op.drop_index(op.f("ix_posts_channel_state_id"), "posts")
    op.create_index(op.f("ix_posts_channel_state_kind_id"), "posts", ["channel", "state", "kind", "id"])
    op.create_index(op.f("ix_posts_card_id"), "posts", ["card_id"])
    op.create_index(op.f("ix_posts_channel_planned_at"), "posts", ["channel", "planned_at"])
    op.create_index(op.f("ix_cards_post_id"), "cards", ["post_id"])
    op.create_index(op.f("ix_cards_event_id"), "cards", ["event_id"])
    with op.batch_alter_table("channels") as channels:
        channels.alter_column("rests_until", existing_type=_time(), nullable=True)
        channels.add_column(sa.Column("budget", sa.Integer()))
        channels.add_column(sa.Column("budget_at", _time()))
        channels.add_column(sa.Column("moved_from", sa.Text()))
        channels.add_column(sa.Column("moved_to", sa.Text()))


def downgrade() -> None:
    with op.batch_alter_table("channels") as channels:
        for name in ("budget", "budget_at", "moved_from", "moved_to"):
            channels.drop_column(name)
    op.drop_index(op.f("ix_cards_event_id"), "cards")
    op.drop_index(op.f("ix_cards_post_id"), "cards")
    op.drop_index(op.f("ix_posts_channel_planned_at"), "posts")
    op.drop_index(op.f("ix_posts_card_id"), "posts")
    op.drop_index(op.f("ix_posts_channel_state_kind_id"), "posts")
    op.create_index(op.f("ix_posts_channel_state_id"), "posts", ["channel", "state", "id"])
    for name in ("preview", "picture", "card_id", "planned_at"):
        op.drop_column("posts", name)
    op.drop_column("articles", "image")
