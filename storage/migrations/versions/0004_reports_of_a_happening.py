"""Finding the reports on a happening and a story's headlines."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_events_happening"), "events", ["happening"])
    op.create_index(op.f("ix_verdicts_story_article_id"), "verdicts", ["story", "article_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_verdicts_story_article_id"), "verdicts")
    op.drop_index(op.f("ix_events_happening"), "events")
