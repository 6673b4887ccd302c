"""Connections: one for the writer, a small pool for readers; durable, and on snapshots."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool, QueuePool

from runyard.domain.errors import Invalid, StoreUnavailable
from runyard.store.dialect import Dialect, Fault, errors_as_sqlalchemys, of_url, sum_up
from runyard.store.run_tally import RunTally
from runyard.store.specs import SpecCache
from runyard.store.tx import Tx

if TYPE_CHECKING:
    from collections.abc import Callable

READERS = 4
_BUSY_S = 5.0
_CONNECT_S = 5

T = TypeVar("T")


class Database:
    """The engines of one database. Reads may come from any thread, writes from one."""

    def __init__(self, url: str) -> None:
        self.url = _checked(url)
        self.dialect = of_url(self.url)
        self.specs = SpecCache()
        self.tally = RunTally()
        self.writing = _engine(self.url, self.dialect, reads_only=False)
        self.reading = _engine(self.url, self.dialect, reads_only=True)

    def read(self, query: Callable[[Tx], T]) -> T:
        """Run `query` on one snapshot; once more when only the connection was gone."""
        try:
            try:
                return self._read(query)
            except DBAPIError as error:
                if sum_up(error) is not Fault.LOST:
                    raise
                self.reading.dispose()
                return self._read(query)
        except DBAPIError as error:
            raise unavailable(error) from error

    def _read(self, query: Callable[[Tx], T]) -> T:
        with self.reading.connect() as connection:
            return query(Tx(connection, self.dialect, self.specs, self.tally))

    def close(self) -> None:
        self.reading.dispose()
        self.writing.dispose()


def unavailable(error: DBAPIError) -> StoreUnavailable:
    """The caller's error for a database that failed; hints at what to look at."""
    reason = str(error.orig).strip()
    match sum_up(error):
        case Fault.FULL:
            hint = "The disk or its quota is full; make room, nothing else is needed."
        case Fault.BLOCKED:
            hint = "Another program holds the database, or it is read-only."
        case Fault.LOST if isinstance(error.orig, sqlite3.Error):
            hint = "Is the file a whole database of Runyard, and may we read and write it?"
        case Fault.LOST:
            hint = "Is the database server running, and may we connect to it?"
        case Fault.OWN:
            hint = "This is a fault of Runyard; its log has the details."
    return StoreUnavailable(f"The database can't do it now: {reason}", hint=hint)


def _checked(text: str) -> URL:
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise Invalid(
            "This is not a database URL.",
            hint="Use sqlite:///file.db or postgresql://user@host/name.",
        ) from error
    backend = url.get_backend_name()
    if backend in {"postgres", "postgresql"}:
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise Invalid(f"No store on {backend!r}.", hint="Use SQLite or PostgreSQL.")
    if not url.database or url.database == ":memory:":
        raise Invalid("A store needs a file.", hint="Use sqlite:///file.db.")
    return url.set(drivername="sqlite+pysqlite")


def _engine(url: URL, dialect: Dialect, *, reads_only: bool) -> Engine:
    # The writer keeps its one connection itself.
    pool: dict[str, Any] = (
        {"poolclass": QueuePool, "pool_size": READERS, "max_overflow": READERS}
        if reads_only
        else {"poolclass": NullPool}
    )
    if dialect is Dialect.SQLITE:
        return _sqlite_engine(url, reads_only=reads_only, pool=pool)
    return create_engine(
        url,
        isolation_level="REPEATABLE READ" if reads_only else "READ COMMITTED",
        execution_options={"postgresql_readonly": reads_only},
        connect_args={
            "connect_timeout": _CONNECT_S,
            "application_name": "runyard",
            "keepalives_idle": 30,
            # What is answered is durable, also on a server that is set up for less.
            "options": f"{url.query.get('options', '')} -c synchronous_commit=on".strip(),
        },
        **pool,
    )


def _sqlite_engine(url: URL, *, reads_only: bool, pool: dict[str, Any]) -> Engine:
    if url.database is not None and not url.database.startswith("file:"):
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        connect_args={"timeout": _BUSY_S, "check_same_thread": False},
        **pool,
    )

    @event.listens_for(engine, "connect")
    def _set_up(raw: sqlite3.Connection, _record: object) -> None:
        # Transactions begin where we say, not where the driver guesses.
        raw.isolation_level = None
        for pragma in _pragmas(reads_only=reads_only):
            raw.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # IMMEDIATE: wait for another writer at the start, where waiting is possible.
        text = "BEGIN" if reads_only else "BEGIN IMMEDIATE"
        with errors_as_sqlalchemys(connection, text) as raw:
            raw.execute(text)

    return engine


def _pragmas(*, reads_only: bool) -> list[str]:
    if reads_only:
        return ["query_only = ON", "cache_size = -16384", "temp_store = MEMORY"]
    return [
        "journal_mode = WAL",
        "synchronous = FULL",
        "journal_size_limit = 67108864",
        "cache_size = -65536",
        "temp_store = MEMORY",
    ]
