"""The OpenAPI 3.1 document, made by FastAPI from the operations' signatures."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson
from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from runyard import __version__
from runyard.api.answers import ProblemAnswer
from runyard.api.documenting import document_router
from runyard.api.operations import Operation
from runyard.api.problems import MEDIA_TYPE

_ABOUT = """Runs Python tasks, each in its own process, and never silently.

* Instants are RFC 3339 in UTC with `Z`; durations are numbers of seconds, named `..._s`; sizes are
  numbers of bytes, named `..._bytes`.
* Errors are problem documents (RFC 9457) with a stable `code` and often a `hint`.
* Lists come in pages: send `next_cursor` back as `cursor`.
* The WebSocket at `/api/v1/stream?since=SEQ&kinds=run,task,queue,schedule&run_id=ID` sends
  `{"hello": {"seq"}}` and then every change as `{"seq", "kind", "object"}`. It takes
  `{"subscribe_log": run_id, "offset": 0}` and then also sends `{"log", "lines", "next_offset"}`.
"""

_TAGS = {
    "runs": "Submit, read, cancel and repeat runs",
    "logs": "What runs wrote",
    "tasks": "Definitions and their versions",
    "drafts": "Definitions that are not saved, and examples to begin with",
    "schedules": "When tasks run by themselves, the ledger of it, and what is to come",
    "calendars": "Days on which schedules may fire",
    "projects": "Groups of tasks: what they do and did, and pausing them together",
    "queues": "Lanes with a limit and a pause",
    "executors": "Task types",
    "external work": "Reports about work that is done elsewhere",
    "interpreting": "What is asked for in plain words",
    "live": "Every change as it happens",
    "system": "The installation",
}


@lru_cache(maxsize=1)
def document_bytes(operations: tuple[Operation, ...]) -> bytes:
    return orjson.dumps(document(operations), default=str)


def document(operations: tuple[Operation, ...]) -> dict[str, Any]:
    """The document as plain data."""
    documented = FastAPI(
        title="Runyard",
        version=__version__,
        description=_ABOUT,
        license_info={"name": "Apache 2.0", "identifier": "Apache-2.0"},
        openapi_tags=[{"name": name, "description": about} for name, about in _TAGS.items()],
        separate_input_output_schemas=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    documented.include_router(document_router(operations))
    made = documented.openapi()
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    schemas[ProblemAnswer.__name__] = _problem_schema()
    for path in made["paths"].values():
        for operation in path.values():
            _tidy(operation)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return made


def _problem_schema() -> dict[str, Any]:
    _, definitions = models_json_schema([(ProblemAnswer, "serialization")])
    schema: dict[str, Any] = definitions["$defs"][ProblemAnswer.__name__]
    return schema


def _tidy(operation: dict[str, Any]) -> None:
    """Problems are only ever problem documents, whatever media type FastAPI adds beside them."""
    for status, response in operation["responses"].items():
        content = response.get("content", {})
        if status.isdigit() and int(status) >= 400 and MEDIA_TYPE in content:
            response["content"] = {MEDIA_TYPE: content[MEDIA_TYPE]}
        if status == "304":
            response.pop("content", None)
