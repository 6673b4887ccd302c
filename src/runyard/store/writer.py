"""The one thread that writes: what has gathered becomes one transaction, answered after COMMIT."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from runyard.domain.errors import RunyardError, StoreUnavailable
from runyard.store.committed import Change, Committed, Part
from runyard.store.database import Database, unavailable
from runyard.store.dialect import Fault, sum_up
from runyard.store.tx import Tx

if TYPE_CHECKING:
    from sqlalchemy import Connection

MOST_IN_ONE_COMMIT = 512

T = TypeVar("T")
Listener = Callable[[Sequence[Change]], None]

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Job(Generic[T]):
    change: Callable[[Tx], T]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[T]
    value: T | None = None
    error: Exception | None = None


class _CommitFailed(Exception):
    """COMMIT itself failed: whether the changes are kept is not known, so nothing is run again."""

    def __init__(self, error: DBAPIError) -> None:
        super().__init__(str(error))
        self.error = error


class Writer:
    """Runs changes in the order in which they came.

    All changes that wait (at most 512) share a transaction. When one of them raises, the
    transaction is rolled back and each is run alone, so that only the guilty caller sees its error;
    a change must therefore be a function that can be called again. An error of the database itself
    is answered as StoreUnavailable, and the next transaction connects anew.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._connection: Connection | None = None
        self._listeners: list[tuple[asyncio.AbstractEventLoop, Listener]] = []
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="runyard-writer", daemon=True)
        self._thread.start()

    def submit(self, change: Callable[[Tx], T]) -> asyncio.Future[T]:
        """Queue a change; the future of the running loop is done after COMMIT."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        if self._closed:
            future.set_exception(StoreUnavailable("The store is closed."))
            return future
        self._jobs.put(_Job(change, loop, future))
        return future

    def listen(self, listener: Listener) -> None:
        self._listeners.append((asyncio.get_running_loop(), listener))

    def close(self) -> None:
        """Finish what was submitted, then let go of the database."""
        if self._closed:
            return
        self._closed = True
        self._jobs.put(None)
        self._thread.join()

    def _work(self) -> None:
        goes_on = True
        while goes_on:
            jobs, goes_on = self._gather()
            if not jobs:
                continue
            changes: list[Part] = []
            try:
                self._run(jobs, changes)
            except BaseException as error:  # noqa: BLE001 the thread must live, the callers must know
                _log.exception("the writer met an error that it doesn't know")
                for job in jobs:
                    job.error = StoreUnavailable(f"The store failed: {error!r}")
            self._answer(jobs, Committed(changes))
        self._disconnect()

    def _gather(self) -> tuple[list[_Job[Any]], bool]:
        """The jobs that wait now, at least one, and whether more may come."""
        job = self._jobs.get()
        jobs: list[_Job[Any]] = []
        while job is not None:
            jobs.append(job)
            if len(jobs) == MOST_IN_ONE_COMMIT:
                return jobs, True
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, True
        return jobs, False

    def _run(self, jobs: list[_Job[Any]], changes: list[Part], *, again: bool = False) -> None:
        try:
            self._together(jobs, changes)
        except _CommitFailed as failure:
            self._disconnect()
            _fail(jobs, unavailable(failure.error))
        except DBAPIError as error:
            self._run_after(error, jobs, changes, again=again)
        except Exception as error:  # noqa: BLE001 whatever a change raises is its caller's
            if len(jobs) == 1:
                jobs[0].error = error
            else:
                self._each_alone(jobs, changes)

    def _run_after(
        self, error: DBAPIError, jobs: list[_Job[Any]], changes: list[Part], *, again: bool
    ) -> None:
        fault = sum_up(error)
        if fault is Fault.LOST:
            self._disconnect()
            if not again:
                self._run(jobs, changes, again=True)
                return
        if fault in (Fault.LOST, Fault.BLOCKED):
            _fail(jobs, unavailable(error))
        elif len(jobs) > 1:
            self._each_alone(jobs, changes)
        else:
            jobs[0].error = unavailable(error) if fault is Fault.FULL else error

    def _each_alone(self, jobs: list[_Job[Any]], changes: list[Part]) -> None:
        for job in jobs:
            self._run([job], changes)

    def _together(self, jobs: list[_Job[Any]], changes: list[Part]) -> None:
        if self._connection is None:
            self._connection = self._database.writing.connect()
        connection = self._connection
        transaction = connection.begin()
        tx = Tx(connection, self._database.dialect, self._database.specs)
        try:
            for job in jobs:
                job.value = job.change(tx)
            tx.before_commit()
        except BaseException:
            self._roll_back(connection)
            raise
        try:
            transaction.commit()
        except DBAPIError as error:
            self._roll_back(connection)
            raise _CommitFailed(error) from error
        tx.after_commit()
        changes.extend(tx.changes)

    def _roll_back(self, connection: Connection) -> None:
        try:
            transaction = connection.get_transaction()
            if transaction is not None:
                transaction.rollback()
        except SQLAlchemyError:
            # A connection that can't even roll back is of no use; the database does it for us.
            self._disconnect()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.invalidate()
            connection.close()
        except SQLAlchemyError as error:
            _log.info("closing a broken connection: %s", error)

    def _answer(self, jobs: list[_Job[Any]], changes: Committed) -> None:
        """One call into each loop: first the callers are answered, then the listeners told."""
        loops = dict.fromkeys(job.loop for job in jobs)
        if changes:
            loops.update(dict.fromkeys(loop for loop, _ in self._listeners))
        for loop in loops:
            mine = [job for job in jobs if job.loop is loop]
            listeners = [listener for of, listener in self._listeners if of is loop]
            try:
                loop.call_soon_threadsafe(_deliver, mine, listeners if changes else [], changes)
            except RuntimeError:  # that loop is closed, nobody waits there any more
                self._listeners = [pair for pair in self._listeners if pair[0] is not loop]


def _fail(jobs: list[_Job[Any]], error: RunyardError) -> None:
    for job in jobs:
        job.error = error


def _deliver(jobs: list[_Job[Any]], listeners: list[Listener], changes: Sequence[Change]) -> None:
    for job in jobs:
        if job.future.done():  # the caller was cancelled; its change is kept all the same
            continue
        if job.error is None:
            job.future.set_result(job.value)
        else:
            job.future.set_exception(job.error)
    for listener in listeners:
        listener(changes)
