"""Everything in which SQLite and PostgreSQL differ, one function for each difference."""

from __future__ import annotations

import itertools
import sqlite3
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, assert_never

import orjson
from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Subquery,
    Table,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.exc import DBAPIError

from runyard.store.encoding import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.engine import URL
    from sqlalchemy.types import TypeEngine

BATCH = "batch"
_COPY_FROM = 200  # rows; below, COPY's round trips cost more than they save
_ALIKE_FROM = 32  # rows; below, to look for what they have in common is not worth it
_FEW_VARY = 0.25  # of the columns; with more, to bind them all takes no longer
_NUL = "\\u0000"  # as JSON has it: SQLite ends a text there


class Dialect(StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


class Fault(StrEnum):
    """Why a statement failed, as far as the writer must know."""

    OWN = "own"  # the change's own fault: a constraint, a bug
    FULL = "full"  # no room for this change; a smaller one may fit
    BLOCKED = "blocked"  # nobody can write now: locked, read-only, damaged
    LOST = "lost"  # the connection is gone


def of_url(url: URL) -> Dialect:
    return Dialect(url.get_backend_name())


def insert_or_ignore(dialect: Dialect, table: Table) -> Any:
    """An INSERT that leaves rows alone that are there already."""
    return _insert_into(dialect, table).on_conflict_do_nothing()


def upsert(dialect: Dialect, table: Table) -> Any:
    """An INSERT that overwrites the row with the same primary key; values come at execution."""
    statement = _insert_into(dialect, table)
    keys = [column.name for column in table.primary_key]
    others = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=others)


def _insert_into(dialect: Dialect, table: Table) -> Any:
    # Each package imports all its drivers: only that of the database in use is loaded.
    match dialect:
        case Dialect.SQLITE:
            from sqlalchemy.dialects import sqlite  # noqa: PLC0415

            return sqlite.insert(table)
        case Dialect.POSTGRESQL:
            from sqlalchemy.dialects import postgresql  # noqa: PLC0415

            return postgresql.insert(table)
        case _:
            assert_never(dialect)


def batch(dialect: Dialect, **columns: TypeEngine[Any]) -> Subquery:
    """Rows as one parameter: the JSON text of an array of arrays, bound as `batch`.

    One statement text serves batches of every size, so it is prepared once.
    """
    rows: Any
    match dialect:
        case Dialect.SQLITE:
            rows = func.json_each(bindparam(BATCH, type_=Text())).table_valued("value", name="rows")
            picked = [
                func.json_extract(rows.c.value, f"$[{place}]", type_=kind).label(name)
                for place, (name, kind) in enumerate(columns.items())
            ]
        case Dialect.POSTGRESQL:
            array = cast(bindparam(BATCH, type_=Text()), JSON())
            rows = func.json_array_elements(array).table_valued("value", name="rows")
            picked = [
                cast(rows.c.value.op("->>")(place), kind).label(name)
                for place, (name, kind) in enumerate(columns.items())
            ]
        case _:
            assert_never(dialect)
    return select(*picked).select_from(rows).subquery("batch")


def aside(dialect: Dialect, column: Column[Any]) -> ColumnElement[Any]:
    """The column for a condition that must not choose the index."""
    match dialect:
        case Dialect.SQLITE:
            # Unary plus: https://www.sqlite.org/optoverview.html#disqualifying_where_clause_terms
            return literal_column(f"+{column.table.name}.{column.name}", column.type)
        case Dialect.POSTGRESQL:
            return column  # has statistics, and chooses by them
        case _:
            assert_never(dialect)


def has_text(dialect: Dialect, column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Whether the column has the text in it, whatever the case of its (ASCII) letters."""
    match dialect:
        case Dialect.SQLITE:
            return column.contains(text, autoescape=True)  # its LIKE is as we want it
        case Dialect.POSTGRESQL:
            return column.icontains(text, autoescape=True)
        case _:
            assert_never(dialect)


def guard(dialect: Dialect, column: Column[Any]) -> ColumnElement[Any]:
    """The column for a condition on rows that must be found by their key, whatever is guessed."""
    match dialect:
        case Dialect.SQLITE:
            return aside(dialect, column)
        case Dialect.POSTGRESQL:
            return column + ""  # no index has this expression; statistics age, plans are kept
        case _:
            assert_never(dialect)


def insert_rows(
    connection: Connection, dialect: Dialect, table: Table, rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert complete rows, in the order of the table's columns, as fast as the database can."""
    match dialect:
        case Dialect.SQLITE:
            if len(rows) >= _ALIKE_FROM and _insert_by_columns(connection, table, rows):
                return
            # SQLAlchemy's way there costs more than the insert of a few rows.
            with errors_as_sqlalchemys(connection, text := _insert(table, "?")) as raw:
                raw.executemany(text, rows)
        case Dialect.POSTGRESQL if len(rows) < _COPY_FROM:
            connection.exec_driver_sql(_insert(table, "%s"), list(rows))
        case Dialect.POSTGRESQL:
            _copy(connection, f"COPY {table.name} ({_names(table)}) FROM STDIN", rows)
        case _:
            assert_never(dialect)


def _insert_by_columns(
    connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]
) -> bool:
    """Bind what all rows have in common once; False: nothing was done, JSON can't hold the rest."""
    columns = list(zip(*rows, strict=True))
    varying = {
        column.name: values
        for column, values in zip(table.columns, columns, strict=True)
        if values.count(values[0]) < len(values)
    }
    if not varying or len(varying) > _FEW_VARY * len(columns):
        return False
    try:
        text = orjson.dumps(list(zip(*varying.values(), strict=True))).decode()
    except TypeError:
        return False
    if _NUL in text:
        return False
    _insert_from_json(connection, table, model=rows[0], names=list(varying), rows=text)
    return True


def _insert_from_json(
    connection: Connection, table: Table, *, model: Sequence[Any], names: Sequence[str], rows: str
) -> None:
    """SQLite: insert rows like `model`, but for the columns `names`, which `rows` has as JSON."""
    places = {name: place for place, name in enumerate(names)}
    every = [column.name for column in table.columns]
    picked = ", ".join(
        f"json_extract(value, '$[{places[name]}]')" if name in places else "?" for name in every
    )
    same = [value for name, value in zip(every, model, strict=True) if name not in places]
    into = f"INSERT INTO {table.name} ({', '.join(every)})"
    text = f"{into} SELECT {picked} FROM json_each(?)"  # noqa: S608 our own names
    with errors_as_sqlalchemys(connection, text) as raw:
        raw.execute(text, (*same, rows))


@cache
def _insert(table: Table, mark: str) -> str:
    marks = ", ".join([mark] * len(table.columns))
    return f"INSERT INTO {table.name} ({_names(table)}) VALUES ({marks})"  # noqa: S608 our own names


def _names(table: Table) -> str:
    return ", ".join(column.name for column in table.columns)


def insert_alike(
    connection: Connection,
    dialect: Dialect,
    table: Table,
    *,
    model: Sequence[Any],
    varying: Mapping[str, Sequence[Any]],
) -> None:
    """Insert rows that are like `model`, in the order of the table's columns, but for `varying`.

    What varies is given by column, one value of plain JSON for each row. As fast as the database
    can: where most columns do not vary, binding each value of each row is the larger part of
    inserting it.
    """
    match dialect:
        case Dialect.SQLITE:
            rows = to_json(list(zip(*varying.values(), strict=True)))
            _insert_from_json(connection, table, model=model, names=list(varying), rows=rows)
        case Dialect.POSTGRESQL:
            count = len(next(iter(varying.values())))
            columns = [
                varying[column.name] if column.name in varying else itertools.repeat(value, count)
                for column, value in zip(table.columns, model, strict=True)
            ]
            insert_rows(connection, dialect, table, list(zip(*columns, strict=True)))
        case _:
            assert_never(dialect)


def _copy(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    with (
        errors_as_sqlalchemys(connection, statement) as raw,
        raw.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for row in rows:
            copy.write_row(row)


class errors_as_sqlalchemys:  # noqa: N801 - reads as what it does
    """The driver's own connection; its errors become what SQLAlchemy makes of them.

    A class, because a generator would cost more than a statement of one row.
    """

    __slots__ = ("_connection", "_text")

    def __init__(self, connection: Connection, text: str) -> None:
        self._connection = connection
        self._text = text

    def __enter__(self) -> Any:
        return self._connection.connection.driver_connection

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is None:
            return
        dialect: Any = self._connection.dialect
        known = dialect.loaded_dbapi.Error
        if isinstance(error, known):
            raw = self._connection.connection.driver_connection
            raise DBAPIError.instance(
                self._text,
                None,
                error,
                known,
                connection_invalidated=dialect.is_disconnect(error, raw, None),
                dialect=dialect,
            ) from error


def sum_up(error: DBAPIError) -> Fault:
    """What a database error means for the writer."""
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return _sqlite_fault(cause)
    state = getattr(cause, "sqlstate", None)
    if error.connection_invalidated or state is None:
        return Fault.LOST
    return _postgresql_fault(state)


def _sqlite_fault(cause: sqlite3.Error) -> Fault:
    match getattr(cause, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return Fault.FULL
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED | sqlite3.SQLITE_READONLY:
            return Fault.BLOCKED
        case (
            sqlite3.SQLITE_IOERR
            | sqlite3.SQLITE_CANTOPEN
            | sqlite3.SQLITE_CORRUPT
            | sqlite3.SQLITE_NOTADB
        ):
            return Fault.LOST
        case _:
            return Fault.OWN


def _postgresql_fault(state: str) -> Fault:
    match state[:2]:
        case "08" | "57" | "58":  # connection, operator intervention, system error
            return Fault.LOST
        case "53":  # insufficient resources: disk full, out of memory
            return Fault.FULL
        case "25" | "55":  # read-only transaction, lock not available
            return Fault.BLOCKED
        case _:
            return Fault.OWN
