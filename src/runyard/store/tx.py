"""One transaction as the store's functions see it: statements, feed numbers, changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import Connection, CursorResult, Executable, bindparam, select, update

from runyard.store.committed import AlikeRuns, Change, Kind, Part
from runyard.store.dialect import BATCH, Dialect
from runyard.store.encoding import to_json
from runyard.store.prepared import prepared
from runyard.store.schema import feed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runyard.domain.runs import Run
    from runyard.domain.schedules.model import Schedule
    from runyard.domain.tasks import Queue, Task
    from runyard.store.run_tally import RunTally
    from runyard.store.specs import SpecCache

__all__ = ["Change", "Kind", "Tx"]

Rows: TypeAlias = "CursorResult[*tuple[Any, ...]]"

_FEED = select(feed.c.seq).where(feed.c.id == 1)
_LOCKED_FEED = _FEED.with_for_update()  # SQLite leaves FOR UPDATE out: its writer is alone anyway
_SET_FEED = update(feed).where(feed.c.id == 1).values(seq=bindparam("new_seq"))


class Tx:
    """A transaction. Functions take it first; it is only valid until they return."""

    def __init__(
        self,
        connection: Connection,
        dialect: Dialect,
        specs: SpecCache,
        tally: RunTally | None = None,
    ) -> None:
        self.connection = connection
        self.dialect = dialect
        self.specs = specs
        self.tally = tally  # None: this one writes
        self.changes: list[Part] = []
        self.new_specs: set[str] = set()
        self._seq: int | None = None

    def execute(self, statement: Executable, values: Any = None) -> Rows:
        result: Rows = self.connection.execute(statement, values)
        return result

    def hot(self, statement: Executable, **values: Any) -> list[tuple[Any, ...]]:
        """Run a statement that lives as long as the process, by the short way (`prepared`)."""
        return prepared(statement, self.connection).run(self.connection, values)

    def execute_batch(
        self, statement: Executable, rows: Sequence[Sequence[Any]], **values: Any
    ) -> list[tuple[Any, ...]]:
        """Run a statement made over `dialect.batch` with these rows."""
        return self.hot(statement, **{BATCH: to_json(rows)}, **values)

    def numbers(self, count: int) -> range:
        """The next `count` numbers of the change feed.

        The first call locks the feed until the commit, so that numbers become visible in order,
        also with two servers. A transaction that is rolled back gives its numbers back.
        """
        if self._seq is None:
            self._seq = int(self.hot(_LOCKED_FEED)[0][0])
        start = self._seq + 1
        self._seq += count
        return range(start, start + count)

    def changed(self, kind: Kind, thing: Run | Task | Queue | Schedule) -> None:
        """Tell the listeners after the commit; `thing.seq` comes from `numbers`."""
        self.changes.append(Change(seq=thing.seq, kind=kind, object=thing))

    def submitted(self, new: AlikeRuns) -> None:
        """As `changed` for each of these runs."""
        self.changes.append(new)

    def before_commit(self) -> None:
        if self._seq is not None:
            self.hot(_SET_FEED, new_seq=self._seq)

    def after_commit(self) -> None:
        self.specs.stored(self.new_specs)
