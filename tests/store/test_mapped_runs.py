"""Pages of mappings with their runs: order, filters, counts, in both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from runyard.domain.errors import Conflict
from runyard.domain.runs import Run
from runyard.domain.states import FINAL, RunStatus
from runyard.runtime.mappings import keeping
from runyard.store import Store, Tx, mapped_runs, mappings, runs
from runyard.store.mappings import Mapping
from tests.store.making import NOW, new_run


def made(number: int, *, run_id: str | None = None, parent: str = "even") -> Mapping:
    return Mapping(
        dialect="pixivtailor",
        kind="task",
        key=f"{number:08x}",
        parent=parent,
        run_id=run_id,
        value={"number": number},
        created_at=NOW + timedelta(seconds=number),
    )


async def fill(store: Store) -> list[Run]:
    """Three that have a run (queued, succeeded, failed), one without, one of another dialect."""
    stored = [
        new_run(),
        new_run(status=RunStatus.SUCCEEDED),
        new_run(status=RunStatus.FAILED),
    ]

    def change(tx: Tx) -> None:
        runs.insert(tx, stored)
        for number, run in enumerate(stored):
            parent = "odd" if number % 2 else "even"
            mappings.put(tx, made(number, run_id=run.id, parent=parent))
        mappings.put(tx, made(3, parent="odd"))
        mappings.put(tx, replace(made(9, run_id=stored[0].id), dialect="mirofish"))

    await store.write(change)
    return stored


async def numbers(store: Store, **wanted: object) -> tuple[list[int], int]:
    page, total = await store.read(
        lambda tx: mapped_runs.page(tx, "pixivtailor", "task", **wanted)  # type: ignore[arg-type]
    )
    return [one.mapping.value["number"] for one in page], total


async def test_newest_first_with_their_runs(store: Store) -> None:
    stored = await fill(store)
    page, total = await store.read(lambda tx: mapped_runs.page(tx, "pixivtailor", "task"))
    assert total == 4
    assert [one.run.id if one.run else None for one in page] == [
        None,
        stored[2].id,
        stored[1].id,
        stored[0].id,
    ]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"parent": "odd"}, ([3, 1], 2)),
        ({"statuses": (RunStatus.QUEUED,), "without_run": False}, ([0], 1)),
        ({"statuses": (RunStatus.FAILED,), "without_run": True}, ([3, 2], 2)),
        ({"statuses": tuple(FINAL), "without_run": False}, ([2, 1], 2)),
        ({"statuses": (), "without_run": False}, ([], 0)),
        ({"limit": 2}, ([3, 2], 4)),
        ({"limit": 2, "offset": 3}, ([0], 4)),
        ({"limit": 2, "offset": 2**50}, ([], 4)),
        ({"parent": "odd", "statuses": (RunStatus.SUCCEEDED,), "without_run": False}, ([1], 1)),
    ],
)
async def test_filters(
    store: Store, wanted: dict[str, object], found: tuple[list[int], int]
) -> None:
    await fill(store)
    assert await numbers(store, **wanted) == found


async def test_find(store: Store) -> None:
    stored = await fill(store)
    found = await store.read(lambda tx: mapped_runs.find(tx, "pixivtailor", "task", "00000001"))
    assert found is not None
    assert found.run is not None
    assert (found.run.id, found.mapping.value) == (stored[1].id, {"number": 1})
    assert await store.read(lambda tx: mapped_runs.find(tx, "pixivtailor", "task", "x")) is None


async def test_what_is_kept_beside_a_run_comes_and_fails_with_it(store: Store) -> None:
    run = new_run(idempotency_key="once")
    keep = keeping(made(5), made(6))

    def change(tx: Tx) -> None:
        for stored in runs.insert(tx, [run]):
            keep(tx, stored)

    await store.write(change)
    assert await numbers(store) == ([6, 5], 2)
    found = await store.read(lambda tx: mapped_runs.find(tx, "pixivtailor", "task", "00000005"))
    assert found is not None
    assert found.mapping.run_id == run.id

    def repeated(tx: Tx) -> None:
        keeping(made(7))(tx, run)
        runs.insert(tx, [new_run(idempotency_key="once")])

    with pytest.raises(Conflict):
        await store.write(repeated)
    assert await numbers(store) == ([6, 5], 2)
