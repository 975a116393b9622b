"""Alembic's entry: upgrade the connection that `storage.migrate` hands over."""

from __future__ import annotations

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from storage.tables import Duration, UtcDateTime, metadata


def _as_stored(kind: str, value: object, _context: AutogenContext) -> str | Literal[False]:
    # A migration must not change its meaning when storage.tables does, so it imports nothing from there.
    return "sa.BigInteger()" if kind == "type" and isinstance(value, UtcDateTime | Duration) else False


# The caller's transaction holds every step: a kill in the middle leaves the old tables or the new ones.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=_as_stored,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
