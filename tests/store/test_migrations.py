"""A database is brought to the schema of this version, quickly, once, or is refused."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from runyard.domain.errors import Invalid, StoreUnavailable
from runyard.store import Store, migrate, open_store
from runyard.store.database import Database
from runyard.store.partial_indexes import metadata


def test_the_migrations_build_the_schema(url: str) -> None:
    database = Database(url)
    with database.writing.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_the_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [migrate.HEAD]


def test_opening_an_up_to_date_database_does_not_load_alembic(url: str) -> None:
    program = (
        "import sys; from runyard.store import open_store; "
        "open_store(sys.argv[1]).close(); print('alembic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, url], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_a_database_of_a_newer_version_is_refused(url: str) -> None:
    database = Database(url)
    with database.writing.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'future'"))
    database.close()
    with pytest.raises(Invalid, match=r"newer Runyard.*future"):
        open_store(url)


async def test_two_that_open_an_empty_database_together(empty_url: str) -> None:
    stores: list[Store] = await asyncio.gather(
        *(asyncio.to_thread(open_store, empty_url) for _ in range(3))
    )
    database = Database(empty_url)
    with database.writing.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM feed")).scalar_one() == 1
    database.close()
    for store in stores:
        store.close()


@pytest.mark.parametrize("wrong", ["nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_a_wrong_url_is_refused(wrong: str) -> None:
    with pytest.raises(Invalid) as raised:
        open_store(wrong)
    assert raised.value.hint is not None


def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable) as raised:
        open_store(f"postgresql://nobody@/none?host={tmp_path}")
    assert raised.value.hint is not None


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "file.db"
    path.write_bytes(b"something else " * 1000)
    with pytest.raises(StoreUnavailable):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes().startswith(b"something else")
