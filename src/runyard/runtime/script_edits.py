"""Edits of scripts over the API: the file first, in one step, then the version; neither is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from runyard.definitions.source import content_hash, encode_source
from runyard.definitions.task_ids import check_task_id
from runyard.domain.errors import Conflict, Invalid, StaleEdit
from runyard.domain.tasks import Task, TaskSource
from runyard.runtime.clock import Clock
from runyard.runtime.folder import SUFFIX, Folder
from runyard.runtime.folder_sync import FILE_AUTHOR, FolderSync
from runyard.runtime.intents import Intent, Intents
from runyard.runtime.task_index import TaskIndex
from runyard.store import Store, Tx, tasks
from runyard.store.tasks import TaskChange


class ScriptEdits:
    """Every method must be called with the lane held.

    The order is: look at the file (its unseen edits become versions), note the intent, change the
    file, save the version. A server that is killed in between finds the rest in `recover`.
    """

    def __init__(
        self,
        *,
        store: Store,
        folder: Folder,
        sync: FolderSync,
        index: TaskIndex,
        intents: Intents,
        clock: Clock,
    ) -> None:
        self._store = store
        self._folder = folder
        self._sync = sync
        self._index = index
        self._intents = intents
        self._clock = clock

    async def create(self, task_id: str, content: str, *, author: str, message: str) -> Task:
        name = _file_id(task_id)
        data = encode_source(content)
        await self._sync.look_at(name)
        if self._index.get(name) is not None:
            raise Conflict(f"there is a task {name!r} already", task_id=name)
        change = self._sync.change(name, content, author=author, message=message)
        await self._note(change)
        try:
            await asyncio.to_thread(self._folder.add, name, data)
        except Conflict:
            self._intents.forget(name)
            raise
        return await self._sync.save([change])

    async def update(
        self,
        task_id: str,
        content: str,
        *,
        expected_hash: str | None,
        author: str,
        message: str,
    ) -> Task:
        return await self.edit(
            task_id, lambda _: content, expected_hash=expected_hash, author=author, message=message
        )

    async def edit(
        self,
        task_id: str,
        revise: Callable[[str], str],
        *,
        expected_hash: str | None,
        author: str,
        message: str,
    ) -> Task:
        """Replace the content by what `revise` makes of the newest one. Raises StaleEdit."""
        await self._sync.look_at(task_id)
        task = self._index.find(task_id)
        if expected_hash is not None and expected_hash != task.content_hash:
            raise _stale(task)
        newest = await self._store.read(lambda tx: tasks.version(tx, task_id, task.version))
        content = revise(newest.content)
        data = encode_source(content)
        change = self._sync.change(task_id, content, author=author, message=message)
        if change.content_hash == task.content_hash and task.problems == change.problems:
            return task
        await self._note(change)
        former = await asyncio.to_thread(self._folder.swap, task_id, data)
        return await self._settle(task, change, former, is_checked=expected_hash is not None)

    async def _settle(
        self, task: Task, change: TaskChange, former: Path, *, is_checked: bool
    ) -> Task:
        """The file is changed: keep what it held if nobody had seen that, then save the version."""
        content = await asyncio.to_thread(self._folder.former_content, former)
        changes = [change]
        if content is not None and content_hash(content) != task.content_hash:
            if is_checked:  # somebody saved the file since the look
                await asyncio.to_thread(self._folder.swap_back, task.id, former)
                self._intents.forget(task.id)
                await self._sync.look_at(task.id)
                raise _stale(self._index.find(task.id))
            unseen = self._sync.change(task.id, content, author=FILE_AUTHOR, message="")
            changes = [unseen, change]
        saved = await self._sync.save(changes)
        await asyncio.to_thread(self._folder.settle, former)
        return saved

    async def rename(self, task_id: str, new_id: str, *, author: str) -> Task:
        name = _file_id(new_id)
        await self._sync.look_at(task_id)
        self._index.find(task_id)
        if self._index.get(name) is not None:
            raise Conflict(f"there is a task {name!r} already", task_id=name)
        await self._intents.note(task_id, Intent(author=author, new_id=name))
        await asyncio.to_thread(self._folder.rename, task_id, name)
        return await self._rename_stored(task_id, name, author=author)

    async def _rename_stored(self, task_id: str, new_id: str, *, author: str) -> Task:
        at = self._clock.now()

        def write(tx: Tx) -> None:
            path = f"{new_id}{SUFFIX}"
            tasks.rename(tx, task_id, new_id, at=at, path=path, author=author)
            self._intents.drop(tx, task_id)

        await self._store.write(write)
        self._intents.forget(task_id)
        await self._index.reload_hashes()
        self._sync.forget(task_id)
        self._sync.forget(new_id)
        await self._sync.look_at(new_id)  # a title that was the name follows it
        return self._index.find(new_id)

    async def delete(self, task_id: str) -> None:
        await self._sync.look_at(task_id)
        self._index.find(task_id)
        await asyncio.to_thread(self._folder.remove, task_id)
        await self._sync.look_at(task_id)

    async def recover(self) -> None:
        """Finish what a killed server began. Call before the first look."""
        for task_id, intent in self._intents.all().items():
            if intent.new_id and await self._is_renamed(task_id, intent.new_id):
                await self._rename_stored(task_id, intent.new_id, author=intent.author)
        for leftover in await asyncio.to_thread(self._folder.leftovers):
            if leftover.content is not None:
                await self._keep_unseen(leftover.task_id, leftover.content)
            await asyncio.to_thread(self._folder.settle, leftover.path)

    async def _is_renamed(self, task_id: str, new_id: str) -> bool:
        task = self._index.get(task_id)
        if task is None or task.source is not TaskSource.FILE or self._index.get(new_id):
            return False
        old = await asyncio.to_thread(self._folder.signature, task_id)
        new = await asyncio.to_thread(self._folder.signature, new_id)
        return old is None and new is not None

    async def _keep_unseen(self, task_id: str, content: str) -> None:
        """What stood in a file when an edit replaced it, unless it is a version already."""
        task = self._index.get(task_id)
        intent = self._intents.get(task_id)
        known = {
            digest for (name, _), digest in self._index.hashes().items() if name == task_id
        } | ({intent.content_hash} if intent is not None else set())
        if task is None or task.source is not TaskSource.FILE or content_hash(content) in known:
            return
        await self._sync.save([self._sync.change(task_id, content, author=FILE_AUTHOR, message="")])

    async def _note(self, change: TaskChange) -> None:
        intent = Intent(
            author=change.author, message=change.message, content_hash=change.content_hash
        )
        await self._intents.note(change.id, intent)


def _file_id(text: str) -> str:
    name = check_task_id(text)
    if name.startswith("_"):
        raise Invalid(f"{name!r} can't be a script's name: files that start with '_' are not tasks")
    return name


def _stale(task: Task) -> StaleEdit:
    return StaleEdit(
        f"task {task.id!r} was changed meanwhile",
        hint="read it again and repeat the edit",
        task_id=task.id,
        content_hash=task.content_hash,
    )
