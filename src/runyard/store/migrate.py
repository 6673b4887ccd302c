"""Brings a database to the schema of this version; costs one SELECT when it has it already."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from runyard.domain.errors import Invalid
from runyard.store.database import Database, unavailable
from runyard.store.dialect import Dialect

HEAD = "0007"
"""The newest migration; a test compares it with the scripts."""

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x52554E59415244  # "RUNYARD": servers that start together migrate one after the other


def bring_up_to_date(database: Database) -> None:
    """Migrate in one transaction, or refuse (Invalid) a database of a newer version."""
    try:
        with database.writing.begin() as connection:
            if _version(connection) == HEAD:
                return
        with database.writing.begin() as connection:
            if database.dialect is Dialect.POSTGRESQL:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            version = _version(connection)
            if version != HEAD:
                _upgrade(connection, version)
    except DBAPIError as error:
        raise unavailable(error) from error


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar_one_or_none()
    return version


def _upgrade(connection: Connection, version: str | None) -> None:
    # Slow to import, and hardly ever needed.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if version is not None and version not in known:
        raise Invalid(
            f"This database was written by a newer Runyard (its schema is {version!r}).",
            hint="Upgrade Runyard, or use another data folder or database.",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
