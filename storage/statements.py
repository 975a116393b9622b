"""Statements as the driver takes them: for those that run all the time, as building them would cost most."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, CursorResult

_PARAMETER = re.compile(r"(?<!:):(\w+)")


def run(connection: Connection, sql: str, **values: Any) -> CursorResult[Any]:
    """Run a statement as it stands, with its parameters by name (":name")."""
    if connection.dialect.name == "postgresql":
        sql = _for_postgres(sql)
    return connection.exec_driver_sql(sql, values)


@lru_cache(maxsize=64)
def _for_postgres(sql: str) -> str:
    return _PARAMETER.sub(r"%(\1)s", sql)
