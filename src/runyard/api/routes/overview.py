"""What goes on among all runs: how many there are, when they waited and ran, which is next."""

from typing import Annotated

from starlette.requests import Request
from starlette.responses import Response

from runyard.api.calls import service_of
from runyard.api.marks import Query
from runyard.api.operations import Operations
from runyard.api.responses import json_answer
from runyard.api.run_filters import run_filter
from runyard.api.statistics_answers import NeighboursAnswer, RunCountsAnswer, TimelineAnswer
from runyard.api.statistics_encoding import brief_dict, counts_dict, span_dict
from runyard.api.statistics_models import RunCountsQuery, TimelineQuery
from runyard.store.filters import RunFilter

overview = Operations("runs")


@overview.on("GET", "/runs/counts", answers=RunCountsAnswer)
async def count_runs(request: Request, query: Annotated[RunCountsQuery, Query()]) -> Response:
    """How many runs there are, by status.

    The work is bounded; the figures may be some seconds old where there are very many runs.
    """
    found = await service_of(request).statistics.counts(run_filter(query))
    return json_answer(
        {"counts": counts_dict(found.counts), "total": found.total, "exact": found.exact}
    )


@overview.on("GET", "/runs/timeline", answers=TimelineAnswer)
async def read_timeline(request: Request, query: Annotated[TimelineQuery, Query()]) -> Response:
    """The runs that waited or ran at some moment of a window, [since, until)."""
    wanted = RunFilter(
        statuses=tuple(query.status),
        task_ids=tuple(query.task_id),
        queues=tuple(query.queue),
        projects=tuple(query.project),
        executors=tuple(query.executor),
        schedule_ids=tuple(query.schedule_id),
        labels=tuple(query.label),
        text=query.q,
    )
    window = await service_of(request).statistics.timeline(
        wanted, since=query.since, until=query.until, limit=query.limit
    )
    return json_answer(
        {
            "items": [span_dict(span) for span in window.timeline.items],
            "since": window.since,
            "until": window.until,
            "truncated": window.timeline.truncated,
        }
    )


@overview.on("GET", "/runs/{run_id}/neighbours", answers=NeighboursAnswer, errors=(404, 409))
async def read_neighbours(request: Request, run_id: str) -> Response:
    """The runs of the same task just before and just after this one, to walk from run to run.

    Both are null for a run without a task.
    """
    service = service_of(request)
    run = await service.run(run_id)
    if run.task_id is None:
        return json_answer({"previous": None, "next": None})
    found = await service.statistics.neighbours(run.task_id, run.id)
    return json_answer(
        {
            "previous": found.previous and brief_dict(found.previous),
            "next": found.next and brief_dict(found.next),
        }
    )
