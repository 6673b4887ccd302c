"""A catalog over a real SQLite store and a real folder."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runyard.domain.errors import Invalid
from runyard.runtime.catalog import Catalog
from runyard.store import Store, open_store


@dataclass
class Place:
    root: Path

    @property
    def tasks(self) -> Path:
        return self.root / "tasks"

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.tasks / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def read(self, name: str) -> str:
        return (self.tasks / name).read_text()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Catalog]:
        store = open_store(f"sqlite:///{self.root / 'runyard.db'}")
        try:
            yield await self.catalog(store)
        finally:
            store.close()

    async def catalog(self, store: Store) -> Catalog:
        catalog = Catalog(
            store=store,
            tasks_dir=self.tasks,
            versions_dir=self.root / "versions",
            check_config=check_config,
        )
        await catalog.open()
        return catalog

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Catalog]:
        """A catalog that follows its folder."""
        async with self.open() as catalog:
            following = asyncio.create_task(catalog.run())
            try:
                yield catalog
            finally:
                following.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await following


def check_config(executor: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Stands for an executor `crawl` that wants a `url`."""
    if "url" not in config:
        raise Invalid(f"{executor} needs a url", problems=[{"where": "url", "message": "missing"}])
    return {"depth": 1, **config}


async def contents(catalog: Catalog, task_id: str) -> list[tuple[int, str, str]]:
    """(version, author, content), oldest first."""
    return [(v.version, v.author, v.content) for v in reversed(await catalog.versions(task_id))]
