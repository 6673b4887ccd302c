"""Swagger and ReDoc over this service's own document; nothing is loaded from elsewhere.

On the one port `/docs` and `/openapi.json` are those of the native API; here they are found under
the prefix, and on a listener of its own.
"""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import Response

from runyard import __version__
from runyard.dialects.answers import json_answer
from runyard.dialects.taskcontrol.envelope import DIALECT
from runyard.dialects.taskcontrol.routes import TaskCreate
from runyard.domain.errors import NotFound

TITLE = "Task Control Service API"
_PACKAGE = "fastapi_offline"
_FILES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css; charset=utf-8",
    "redoc.standalone.js": "text/javascript",
}
_START = (
    'window.SwaggerUIBundle({url: "openapi.json", dom_id: "#docs", deepLinking: true,'
    " validatorUrl: null, presets: [window.SwaggerUIBundle.presets.apis]});"
)
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; worker-src blob:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_TEXT = {"type": "string"}
_DEFINITION = {"$ref": "#/components/schemas/TaskDefinition"}


@DIALECT.on("GET", "/openapi.json")
async def openapi(request: Request) -> Response:
    del request
    return json_answer(document())


@DIALECT.on("GET", "/docs")
async def docs(request: Request) -> Response:
    del request
    return _html(
        '<link rel="stylesheet" href="docs-assets/swagger-ui.css"><div id="docs"></div>'
        '<script src="docs-assets/swagger-ui-bundle.js"></script>'
        '<script src="docs-assets/start.js"></script>'
    )


@DIALECT.on("GET", "/redoc")
async def redoc(request: Request) -> Response:
    del request
    return _html(
        '<redoc spec-url="openapi.json"></redoc>'
        '<script src="docs-assets/redoc.standalone.js"></script>'
    )


@DIALECT.on("GET", "/docs-assets/{name}")
async def asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name == "start.js":
        return Response(_START, media_type="text/javascript")
    if name not in _FILES:
        raise NotFound("there is no such file")
    return Response(
        _read(name), media_type=_FILES[name], headers={"cache-control": "public, max-age=3600"}
    )


def _html(body: str) -> Response:
    return Response(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(TITLE)}'
        f'</title><link rel="icon" href="data:,"></head><body>{body}</body></html>',
        media_type="text/html; charset=utf-8",
        headers={"content-security-policy": _POLICY, "cache-control": "no-store"},
    )


@cache
def _read(name: str) -> bytes:
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"the package {_PACKAGE}, a dependency, is not installed")
    return (Path(spec.origin).parent / "static" / name).read_bytes()


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document of this service."""
    _, made = models_json_schema([(TaskCreate, "validation")], ref_template=_REF)
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": __version__},
        "paths": {
            "/tasks": {"post": _create()},
            "/tasks/{task_def_id}": {"get": _by_id("Get a task definition", _DEFINITION)},
            "/tasks/{task_def_id}/instances": {
                "get": _by_id("List instances, newest first", _array("TaskInstance"), missing=False)
            },
            **{
                f"/tasks/{{task_def_id}}/{verb}": {"post": _by_id(what, _object("message"))}
                for verb, what in _ACTIONS.items()
            },
            "/users/{user_id}/tasks": {
                "get": _operation(
                    "List the tasks of a user",
                    _array("TaskDefinition"),
                    parameters=[_parameter("user_id")],
                )
            },
        },
        "components": {"schemas": {**made["$defs"], **_SCHEMAS}},
    }


_REF = "#/components/schemas/{model}"
_ACTIONS = {
    "pause": "Pause the schedule",
    "resume": "Resume the schedule",
    "cancel": "Cancel the task and what runs of it",
    "trigger": "Spawn one instance now",
}


def _object(*required: str, **others: Any) -> dict[str, Any]:
    properties = dict.fromkeys(required, _TEXT) | others
    return {"type": "object", "required": sorted(properties), "properties": properties}


def _array(model: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": _REF.format(model=model)}}


def _or_null(kind: str) -> dict[str, Any]:
    return {"type": [kind, "null"]}


_SCHEMAS = {
    "TaskDefinition": _object(
        "task_def_id",
        "user_id",
        "content",
        "created_at",
        "updated_at",
        trigger_type={"$ref": _REF.format(model="TriggerType")},
        trigger_args=_or_null("object"),
        status={"enum": ["ACTIVE", "PAUSED", "CANCELLED", "COMPLETED"]},
    ),
    "TaskInstance": _object(
        "instance_id",
        "task_def_id",
        "content",
        "created_at",
        status={"enum": ["RUNNING", "COMPLETED", "CANCELLED"]},
        started_at=_or_null("string"),
        completed_at=_or_null("string"),
        result=_or_null("object"),
        error=_or_null("string"),
    ),
    "Refusal": _object(detail={"description": "A sentence, or a list of findings."}),
}


def _create() -> dict[str, Any]:
    body = {"application/json": {"schema": {"$ref": _REF.format(model="TaskCreate")}}}
    created = _operation("Create a task", _TEXT, errors=(400, 422))
    return {**created, "requestBody": {"required": True, "content": body}}


def _by_id(summary: str, answer: Any, *, missing: bool = True) -> dict[str, Any]:
    errors = (400, 404) if missing else ()
    return _operation(summary, answer, errors=errors, parameters=[_parameter("task_def_id")])


def _parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": _TEXT}


def _operation(
    summary: str, answer: Any, *, errors: tuple[int, ...] = (), **others: Any
) -> dict[str, Any]:
    refusal = {"application/json": {"schema": {"$ref": _REF.format(model="Refusal")}}}
    return {
        "summary": summary,
        "tags": ["tasks"],
        "responses": {
            "200": {"description": "Done", "content": {"application/json": {"schema": answer}}},
            **{str(code): {"description": "Refused", "content": refusal} for code in errors},
        },
        **others,
    }
