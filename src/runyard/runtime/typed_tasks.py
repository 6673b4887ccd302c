"""Tasks of a type with a configuration, which live in the store; their content is JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from runyard.definitions.settings import check_settings
from runyard.definitions.source import content_hash
from runyard.definitions.task_ids import check_task_id
from runyard.domain.errors import Conflict, Invalid
from runyard.domain.tasks import Task, TaskSource
from runyard.runtime.clock import Clock
from runyard.runtime.task_index import TaskIndex
from runyard.store import Store, tasks
from runyard.store.tasks import TaskChange


class TypedTasks:
    """Every method must be called with the catalog's lane held."""

    def __init__(
        self,
        *,
        store: Store,
        index: TaskIndex,
        clock: Clock,
        check_config: Callable[[str, Mapping[str, Any]], dict[str, Any]] | None,
    ) -> None:
        self._store = store
        self._index = index
        self._clock = clock
        self._check_config = check_config

    async def create(
        self, task_id: str, content: Mapping[str, Any], *, author: str, message: str
    ) -> Task:
        name = check_task_id(task_id)
        if self._index.get(name) is not None:
            raise Conflict(f"there is a task {name!r} already", task_id=name)
        change = self._change(name, content, author=author, message=message)
        return await self._store.write(lambda tx: tasks.save(tx, replace(change, expected_hash="")))

    async def update(
        self,
        task_id: str,
        content: Mapping[str, Any],
        *,
        expected_hash: str | None,
        author: str,
        message: str = "",
    ) -> Task:
        """`content` may leave out the type: it stays. Raises Invalid, StaleEdit."""
        task = self._index.find(task_id)
        full = {"type": task.spec.executor, **content}
        change = self._change(task_id, full, author=author, message=message)
        guarded = replace(change, expected_hash=expected_hash)
        return await self._store.write(lambda tx: tasks.save(tx, guarded))

    async def rename(self, task_id: str, new_id: str, *, author: str) -> Task:
        at = self._clock.now()
        task = await self._store.write(
            lambda tx: tasks.rename(tx, task_id, new_id, at=at, author=author)
        )
        await self._index.reload_hashes()
        return task

    async def delete(self, task_id: str) -> None:
        at = self._clock.now()
        await self._store.write(lambda tx: tasks.delete(tx, task_id, at=at))

    def _change(
        self, task_id: str, content: Mapping[str, Any], *, author: str, message: str
    ) -> TaskChange:
        spec = check_settings(content, executor="")
        if not spec.executor:
            raise Invalid("a task without a script needs a type", hint='give "type"')
        if self._check_config is not None:
            config = self._check_config(spec.executor, spec.config)
            spec = replace(spec, config=config)
        text = _text(content)
        return TaskChange(
            id=task_id,
            source=TaskSource.API,
            spec=replace(spec, title=spec.title or task_id),
            content=text,
            content_hash=content_hash(text),
            author=author,
            message=message,
            at=self._clock.now(),
        )


def _text(content: Mapping[str, Any]) -> str:
    try:
        text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid(f"the settings are not plain JSON: {error}") from error
    return text
