"""The store as the runtime uses it: write, read, listen, close."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from runyard.domain.errors import StoreUnavailable
from runyard.store.database import READERS, Database
from runyard.store.migrate import bring_up_to_date
from runyard.store.writer import Listener, Writer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from runyard.store.dialect import Dialect
    from runyard.store.tx import Tx

T = TypeVar("T")


def open_store(url: str) -> Store:
    """Open the database at `url` (`sqlite:///file.db`, `postgresql://...`), migrating it first.

    Raises Invalid for a URL or a database that can't be used, StoreUnavailable when it does not
    answer.
    """
    database = Database(url)
    try:
        bring_up_to_date(database)
    except BaseException:
        database.close()
        raise
    return Store(database)


class Store:
    """One database, opened. Used from asyncio; all methods return at once or are awaitable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writer = Writer(database)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="runyard-reader")
        self._closed = False

    @property
    def dialect(self) -> Dialect:
        return self._database.dialect

    def write(self, change: Callable[[Tx], T]) -> Awaitable[T]:
        """Run `change` in the writer's next transaction; answered when that is durable.

        Changes are applied in the order of the calls, also when nobody awaits them, and other
        changes may share the transaction. `change` may be called more than once (each time on a
        fresh transaction), so it must not keep state. What it raises is raised here and leaves
        nothing behind; StoreUnavailable means that the database failed. After a COMMIT that
        failed it is not known whether the change is kept.
        """
        return self._writer.submit(change)

    def read(self, query: Callable[[Tx], T]) -> Awaitable[T]:
        """Run `query` on one consistent snapshot that holds every write answered before."""
        if self._closed:
            raise StoreUnavailable("The store is closed.")
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._readers, self._database.read, query)

    def listen(self, listener: Listener) -> None:
        """Call `listener` in the running loop with all changes of each commit, in commit order.

        It is called before the writers of those changes go on. It must be quick and not raise.
        """
        self._writer.listen(listener)

    def close(self) -> None:
        """Commit what was submitted, then disconnect. Can be called again."""
        if self._closed:
            return
        self._closed = True
        self._writer.close()
        self._readers.shutdown(wait=True)
        self._database.close()
