"""The partial indexes of `schema`, for whoever needs the whole: nothing at run time does.

Naming a PostgreSQL option makes SQLAlchemy load that dialect with all its drivers, which costs a
server on SQLite a tenth of its start.
"""

from __future__ import annotations

from sqlalchemy import Index, text

from runyard.store.schema import metadata, runs

__all__ = ["metadata"]


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> None:
    Index(
        name,
        *(runs.c[column] for column in columns),
        unique=unique,
        sqlite_where=text(where),
        postgresql_where=text(where),
    )


_partial("runs_project", "project", "id", where="project IS NOT NULL")
# Where the queue is the executor's own, the index of queues serves both.
_partial("runs_executor", "executor", "id", where="executor <> queue")
_partial("runs_idempotency", "idempotency_key", where="idempotency_key IS NOT NULL", unique=True)
