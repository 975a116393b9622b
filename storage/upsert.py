"""Insert or update, in the one spelling each dialect has for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(
    connection: Connection,
    table: Table,
    key: Mapping[str, Any],
    *,
    set_: Mapping[str, Any],
    once: Mapping[str, Any] | None = None,
) -> None:
    """Set columns of the row with this key, making it where it is missing.

    Args:
        connection: an open transaction.
        table: whose primary key `key` names in full.
        key: the primary key.
        set_: columns to set in any case; without any a row that exists stays as it is.
        once: columns to set only in a new row.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values({**key, **set_, **(once or {})})
    if set_:
        statement = statement.on_conflict_do_update(index_elements=list(key), set_=dict(set_))
    else:
        statement = statement.on_conflict_do_nothing(index_elements=list(key))
    connection.execute(statement)
