"""What an edit is about to do to the tasks folder, durable before it does it.

A file says what, not who. An edit notes its author first, then changes the file, then saves the
version; whoever finds the file changed after a crash in between finds the author here.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from runyard.store import Store, Tx, settings

_KEY = "catalog.intents"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """An edit of a task's file: to the content of this hash, or (`new_id`) to another name."""

    author: str
    message: str = ""
    content_hash: str = ""
    new_id: str = ""


class Intents:
    """One at a time for each task; the caller holds the folder's lane."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_task: dict[str, Intent] = {}

    async def open(self) -> None:
        stored = await self._store.read(lambda tx: settings.get(tx, _KEY)) or {}
        self._by_task = {task_id: Intent(**fields) for task_id, fields in stored.items()}

    def all(self) -> dict[str, Intent]:
        return dict(self._by_task)

    def get(self, task_id: str) -> Intent | None:
        return self._by_task.get(task_id)

    async def note(self, task_id: str, intent: Intent) -> None:
        """Durable when this returns."""
        self._by_task[task_id] = intent
        fields = self._plain(self._by_task)
        await self._store.write(lambda tx: settings.put(tx, _KEY, fields))

    def drop(self, tx: Tx, task_id: str) -> None:
        """As part of the transaction that carries the intent out; then call `forget`."""
        if task_id in self._by_task:
            rest = {key: value for key, value in self._by_task.items() if key != task_id}
            settings.put(tx, _KEY, self._plain(rest))

    def forget(self, task_id: str) -> None:
        self._by_task.pop(task_id, None)

    async def clear(self) -> None:
        """Nothing is under way: what is left was never carried out."""
        if self._by_task:
            self._by_task = {}
            await self._store.write(lambda tx: settings.put(tx, _KEY, {}))

    @staticmethod
    def _plain(intents: dict[str, Intent]) -> dict[str, dict[str, str]]:
        return {task_id: asdict(intent) for task_id, intent in intents.items()}
