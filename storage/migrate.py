"""Bring a database's tables to what this version of the program expects."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, inspect, select, text

from bot.errors import OperatorError

if TYPE_CHECKING:
    from alembic.config import Config

_SCRIPTS = Path(__file__).with_name("migrations")
#: The advisory lock of one who changes the tables on PostgreSQL: "SW" and 2.
_MIGRATION_LOCK = (0x5357, 2)


def migrate(connection: Connection) -> None:
    """Run the migrations that are missing, inside the caller's transaction.

    Raises:
        OperatorError: the tables were made by a later version of the program.
    """
    if _is_current(connection):
        return
    # Twelve megabytes that a service would keep for months and needs once in a version.
    from alembic import command  # noqa: PLC0415
    from alembic.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(*_MIGRATION_LOCK)))
    config = alembic_config(connection)
    scripts = ScriptDirectory.from_config(config)
    present = MigrationContext.configure(connection).get_current_revision()
    if present == scripts.get_current_head():
        return
    if present is not None and present not in {script.revision for script in scripts.walk_revisions()}:
        raise OperatorError("the database was made by a later version of Storywire: install that one")
    command.upgrade(config, "head")


def _is_current(connection: Connection) -> bool:
    """Tell whether the tables are those of the last migration, by the number that its file begins with."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    last = max(path.name[:4] for path in (_SCRIPTS / "versions").glob("[0-9]*.py"))
    return connection.scalars(text("select version_num from alembic_version")).all() == [last]


def alembic_config(connection: Connection) -> Config:
    """Return what Alembic's commands (`upgrade`, `revision` …) need to work on a connection."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    # Alembic reads the value as a template.
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
