"""How the runs of a task went, and what tasks can be filtered by."""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any

from starlette.requests import Request
from starlette.responses import Response

from runyard.api.calls import service_of
from runyard.api.marks import Query
from runyard.api.operations import Operations
from runyard.api.responses import json_answer
from runyard.api.statistics_answers import TaskFacetsAnswer, TaskStatisticsAnswer
from runyard.api.statistics_encoding import report_dict
from runyard.api.statistics_models import TaskStatisticsQuery

statistics = Operations("tasks")


@statistics.on("GET", "/tasks/{task_id}/statistics", answers=TaskStatisticsAnswer, errors=(404,))
async def read_task_statistics(
    request: Request, task_id: str, query: Annotated[TaskStatisticsQuery, Query()]
) -> Response:
    """How the runs of a task went in the last days: ends, durations, waiting, day by day.

    A run counts on the day on which it ended.
    """
    service = service_of(request)
    task = await service.catalog.get(task_id)
    report = await service.statistics.of_task(task.id, days=query.days, zone=query.zone)
    return json_answer(report_dict(report))


@statistics.on("GET", "/task-facets", answers=TaskFacetsAnswer)
async def read_task_facets(request: Request) -> Response:
    """The queues, projects, owners, labels and executors that tasks have, for filters."""
    tasks = await service_of(request).catalog.list()
    specs = [task.spec for task in tasks]
    return json_answer(
        {
            "tasks": len(tasks),
            "queues": _facet(spec.effective_queue for spec in specs),
            "projects": _facet(spec.project for spec in specs),
            "owners": _facet(spec.owner for spec in specs),
            "labels": _facet(label for spec in specs for label in dict.fromkeys(spec.labels)),
            "executors": _facet(spec.executor for spec in specs),
        }
    )


def _facet(values: Iterable[str | None]) -> list[dict[str, Any]]:
    counted = Counter(value for value in values if value is not None)
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return [{"value": value, "count": count} for value, count in ordered]
