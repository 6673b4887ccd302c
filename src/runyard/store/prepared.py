"""Hot statements: compiled once by SQLAlchemy, then run on the driver's own cursor.

What SQLAlchemy adds to each execution (cache key, context, result metadata) costs ten times what
SQLite needs for a statement of one row. Statements with bound values of plain types need none of
it: their text and the order of their values never change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runyard.store.dialect import errors_as_sqlalchemys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Executable

_compiled: dict[tuple[int, str], Prepared] = {}


class Prepared:
    """Text and parameters of one statement for one kind of database.

    Only for statements that live as long as the process, whose parameters and answers are
    numbers, text and NULL.
    """

    def __init__(self, statement: Executable, connection: Connection) -> None:
        self._statement = statement  # keeps its id from being given to another
        asked = _ask_nothing(statement, connection)
        compiled: Any = _compile(statement, connection, {"render_postcompile": True})
        self._text: str = compiled.string
        self._values = {name: v for name, v in compiled.params.items() if name not in asked}
        self._order: list[str] | None = compiled.positiontup

    def arguments(self, values: Mapping[str, Any]) -> tuple[str, Any]:
        """What the driver is given: the text, and the values as it wants them."""
        given = {**self._values, **values}
        if self._order is None:
            return self._text, given
        return self._text, tuple([given[name] for name in self._order])

    def run(self, connection: Connection, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """All rows of the answer; none for a statement that answers nothing.

        Raises DBAPIError, as SQLAlchemy would.
        """
        text, arguments = self.arguments(values)
        with errors_as_sqlalchemys(connection, text) as raw:
            cursor = raw.execute(text, arguments)
            return list(cursor.fetchall()) if cursor.description is not None else []


def _ask_nothing(statement: Executable, connection: Connection) -> set[str]:
    """The values that every execution must bring; SQLAlchemy would want them to render lists."""
    binds = _compile(statement, connection, {}).binds.values()
    asked = {bind.key for bind in binds if bind.required}
    for bind in binds:
        bind.required = False
    return asked


def _compile(statement: Any, connection: Connection, options: dict[str, Any]) -> Any:
    return statement.compile(dialect=connection.dialect, compile_kwargs=options)


def prepared(statement: Executable, connection: Connection) -> Prepared:
    """The statement compiled for this connection's database, from the second call on at once."""
    key = (id(statement), connection.dialect.name)
    found = _compiled.get(key)
    if found is None:
        found = _compiled[key] = Prepared(statement, connection)
    return found
