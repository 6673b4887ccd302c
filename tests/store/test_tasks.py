"""Tasks: versions, edits that met another edit, renames and deletions that keep history."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from runyard.domain.errors import Conflict, NotFound, StaleEdit
from runyard.domain.tasks import Problem, Task
from runyard.store import Store, changes, tasks
from tests.store.making import NOW, SPEC, task_change


async def _save(store: Store, *contents: str, task_id: str = "hello") -> Task:
    for content in contents:
        task = await store.write(partial(tasks.save, change=task_change(task_id, content)))
    return task


async def test_every_content_is_a_version(store: Store) -> None:
    task = await _save(store, "one", "two", "one")
    assert (task.version, task.content_hash) == (3, "hash of one")
    assert await store.read(lambda tx: tasks.get(tx, "hello")) == task
    saved = await store.read(lambda tx: tasks.versions(tx, "hello"))
    assert [(one.version, one.content) for one in saved] == [(3, "one"), (2, "two"), (1, "one")]
    second = await store.read(lambda tx: tasks.version(tx, "hello", 2))
    assert (second.content, second.author, second.spec) == ("two", "ada", SPEC)
    with pytest.raises(NotFound):
        await store.read(lambda tx: tasks.version(tx, "hello", 4))


async def test_saving_the_same_again_changes_nothing(store: Store) -> None:
    first = await _save(store, "one")
    later = task_change("hello", "one", at=NOW + timedelta(hours=1))
    assert await store.write(lambda tx: tasks.save(tx, later)) == first
    assert await store.read(changes.newest) == first.seq


async def test_the_same_content_read_differently_is_no_new_version(store: Store) -> None:
    await _save(store, "one")
    problem = Problem(message="wrong", where="tool.runyard.timeout", line=3)
    spec = replace(SPEC, title="Another")
    change = task_change("hello", "one", spec=spec, problems=(problem,))
    task = await store.write(lambda tx: tasks.save(tx, change))
    assert (task.version, task.spec, task.problems) == (1, spec, (problem,))
    assert await store.read(lambda tx: tasks.get(tx, "hello")) == task


async def test_an_edit_of_an_older_content_is_refused(store: Store) -> None:
    await _save(store, "one", "two")
    for wrong in ("hash of one", ""):
        change = task_change("hello", "three", expected_hash=wrong)
        with pytest.raises(StaleEdit) as raised:
            await store.write(partial(tasks.save, change=change))
        assert raised.value.facts["content_hash"] == "hash of two"
    fine = task_change("hello", "three", expected_hash="hash of two")
    assert (await store.write(lambda tx: tasks.save(tx, fine))).version == 3
    new = task_change("new", expected_hash="")
    assert (await store.write(lambda tx: tasks.save(tx, new))).version == 1


async def test_pause_and_problems(store: Store) -> None:
    await _save(store, "one")
    paused = await store.write(
        lambda tx: tasks.update_state(tx, "hello", paused=True, pause_reason="holiday")
    )
    assert (paused.paused, paused.pause_reason) == (True, "holiday")
    problems = (Problem(message="broken"),)
    broken = await store.write(lambda tx: tasks.update_state(tx, "hello", problems=problems))
    assert (broken.paused, broken.problems) == (True, problems)
    assert (await _save(store, "two")).paused
    resumed = await store.write(lambda tx: tasks.update_state(tx, "hello", paused=False))
    assert (resumed.paused, resumed.pause_reason) == (False, None)
    again = await store.write(lambda tx: tasks.update_state(tx, "hello", paused=False))
    assert again == resumed
    with pytest.raises(NotFound):
        await store.write(lambda tx: tasks.update_state(tx, "nobody", paused=True))


async def test_a_deleted_task_keeps_its_history_and_can_come_back(store: Store) -> None:
    await _save(store, "one", "two")
    gone = await store.write(lambda tx: tasks.delete(tx, "hello", at=NOW))
    assert gone.deleted_at == NOW
    assert await store.read(lambda tx: tasks.get(tx, "hello")) is None
    assert await store.read(tasks.all) == []
    assert (await store.read(tasks.page)).items == ()
    with pytest.raises(NotFound):
        await store.write(lambda tx: tasks.delete(tx, "hello", at=NOW))
    back = await _save(store, "two")
    assert (back.version, back.deleted_at) == (3, None)
    assert len(await store.read(lambda tx: tasks.versions(tx, "hello"))) == 3


async def test_rename_takes_the_history_along(store: Store) -> None:
    await _save(store, "one", "two")
    renamed = await store.write(
        lambda tx: tasks.rename(tx, "hello", "hallo", at=NOW, path="hallo.py")
    )
    assert (renamed.id, renamed.version, renamed.path) == ("hallo", 2, "hallo.py")
    assert [task.id for task in await store.read(tasks.all)] == ["hallo"]
    for name in ("hello", "hallo"):
        saved = await store.read(partial(tasks.versions, task_id=name))
        assert [one.content for one in saved] == ["two", "one"]
    await _save(store, "other")
    with pytest.raises(Conflict):
        await store.write(lambda tx: tasks.rename(tx, "hello", "hallo", at=NOW))


async def test_rename_to_a_name_that_had_a_life(store: Store) -> None:
    await _save(store, "a", "b", task_id="former")
    await store.write(lambda tx: tasks.delete(tx, "former", at=NOW))
    await _save(store, "new")
    task = await store.write(lambda tx: tasks.rename(tx, "hello", "former", at=NOW))
    assert (task.version, task.deleted_at) == (3, None)
    saved = await store.read(lambda tx: tasks.versions(tx, "former"))
    assert [one.content for one in saved] == ["new", "b", "a"]


async def test_pages_of_tasks(store: Store) -> None:
    names = [f"task{number:02}" for number in range(7)]
    for name in names:
        await _save(store, "x", task_id=name)
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = await store.read(partial(tasks.page, text="ASK0", cursor=cursor, limit=3))
        found += [task.id for task in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == names
    assert (await store.read(lambda tx: tasks.page(tx, text="%"))).items == ()
