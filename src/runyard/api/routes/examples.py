"""The scripts that come with Runyard, to make a first task of."""

from starlette.requests import Request
from starlette.responses import Response

from runyard.api.draft_answers import ExamplesAnswer
from runyard.api.operations import Operations
from runyard.api.responses import json_answer
from runyard.runtime.examples import examples

packaged = Operations("drafts")


@packaged.on("GET", "/examples", answers=ExamplesAnswer)
async def list_examples(request: Request) -> Response:
    """Templates and examples; `POST /api/v1/tasks` with such a content makes a task of it."""
    del request
    items = [
        {
            "id": one.id,
            "title": one.title,
            "description": one.description,
            "content": one.content,
        }
        for one in examples()
    ]
    return json_answer({"items": items})
