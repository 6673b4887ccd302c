"""The catalog of tasks: scripts of the tasks folder and typed tasks, each with its versions."""

from __future__ import annotations

import asyncio
import difflib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from runyard.definitions import editing
from runyard.definitions.script import read_script
from runyard.definitions.task_ids import check_task_id
from runyard.domain.errors import Conflict, Invalid, NotFound, RunyardError
from runyard.domain.tasks import Problem, Task, TaskSource, TaskSpec, TaskVersion
from runyard.runtime.clock import Clock, SystemClock
from runyard.runtime.folder import Folder
from runyard.runtime.folder_sync import FolderSync
from runyard.runtime.folder_watch import looks
from runyard.runtime.frozen import FrozenContents
from runyard.runtime.intents import Intents
from runyard.runtime.script_edits import ScriptEdits
from runyard.runtime.task_index import TaskIndex
from runyard.runtime.typed_tasks import TypedTasks
from runyard.store import Store, tasks

log = logging.getLogger("runyard.catalog")

_LOOK_AGAIN_S = 0.3
_STORE_RETRY_S = 1.0


class Catalog:
    """Every face's way to tasks. A change that was answered is durable, in the file and the store.

    Edits over the API and in the folder may come at the same time: each content that stood in a
    file becomes a version, and `expected_hash` (the content's hash that the editor saw) protects an
    edit against the others with StaleEdit. `check_config` answers the checked configuration of an
    executor, or raises.
    """

    def __init__(
        self,
        *,
        store: Store,
        tasks_dir: Path,
        versions_dir: Path,
        clock: Clock | None = None,
        check_config: Callable[[str, Mapping[str, Any]], dict[str, Any]] | None = None,
    ) -> None:
        self._store = store
        self._clock = clock or SystemClock()
        self._folder = Folder(tasks_dir)
        self._frozen = FrozenContents(versions_dir)
        self._index = TaskIndex(store)
        self._intents = Intents(store)
        self._lane = asyncio.Lock()  # one look or one edit at a time
        self._sync = FolderSync(
            store=store,
            folder=self._folder,
            frozen=self._frozen,
            index=self._index,
            intents=self._intents,
            clock=self._clock,
        )
        self._scripts = ScriptEdits(
            store=store,
            folder=self._folder,
            sync=self._sync,
            index=self._index,
            intents=self._intents,
            clock=self._clock,
        )
        self._typed = TypedTasks(
            store=store, index=self._index, clock=self._clock, check_config=check_config
        )

    async def open(self) -> None:
        """Finish what a killed server began, then take over what the folder holds."""
        async with self._lane:
            await asyncio.to_thread(self._folder.create)
            await self._index.open()
            await self._intents.open()
            await self._restore_frozen(await asyncio.to_thread(self._frozen.open))
            await self._scripts.recover()
            await self._sync.open()
            await self._intents.clear()

    async def run(self) -> None:
        """Follow the folder, for ever. A change is taken over well within a second."""
        async for _ in looks(self._folder.path):
            while not await self._look():  # noqa: ASYNC110 - a disk sets no event
                await asyncio.sleep(_LOOK_AGAIN_S)

    async def refresh(self) -> None:
        """Take over now what the folder holds."""
        async with self._lane:
            await self._sync.look(is_certain=True)

    async def _look(self) -> bool:
        async with self._lane:
            try:
                return await self._sync.look()
            except RunyardError as error:
                log.warning("can't take over the tasks folder, trying again: %s", error.message)
        await asyncio.sleep(_STORE_RETRY_S)
        return False

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong in the folder without belonging to a task."""
        return self._sync.problems

    # Looking

    def find(self, task_id: str) -> Task:
        """The task as it is now, without waiting. Raises NotFound."""
        return self._index.find(task_id)

    def known(self, task_id: str) -> Task | None:
        """The task as it is now; None when there is none."""
        return self._index.get(task_id)

    def all_known(self) -> Sequence[Task]:
        """All tasks that are not deleted, by id, without waiting."""
        return self._index.all()

    async def get(self, task_id: str) -> Task:
        return self._index.find(task_id)

    def count(self) -> int:
        return len(self._index)

    async def list(self) -> Sequence[Task]:
        """All tasks that are not deleted, by id."""
        return self._index.all()

    async def search(self, text: str) -> Sequence[Task]:
        """Tasks that have every word of `text` somewhere in id, title, description or labels."""
        words = text.casefold().split()
        return [task for task in self._index.all() if _has_words(task, words)]

    async def versions(self, task_id: str) -> Sequence[TaskVersion]:
        """Newest first; also of a task that was deleted."""
        found = await self._store.read(lambda tx: tasks.versions(tx, task_id))
        if not found:
            self._index.find(task_id)  # raises NotFound, with a close name
        return found

    async def version(self, task_id: str, version: int) -> TaskVersion:
        return await self._store.read(lambda tx: tasks.version(tx, task_id, version))

    async def spec_of(self, task_id: str, version: int) -> TaskSpec:
        """What a run of an older version freezes."""
        return (await self.version(task_id, version)).spec

    async def diff(self, task_id: str, older: int, newer: int) -> str:
        """A unified diff of two versions' contents; empty when they are equal."""
        first, second = await self.version(task_id, older), await self.version(task_id, newer)
        return await asyncio.to_thread(_unified, first, second)

    def frozen_path(self, task_id: str, version: int) -> Path:
        """The immutable file that holds a script version's content. Raises NotFound."""
        digest = self._index.content_hash(task_id, version)
        path = None if digest is None else self._frozen.path(digest)
        if path is None or not path.exists():
            raise NotFound(
                f"there is no file for version {version} of {task_id!r}", task_id=task_id
            )
        return path

    def content_hashes(self) -> set[str]:
        """Of every version of every task, also of those that are deleted."""
        return set(self._index.hashes().values())

    # Editing

    async def create_script(
        self, task_id: str, content: str, *, author: str, message: str = ""
    ) -> Task:
        """Raises Invalid for a name or text that can't be, Conflict when the name is taken."""
        async with self._lane:
            return await self._scripts.create(task_id, content, author=author, message=message)

    async def create_typed(
        self,
        task_id: str,
        *,
        executor: str,
        config: Mapping[str, Any],
        settings: Mapping[str, Any] | None = None,
        author: str,
        message: str = "",
    ) -> Task:
        """Raises Invalid with all that is wrong, Conflict, and NotFound for the executor."""
        content = {**(settings or {}), "type": executor, "config": dict(config)}
        async with self._lane:
            if await asyncio.to_thread(self._folder.signature, check_task_id(task_id)) is not None:
                raise Conflict(f"there is a script {task_id}.py already", task_id=task_id)
            return await self._typed.create(task_id, content, author=author, message=message)

    async def update(
        self,
        task_id: str,
        content: str,
        *,
        expected_hash: str | None = None,
        author: str,
        message: str = "",
    ) -> Task:
        """Replace the content: a script's text, or a typed task's settings as JSON text."""
        async with self._lane:
            if self._is_script(task_id):
                return await self._scripts.update(
                    task_id, content, expected_hash=expected_hash, author=author, message=message
                )
            return await self._typed.update(
                task_id,
                _json_object(content),
                expected_hash=expected_hash,
                author=author,
                message=message,
            )

    async def edit_settings(
        self,
        task_id: str,
        settings: Mapping[str, Any],
        *,
        expected_hash: str | None = None,
        author: str,
    ) -> Task:
        """Merge settings into a task's (RFC 7396: None removes); a script keeps all other bytes.

        Raises Invalid, with problems, when the changed settings would be wrong.
        """
        async with self._lane:
            if self._is_script(task_id):
                return await self._scripts.edit(
                    task_id,
                    lambda content: _with_settings(task_id, content, settings),
                    expected_hash=expected_hash,
                    author=author,
                    message=f"settings: {', '.join(sorted(settings))}"[:200],
                )
            newest = await self._newest(task_id)
            content = editing.merged(_json_object(newest.content), settings)
            return await self._typed.update(
                task_id, content, expected_hash=expected_hash, author=author
            )

    async def rename(self, task_id: str, new_id: str, *, author: str) -> Task:
        """The task with its history under another name; the old one counts as deleted."""
        async with self._lane:
            if self._is_script(task_id):
                return await self._scripts.rename(task_id, new_id, author=author)
            name = check_task_id(new_id)
            if await asyncio.to_thread(self._folder.signature, name) is not None:
                raise Conflict(f"there is a script {name}.py already", task_id=name)
            return await self._typed.rename(task_id, name, author=author)

    async def delete(self, task_id: str, *, author: str) -> None:
        """Remove the task and its file. History and runs stay; a new task of the name has them."""
        async with self._lane:
            if self._is_script(task_id):
                await self._scripts.delete(task_id)
            else:
                await self._typed.delete(task_id)
        log.info("task %s deleted by %s", task_id, author)

    async def restore(self, task_id: str, version: int, *, author: str) -> Task:
        """An old content becomes the newest version."""
        old = await self.version(task_id, version)
        message = f"restored version {version}"
        return await self.update(task_id, old.content, author=author, message=message)

    def _is_script(self, task_id: str) -> bool:
        """Raises NotFound, and Conflict for tasks that are code of the app module."""
        match self._index.find(task_id).source:
            case TaskSource.FILE:
                return True
            case TaskSource.API:
                return False
            case TaskSource.APP:
                raise Conflict(
                    f"task {task_id!r} is defined in the app module",
                    hint="change its code, then reload",
                    task_id=task_id,
                )

    async def _newest(self, task_id: str) -> TaskVersion:
        return await self.version(task_id, self._index.find(task_id).version)

    async def _restore_frozen(self, present: set[str]) -> None:
        """Files that are missing (a new data folder beside an old database) are made again."""
        for (task_id, number), digest in self._index.hashes().items():
            if digest not in present:
                old = await self.version(task_id, number)
                await asyncio.to_thread(self._frozen.put, digest, old.content)
                present.add(digest)


def _with_settings(task_id: str, content: str, settings: Mapping[str, Any]) -> str:
    before = {(p.where, p.message) for p in read_script(task_id, content).problems}
    result = editing.edit(content, settings)
    after = read_script(task_id, result).problems
    wrong = [problem for problem in after if (problem.where, problem.message) not in before]
    if wrong:
        raise Invalid(
            "; ".join(problem.message for problem in wrong[:3]),
            problems=[{"where": p.where, "message": p.message} for p in wrong],
        )
    return result


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"the settings are not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise Invalid("the settings must be a JSON object")
    return value


def _has_words(task: Task, words: Sequence[str]) -> bool:
    spec = task.spec
    parts = (task.id, spec.title, spec.description, *spec.labels, spec.project or "")
    text = "\n".join((*parts, spec.owner or "", spec.executor, spec.effective_queue)).casefold()
    return all(word in text for word in words)


def _unified(first: TaskVersion, second: TaskVersion) -> str:
    lines = difflib.unified_diff(
        first.content.splitlines(keepends=True),
        second.content.splitlines(keepends=True),
        fromfile=f"{first.task_id} version {first.version}",
        tofile=f"{second.task_id} version {second.version}",
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
