"""The operations as FastAPI routes, from which the OpenAPI document is made; nothing calls them."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from runyard.api import marks
from runyard.api.answers import ProblemAnswer
from runyard.api.operations import Endpoint, Operation
from runyard.api.problems import MEDIA_TYPE

_MEANINGS = {
    400: "The request can't be read: broken JSON, a wrong cursor, a wrong header",
    403: "A browser page from elsewhere asked",
    404: "There is no such thing",
    409: "Right in itself, but not in this state",
    412: "`If-Match` names an older content",
    413: "The body is over 16 MiB",
    414: "The address is over 16 KiB",
    415: "The body is not JSON",
    421: "A server on loopback was asked under a foreign name",
    422: "Something in the request is wrong; `problems` says what",
    431: "More than 100 headers or 64 KiB of them",
    503: "The database or the engine does not answer now; try again after `Retry-After`",
}
_ALWAYS = (400, 403, 414, 421, 422, 431, 503)


def document_router(operations: Sequence[Operation]) -> APIRouter:
    """The same operations as FastAPI routes, from which the OpenAPI document is made."""
    router = APIRouter()
    for operation in operations:
        summary, _, description = inspect.cleandoc(operation.endpoint.__doc__ or "").partition("\n")
        has_body = operation.method in {"POST", "PUT", "PATCH"}
        errors = sorted({*operation.errors, *_ALWAYS, *((413, 415) if has_body else ())})
        router.add_api_route(
            operation.path,
            _documented(operation.endpoint),
            methods=[operation.method],
            tags=[operation.tag],
            name=operation.endpoint.__name__,
            operation_id=operation.endpoint.__name__,
            summary=summary.rstrip("."),
            description=description.strip(),
            status_code=operation.status,
            response_model=operation.answers,
            response_class=_response_class(operation.media_type),
            responses={
                **{status: _problem_response(status) for status in errors},
                **operation.others,
            },
            openapi_extra=_text_body(operation.body_type),
        )
    return router


def _text_body(media_type: str | None) -> dict[str, Any] | None:
    if media_type is None:
        return None
    content = {media_type: {"schema": {"type": "string"}}}
    return {"requestBody": {"required": True, "content": content}}


def _documented(endpoint: Endpoint) -> Endpoint:
    """The endpoint as FastAPI reads it: the same signature with its marks for ours."""
    hints = typing.get_type_hints(endpoint, include_extras=True)
    for hint in hints.values():
        _build_models(hint)

    async def stand_in() -> Response:
        raise AssertionError("only its signature is used")

    signature = inspect.signature(endpoint)
    stand_in.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[
            parameter.replace(annotation=_with_fastapi_mark(hints[name]))
            for name, parameter in signature.parameters.items()
        ],
        return_annotation=Response,
    )
    stand_in.__name__ = endpoint.__name__
    return stand_in


def _build_models(hint: Any) -> None:
    """Models are built when they are first used; FastAPI reads only those that are."""
    for part in (hint, *typing.get_args(hint)):
        if isinstance(part, type) and issubclass(part, BaseModel):
            part.model_rebuild()
            part.model_config["defer_build"] = False


def _with_fastapi_mark(hint: Any) -> Any:
    if typing.get_origin(hint) is not typing.Annotated:
        return hint
    kind, mark = typing.get_args(hint)[:2]
    match mark:
        case marks.Query():
            return typing.Annotated[kind, Query()]
        case marks.Header(alias=alias, max_length=longest):
            return typing.Annotated[kind, Header(alias=alias, max_length=longest)]
        case _:
            return hint


def _response_class(media_type: str) -> type[Response]:
    """FastAPI reads the media type of an answer from the class of its response."""
    if media_type == JSONResponse.media_type:
        return JSONResponse
    return type("Documented", (Response,), {"media_type": media_type})


def _problem_response(status: int) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{ProblemAnswer.__name__}"}
    return {"description": _MEANINGS[status], "content": {MEDIA_TYPE: {"schema": schema}}}
