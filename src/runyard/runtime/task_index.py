"""All tasks in memory, always as the store has them: what submission and the folder look at."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from runyard.domain.errors import NotFound
from runyard.domain.tasks import Task
from runyard.store import Change, Store, of_known_things, tasks

_SUGGESTED_FROM = 5_000  # names among which a close one is looked for


class TaskIndex:
    """Follows the store's commits: when a write is answered, its task is here."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tasks: dict[str, Task] = {}
        self._deleted: dict[str, int] = {}  # feed number of the deletion
        self._hashes: dict[tuple[str, int], str] = {}

    async def open(self) -> None:
        self._store.listen(self._follow)
        for task in await self._store.read(tasks.all):
            self._put(task)
        # What was committed meanwhile is newer than what was read.
        self._hashes = {**await self._store.read(tasks.content_hashes), **self._hashes}

    def find(self, task_id: str) -> Task:
        """Raises NotFound, with a name that is close if there is one."""
        task = self._tasks.get(task_id)
        if task is not None:
            return task
        close: Sequence[str] = ()
        if len(self._tasks) <= _SUGGESTED_FROM:
            close = difflib.get_close_matches(task_id[:100], self._tasks, n=1)
        hint = f"did you mean {close[0]!r}?" if close else None
        raise NotFound(f"there is no task {task_id!r}", hint=hint, task_id=task_id)

    def get(self, task_id: str) -> Task | None:
        return self._tasks.get(task_id)

    def __len__(self) -> int:
        return len(self._tasks)

    def all(self) -> list[Task]:
        return [self._tasks[task_id] for task_id in sorted(self._tasks)]

    def content_hash(self, task_id: str, version: int) -> str | None:
        return self._hashes.get((task_id, version))

    def hashes(self) -> dict[tuple[str, int], str]:
        return dict(self._hashes)

    async def reload_hashes(self) -> None:
        """Versions were copied to another task."""
        self._hashes |= await self._store.read(tasks.content_hashes)

    def _follow(self, changes: Sequence[Change]) -> None:
        for change in of_known_things(changes):
            if isinstance(change.object, Task):
                self._put(change.object)

    def _put(self, task: Task) -> None:
        known = self._tasks.get(task.id)
        newest = max(self._deleted.get(task.id, -1), -1 if known is None else known.seq)
        if task.seq < newest:
            return
        self._hashes[task.id, task.version] = task.content_hash
        if task.deleted_at is None:
            self._tasks[task.id] = task
        else:
            self._tasks.pop(task.id, None)
            self._deleted[task.id] = task.seq
