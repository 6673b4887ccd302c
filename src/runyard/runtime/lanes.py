"""Lanes: limits, rates and pauses of queues and tasks, kept in the store and told to admission."""

from __future__ import annotations

from runyard.domain.admission import Admission
from runyard.domain.errors import Invalid
from runyard.domain.rates import Rate
from runyard.domain.tasks import Queue, Task
from runyard.executors.registry import Executors
from runyard.runtime.dispatcher import Dispatcher
from runyard.runtime.requests import UNSET, QueueView, Unset
from runyard.store import Store, Tx, queues, tasks

_NAME_AT_MOST = 200


class Lanes:
    """A queue exists as soon as something names it; only what was set is stored.

    Until someone sets a limit, a queue that is named like a task type has that type's own.
    """

    def __init__(
        self, *, store: Store, admission: Admission, dispatcher: Dispatcher, executors: Executors
    ) -> None:
        self._store = store
        self._admission = admission
        self._dispatcher = dispatcher
        self._executors = executors
        self._set: dict[str, Queue] = {}

    async def open(self) -> None:
        """Tell admission what was set before. Call before the first run is admitted."""
        for queue in await self._store.read(queues.all):
            self._set[queue.name] = queue
        for task in await self._store.read(tasks.all):
            self._admission.set_task_paused(task.id, task.paused)
        self.apply_defaults()

    def apply_defaults(self) -> None:
        """The task types may have changed."""
        for name in {executor.name for executor in self._executors.all()} | self._set.keys():
            self._tell(self._queue(name))
        self._dispatcher.wake()

    async def all(self) -> list[QueueView]:
        names = {executor.name for executor in self._executors.all()} | self._set.keys()
        names |= set(self._admission.queue_names())
        return [self.view(name) for name in sorted(names)]

    def view(self, name: str) -> QueueView:
        queue = self._queue(name)
        counts = self._admission.queue_counts(name)
        return QueueView(
            name=name,
            limit=queue.limit,
            rate=queue.rate,
            paused=queue.paused,
            running=counts.live,
            waiting=counts.waiting,
        )

    async def set(
        self,
        name: str,
        *,
        limit: int | Unset | None = UNSET,
        rate: Rate | Unset | None = UNSET,
        paused: bool | Unset = UNSET,
    ) -> QueueView:
        """Change a queue. A lower limit or rate ends nothing: it holds what comes next."""
        if not name or len(name) > _NAME_AT_MOST:
            raise Invalid(f"a queue's name has 1 to {_NAME_AT_MOST} characters")
        if isinstance(limit, int) and limit < 1:
            raise Invalid("a queue's limit is 1 or more", hint="to stop a queue, pause it")
        before = self._queue(name)
        queue = Queue(
            name=name,
            limit=before.limit if isinstance(limit, Unset) else limit,
            rate=before.rate if isinstance(rate, Unset) else rate,
            paused=before.paused if isinstance(paused, Unset) else paused,
        )
        self._set[name] = await self._store.write(lambda tx: queues.put(tx, queue))
        self._tell(queue)
        self._dispatcher.wake()
        return self.view(name)

    async def pause_task(self, task_id: str, *, paused: bool, reason: str) -> Task:
        """Runs of a paused task wait; those that run go on."""

        def change(tx: Tx) -> Task:
            return tasks.update_state(tx, task_id, paused=paused, pause_reason=reason or None)

        task = await self._store.write(change)
        self._admission.set_task_paused(task_id, paused)
        self._dispatcher.wake()
        return task

    def _tell(self, queue: Queue) -> None:
        self._admission.set_queue(queue.name, limit=queue.limit, paused=queue.paused)
        self._admission.set_rate(queue.name, queue.rate)

    def _queue(self, name: str) -> Queue:
        known = self._set.get(name)
        if known is not None:
            return known
        limit = self._executors.get(name).default_queue_limit if name in self._executors else None
        return Queue(name=name, limit=limit)
