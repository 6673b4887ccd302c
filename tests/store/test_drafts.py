"""Contents of draft runs: kept with their runs, and no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runyard.domain.states import RunStatus
from runyard.store import drafts, runs
from tests.store.making import NOW, new_run

if TYPE_CHECKING:
    from runyard.store import Store, Tx


async def test_a_draft_run_is_read_back_with_what_it_executes(store: Store) -> None:
    run = new_run(task_version=None, draft="abc")
    (stored,) = await store.write(lambda tx: runs.insert(tx, [run]))
    found = await store.read(lambda tx: runs.get(tx, run.id))
    assert found == stored
    assert found is not None
    assert (found.draft, found.task_version) == ("abc", None)
    ordinary = new_run()
    await store.write(lambda tx: runs.insert_alike(tx, ordinary, [ordinary.id], [{}]))
    again = await store.read(lambda tx: runs.get(tx, ordinary.id))
    assert again is not None
    assert again.draft is None


async def test_a_content_is_kept_once_and_as_it_was(store: Store) -> None:
    text = "print('ü\U0001f600')\r\n\t# \\ % {} ' \"\n"
    await store.write(lambda tx: drafts.keep(tx, "abc", text, at=NOW))
    await store.write(lambda tx: drafts.keep(tx, "abc", "never kept", at=NOW))
    assert await store.read(lambda tx: drafts.content(tx, "abc")) == text
    assert await store.read(lambda tx: drafts.content(tx, "other")) is None
    assert await store.read(lambda tx: drafts.contents(tx, ["abc", "other"])) == {"abc": text}


async def test_contents_go_with_the_last_run_that_has_them(store: Store) -> None:
    waiting = new_run(draft="needed")
    over = new_run(draft="kept", status=RunStatus.SUCCEEDED)
    plain = new_run()

    def write(tx: Tx) -> None:
        runs.insert(tx, [waiting, over, plain])
        for digest in ("needed", "kept", "unused", "unused too"):
            drafts.keep(tx, digest, f"# {digest}", at=NOW)

    await store.write(write)
    assert await store.read(drafts.live_hashes) == {"needed"}
    assert await store.write(drafts.forget_unused) == 2
    assert await store.read(drafts.hashes) == {"needed", "kept"}
    assert await store.write(drafts.forget_unused) == 0


async def test_many_contents_are_read_in_parts(store: Store) -> None:
    def write(tx: Tx) -> None:
        for number in range(250):
            drafts.keep(tx, f"hash{number}", f"{number}", at=NOW)

    await store.write(write)
    found = await store.read(lambda tx: drafts.contents(tx, drafts.hashes(tx)))
    assert found == {f"hash{number}": str(number) for number in range(250)}
