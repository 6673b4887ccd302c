"""Which tasks a caller asked for, in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runyard.api.paging import page_after

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runyard.api.models import TasksQuery
    from runyard.api.ports import ServicePort
    from runyard.domain.tasks import Task


_AFTER_ANY = "~"  # sorts after ids of runs and times


async def page_of_tasks(
    service: ServicePort, query: TasksQuery
) -> tuple[Sequence[Task], str | None]:
    """A page, and the cursor of the next one."""
    found = [task for task in await service.catalog.list() if _is_wanted(task, query)]
    if query.last_status:
        ends = await service.statistics.last_ends([task.id for task in found])
        found = [task for task in found if ends.get(task.id) in query.last_status]
    by, descending = query.sort.removeprefix("-"), query.sort.startswith("-")
    keyed = await _keyed(service, found, by, never="" if descending else _AFTER_ANY)
    return page_after(keyed, cursor=query.cursor, limit=query.limit, descending=descending)


async def _keyed(
    service: ServicePort, tasks: Sequence[Task], by: str, *, never: str
) -> dict[str, Task]:
    """By a text that sorts as asked; where that is the same, by id."""
    if by == "last_run":
        newest = await service.statistics.newest_runs([task.id for task in tasks], most=1)
        first = {task_id: runs[0].id for task_id, runs in newest.items()}
    elif by == "next_at":
        fires = await service.statistics.next_fires()
        first = {
            task.id: fires[task.id].isoformat(timespec="microseconds")
            for task in tasks
            if task.id in fires and not task.paused
        }
    else:
        return {task.id: task for task in tasks}
    return {f"{first.get(task.id, never)} {task.id}": task for task in tasks}


def _is_wanted(task: Task, query: TasksQuery) -> bool:
    spec = task.spec
    exact = (
        (query.queue, spec.effective_queue),
        (query.project, spec.project),
        (query.owner, spec.owner),
        (query.executor, spec.executor),
        (query.paused, task.paused),
        (query.broken, bool(task.problems)),
    )
    if any(asked is not None and asked != kept for asked, kept in exact):
        return False
    if query.label is not None and query.label not in spec.labels:
        return False
    text = f"{task.id}\n{spec.title}\n{spec.description}".casefold()
    return query.q is None or query.q.casefold() in text
