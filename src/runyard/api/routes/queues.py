"""Queues: look, limit, set a rate, pause."""

from starlette.requests import Request
from starlette.responses import Response

from runyard.api.answers import QueueAnswer, QueuesAnswer
from runyard.api.calls import caller_of, service_of
from runyard.api.encoding import queue_dict
from runyard.api.models import QueueBody
from runyard.api.operations import Operations
from runyard.api.responses import json_answer
from runyard.domain.rates import Rate, parse_rate
from runyard.runtime.requests import UNSET, QueueView, Unset

queues = Operations("queues")


@queues.on("GET", "/queues", answers=QueuesAnswer)
async def list_queues(request: Request) -> Response:
    """All queues with what runs and waits on them."""
    found = await service_of(request).queues()
    return json_answer({"items": [queue_dict(queue) for queue in found]})


@queues.on("GET", "/queues/{name}", answers=QueueAnswer, errors=(404,))
async def read_queue(request: Request, name: str) -> Response:
    """One queue; one that nothing has named yet is empty and without a limit."""
    found = {queue.name: queue for queue in await service_of(request).queues()}
    empty = QueueView(name=name, limit=None, paused=False, running=0, waiting=0)
    return json_answer(queue_dict(found.get(name, empty)))


@queues.on("PATCH", "/queues/{name}", answers=QueueAnswer, errors=(404,))
async def change_queue(request: Request, name: str, body: QueueBody) -> Response:
    """Set the limit or the rate, or pause and resume. Nothing that runs is ended by it."""
    named = body.model_fields_set
    rate = None if body.rate is None else parse_rate(body.rate)
    return await _set(
        request,
        name,
        limit=body.limit if "limit" in named else UNSET,
        rate=rate if "rate" in named else UNSET,
        paused=body.paused if "paused" in named else UNSET,
    )


@queues.on("POST", "/queues/{name}/pause", answers=QueueAnswer, errors=(404,))
async def pause_queue(request: Request, name: str) -> Response:
    """Start nothing more from this queue; what runs goes on."""
    return await _set(request, name, paused=True)


@queues.on("POST", "/queues/{name}/resume", answers=QueueAnswer, errors=(404,))
async def resume_queue(request: Request, name: str) -> Response:
    """Start runs from this queue again."""
    return await _set(request, name, paused=False)


async def _set(
    request: Request,
    name: str,
    *,
    limit: int | Unset | None = UNSET,
    rate: Rate | Unset | None = UNSET,
    paused: bool | Unset = UNSET,
) -> Response:
    queue = await service_of(request).set_queue(
        name, limit=limit, rate=rate, paused=paused, by=caller_of(request)
    )
    return json_answer(queue_dict(queue))
