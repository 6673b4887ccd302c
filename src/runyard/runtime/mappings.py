"""Mappings: what a dialect remembers under its own ids, durable and without a state of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from runyard.domain.runs import Run
from runyard.domain.states import RunStatus
from runyard.runtime.clock import Clock
from runyard.store import Store, Tx, mapped_runs, mappings
from runyard.store.mapped_runs import Mapped
from runyard.store.mappings import Mapping

__all__ = ["Mapped", "Mapping", "Mappings", "keeping"]


def keeping(*kept: Mapping) -> Callable[[Tx, Run], None]:
    """For `Service.submit(beside=...)`: keep mappings whose run is the one that is stored."""

    def keep(tx: Tx, run: Run) -> None:
        for mapping in kept:
            mappings.put(tx, replace(mapping, run_id=run.id))

    return keep


class Mappings:
    """The rows of one store. `kind` keeps the different things of a dialect apart."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def get(self, dialect: str, kind: str, key: str) -> Mapping | None:
        return await self._store.read(lambda tx: mappings.get(tx, dialect, kind, key))

    async def of_run(self, dialect: str, kind: str, run_id: str) -> Mapping | None:
        """The newest one that this run stands behind."""
        return await self._store.read(lambda tx: mappings.of_run(tx, dialect, kind, run_id))

    async def listed(
        self,
        dialect: str,
        kind: str,
        *,
        parent: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Mapping]:
        """Newest first; all, or those of one parent."""
        return await self._store.read(
            lambda tx: mappings.listed(tx, dialect, kind, parent=parent, limit=limit, offset=offset)
        )

    async def count(self, dialect: str, kind: str, *, parent: str | None = None) -> int:
        return await self._store.read(lambda tx: mappings.count(tx, dialect, kind, parent=parent))

    async def add(
        self,
        dialect: str,
        kind: str,
        key: str,
        *,
        value: dict[str, Any],
        parent: str | None = None,
        run_id: str | None = None,
    ) -> Mapping | None:
        """A new one; None, and nothing changed, when the key is taken."""
        mapping = Mapping(
            dialect=dialect,
            kind=kind,
            key=key,
            parent=parent,
            run_id=run_id,
            value=value,
            created_at=self._clock.now(),
        )
        return mapping if await self._store.write(lambda tx: mappings.add(tx, mapping)) else None

    async def add_numbered(
        self, dialect: str, kind: str, *, value: dict[str, Any], parent: str | None = None
    ) -> Mapping:
        """A new one under the next number of its kind: "1", "2", "3" ..."""
        blank = Mapping(
            dialect=dialect,
            kind=kind,
            key="",
            parent=parent,
            value=value,
            created_at=self._clock.now(),
        )

        def change(tx: Tx) -> Mapping:
            number = mappings.next_number(tx, dialect, kind, at=blank.created_at)
            mapping = replace(blank, key=str(number))
            mappings.put(tx, mapping)
            return mapping

        return await self._store.write(change)

    async def find(self, dialect: str, kind: str, key: str) -> Mapped | None:
        """One, with the run that stands behind it."""
        return await self._store.read(lambda tx: mapped_runs.find(tx, dialect, kind, key))

    async def page(
        self,
        dialect: str,
        kind: str,
        *,
        parent: str | None = None,
        statuses: Sequence[RunStatus] | None = None,
        without_run: bool = True,
        limit: int | None = None,
        offset: int = 0,
    ) -> tuple[list[Mapped], int]:
        """Newest first, with their runs, and how many there are in all.

        `statuses` None: any; `without_run` says whether those without a run belong to them.
        """
        return await self._store.read(
            lambda tx: mapped_runs.page(
                tx,
                dialect,
                kind,
                parent=parent,
                statuses=statuses,
                without_run=without_run,
                limit=limit,
                offset=offset,
            )
        )

    async def put(self, mapping: Mapping) -> None:
        """Keep it, replacing what was kept under its key."""
        await self._store.write(lambda tx: mappings.put(tx, mapping))

    async def remove(self, dialect: str, kind: str, keys: Sequence[str]) -> int:
        """How many of them were there."""
        return await self._store.write(lambda tx: mappings.remove(tx, dialect, kind, keys))
