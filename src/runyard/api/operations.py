"""Operations: endpoints written like FastAPI's, documented by FastAPI, and called without detours.

An endpoint's signature says where its arguments come from: `Request`; a name of the path; a model
marked `Annotated[Model, Query()]`; a string marked `Annotated[str | None, Header(alias=...)]`; and
another model, which is the JSON body. FastAPI reads the signatures for the OpenAPI document only
(`documenting`); calls are served by plain Starlette routes, which read strictly and cost a
fraction.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, Union

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, compile_path

from runyard.api.bodies import check_text, read_json
from runyard.api.marks import Header
from runyard.api.validation import problems_of
from runyard.domain.errors import Invalid, NotFound

Endpoint = Callable[..., Awaitable[Response]]
E = TypeVar("E", bound=Endpoint)
Quick = Callable[[Any], BaseModel | None]
Read = Callable[[Request, dict[str, Any]], None]

PREFIX = "/api/v1"

_MAX_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Operation:
    """One method on one path; `answers` and `others` are for the document."""

    method: str
    path: str
    endpoint: Endpoint
    tag: str
    status: int
    answers: Any
    errors: tuple[int, ...]
    media_type: str = "application/json"
    others: dict[int | str, dict[str, Any]] = field(default_factory=dict)
    quick: Quick | None = None
    body_type: str | None = None


class Operations:
    """The operations of one resource."""

    def __init__(self, tag: str, *, prefix: str = PREFIX) -> None:
        self._tag = tag
        self._prefix = prefix
        self.all: list[Operation] = []

    def on(  # noqa: PLR0913 - what is said of an operation stands in one place
        self,
        method: str,
        path: str,
        *,
        answers: Any = None,
        status: int = 200,
        errors: Sequence[int] = (),
        media_type: str = "application/json",
        others: dict[int | str, dict[str, Any]] | None = None,
        quick: Quick | None = None,
        body_type: str | None = None,
    ) -> Callable[[E], E]:
        """Register an endpoint. `others` documents answers besides `answers` and the errors.

        `quick` makes the body of its JSON value in the plain case; None: its model reads it.
        `body_type` is the media type of a body that the endpoint reads itself, as text.
        """

        def register(endpoint: E) -> E:
            self.all.append(
                Operation(
                    method=method,
                    path=self._prefix + path,
                    endpoint=endpoint,
                    tag=self._tag,
                    status=status,
                    answers=answers,
                    errors=tuple(errors),
                    media_type=media_type,
                    others=others or {},
                    quick=quick,
                    body_type=body_type,
                )
            )
            return endpoint

        return register


def routes_of(operations: Sequence[Operation]) -> list[Route]:
    """Starlette routes, one per path; what is hottest should come first."""
    by_path: dict[str, dict[str, Endpoint]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, {})[operation.method] = _serving(operation)
    return [
        Route(path, _by_method(by_path[path]), methods=list(by_path[path]))
        for path in _literal_first(list(by_path))
    ]


def _literal_first(paths: list[str]) -> list[str]:
    """The same order, but `/runs/bulk` before `/runs/{run_id}`, which would take it, too."""
    ordered: list[str] = []
    for path in paths:
        taken_by = [
            index for index, earlier in enumerate(ordered) if compile_path(earlier)[0].match(path)
        ]
        ordered.insert(min(taken_by, default=len(ordered)), path)
    return ordered


def _by_method(methods: dict[str, Endpoint]) -> Endpoint:
    if len(methods) == 1:
        return next(iter(methods.values()))

    async def endpoint(request: Request) -> Response:
        return await methods[request.method](request)

    return endpoint


def _serving(operation: Operation) -> Endpoint:
    """The endpoint with its arguments read from the request, as its signature says."""
    endpoint = operation.endpoint
    hints = typing.get_type_hints(endpoint, include_extras=True)
    hints.pop("return", None)
    readers: list[Read] = []
    body: tuple[str, type[BaseModel], bool] | None = None
    request_name = ""
    for name, hint in hints.items():
        if hint is Request:
            request_name = name
        elif "{" + name + "}" in operation.path:
            readers.append(_path_number_reader(name) if hint is int else _path_reader(name))
        elif typing.get_origin(hint) is typing.Annotated:
            readers.append(_marked_reader(name, hint))
        else:
            body = (name, *_body_model(hint))

    async def serve(request: Request) -> Response:
        arguments: dict[str, Any] = {}
        for read in readers:
            read(request, arguments)
        if body is not None:
            arguments[body[0]] = await _read_body(
                request, model=body[1], needed=body[2], quick=operation.quick
            )
        return await endpoint(**{request_name: request}, **arguments)

    return serve if readers or body else _with_request(endpoint, request_name)


def _with_request(endpoint: Endpoint, name: str) -> Endpoint:
    async def serve(request: Request) -> Response:
        return await endpoint(**{name: request})

    return serve


def _path_reader(name: str) -> Read:
    def read(request: Request, arguments: dict[str, Any]) -> None:
        value = request.path_params[name]
        check_text(value, where=name)
        arguments[name] = value

    return read


def _path_number_reader(name: str) -> Read:
    def read(request: Request, arguments: dict[str, Any]) -> None:
        text = request.path_params[name]
        if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
            raise NotFound(f"there is no such {name}", hint="it is a number")
        arguments[name] = int(text)

    return read


def _marked_reader(name: str, hint: Any) -> Read:
    kind, mark = typing.get_args(hint)[:2]
    if isinstance(mark, Header):
        header = mark.alias

        def read_header(request: Request, arguments: dict[str, Any]) -> None:
            arguments[name] = request.headers.get(header)

        return read_header

    model: type[BaseModel] = kind
    lists = {
        field_name
        for field_name, info in model.model_fields.items()
        if typing.get_origin(info.annotation) in {list, tuple}
    }

    def read_query(request: Request, arguments: dict[str, Any]) -> None:
        arguments[name] = parse_query(request, model, lists)

    return read_query


def parse_query(request: Request, model: type[BaseModel], lists: set[str]) -> Any:
    """The query string as a model; a name given twice is refused unless it takes a list."""
    given: dict[str, Any] = {}
    asked = request.query_params.multi_items() if request.scope["query_string"] else ()
    for key, value in asked:
        check_text(key, where="query")
        check_text(value, where=key)
        if key in lists:
            given.setdefault(key, []).append(value)
        elif key in given:
            raise Invalid(f"{key} is given twice", problems=[{"where": key, "message": "twice"}])
        else:
            given[key] = value
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise problems_of(error, model=model, what="query") from None


def _body_model(hint: Any) -> tuple[type[BaseModel], bool]:
    """The model, and whether a body is needed (`Model | None`: no)."""
    if typing.get_origin(hint) in {Union, types.UnionType}:
        (model,) = (part for part in typing.get_args(hint) if part is not type(None))
        return model, False
    return hint, True


async def _read_body(
    request: Request, *, model: type[BaseModel], needed: bool, quick: Quick | None
) -> Any:
    read = await read_json(request)
    if read is None:
        if needed:
            raise Invalid("the request needs a JSON body", hint=f"see {request.url.path} in /docs")
        return None
    raw, value = read
    if quick is not None and (body := quick(value)) is not None:
        return body
    if not needed and raw.strip() == b"null":
        return None
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise problems_of(error, model=model, what="body") from None
