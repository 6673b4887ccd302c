"""When the database fails, callers are told, and the store goes on once the cause is gone."""

from __future__ import annotations

import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from runyard.domain.errors import StoreUnavailable
from runyard.store import Store, Tx, open_store, runs, settings
from runyard.store import database as database_module
from tests.store.making import new_run
from tests.support.postgres import Cluster
from tests.support.waiting import eventually_async

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL that the test may stop."""
    own = Cluster()
    yield own
    own.remove()


async def _writes_again(store: Store) -> bool:
    try:
        await store.write(lambda tx: settings.put(tx, "again", 1))
    except StoreUnavailable as error:
        raise AssertionError(str(error)) from error
    return True


async def test_postgresql_stops_and_comes_back(cluster: Cluster) -> None:
    store = open_store(cluster.new_database())
    (run,) = await store.write(lambda tx: runs.insert(tx, [new_run()]))
    assert await store.read(lambda tx: runs.get(tx, run.id)) == run
    cluster.stop()
    with pytest.raises(StoreUnavailable) as raised:
        await store.write(lambda tx: runs.insert(tx, [new_run()]))
    assert raised.value.hint is not None
    with pytest.raises(StoreUnavailable):
        await store.read(lambda tx: runs.get(tx, run.id))
    cluster.start()
    assert await eventually_async(lambda: _writes_again(store))
    assert await store.read(lambda tx: runs.get(tx, run.id)) == run
    store.close()


async def test_a_connection_that_was_cut_is_made_anew_unnoticed(postgres: Cluster) -> None:
    url = postgres.new_database()
    store = open_store(url)
    await store.write(lambda tx: settings.put(tx, "n", 1))
    await store.read(lambda tx: settings.get(tx, "n"))
    name = url.split("/")[3].split("?")[0]
    postgres.execute(
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"
    )
    await store.write(lambda tx: settings.put(tx, "n", 2))
    assert await store.read(lambda tx: settings.get(tx, "n")) == 2
    store.close()


async def test_a_commit_of_unknown_outcome_is_not_repeated(postgres: Cluster) -> None:
    """The connection goes at COMMIT: the change may be kept, so it must not run again."""
    url = postgres.new_database()
    store = open_store(url)
    calls = []

    def change(tx: Tx) -> None:
        calls.append(tx)
        settings.put(tx, "n", 1)

    @event.listens_for(store._database.writing, "commit")
    def _cut(connection: object) -> None:
        pid = connection.connection.driver_connection.info.backend_pid  # type: ignore[attr-defined]
        postgres.execute(f"SELECT pg_terminate_backend({pid}, 5000)")

    with pytest.raises(StoreUnavailable):
        await store.write(change)
    assert len(calls) == 1
    event.remove(store._database.writing, "commit", _cut)
    assert await _writes_again(store)
    store.close()


async def test_a_full_disk(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "store.db"
    shutil.copyfile(sqlite_template, path)
    store = open_store(f"sqlite:///{path}")
    (run,) = await store.write(lambda tx: runs.insert(tx, [new_run()]))

    def limit(pages: int) -> None:
        # The writer's own connection has the limit, as a full disk would have.
        connection = store._writer._connection
        assert connection is not None
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute(f"PRAGMA max_page_count = {pages}").close()

    pages = await store.read(
        lambda tx: tx.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    )
    limit(pages + 4)
    big = [new_run(params={"fill": "x" * 1000}) for _ in range(500)]
    with pytest.raises(StoreUnavailable, match="full") as raised:
        await store.write(lambda tx: runs.insert(tx, big))
    assert "disk" in str(raised.value.hint)
    # What is small still fits, and nothing of what did not fit is there.
    assert await _writes_again(store)
    assert await store.read(runs.newest_id) == run.id
    limit(1_000_000)
    assert len(await store.write(lambda tx: runs.insert(tx, big))) == 500
    store.close()
    with sqlite3.connect(path) as check:
        assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    check.close()


async def test_another_program_holds_the_database(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "_BUSY_S", 0.05)
    path = tmp_path / "store.db"
    shutil.copyfile(sqlite_template, path)
    store = open_store(f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked") as raised:
        await store.write(lambda tx: settings.put(tx, "n", 1))
    assert "Another program" in str(raised.value.hint)
    assert await store.read(lambda tx: settings.get(tx, "n")) is None
    other.execute("ROLLBACK")
    other.close()
    assert await _writes_again(store)
    store.close()
