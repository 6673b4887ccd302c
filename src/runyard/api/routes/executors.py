"""Executors: which task types there are."""

from starlette.requests import Request
from starlette.responses import Response

from runyard.api.answers import ExecutorsAnswer
from runyard.api.calls import service_of
from runyard.api.operations import Operations
from runyard.api.responses import json_answer

executors = Operations("executors")


@executors.on("GET", "/executors", answers=ExecutorsAnswer)
async def list_executors(request: Request) -> Response:
    """The task types, each with the JSON Schema of its configuration."""
    items = [
        {
            "name": executor.name,
            "description": executor.description,
            "config_schema": executor.config_schema,
            "source": executor.source,
        }
        for executor in service_of(request).executors.all()
    ]
    return json_answer({"items": items})
