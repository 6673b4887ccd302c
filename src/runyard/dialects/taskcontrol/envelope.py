"""Task Control's answers: the bare value, `{detail}` for a refusal, 422 for a wrong body."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from starlette.responses import Response

from runyard.dialects.answers import json_answer
from runyard.dialects.bodies import check_storable, read_body
from runyard.dialects.frame import Dialect, Refusal
from runyard.domain.errors import Invalid, RunyardError

if TYPE_CHECKING:
    from pydantic import BaseModel
    from starlette.requests import Request

NAME = "taskcontrol"


class Unprocessable(RunyardError):
    """The body does not fit; `detail` says where, in the form of this service."""

    code = "unprocessable"

    def __init__(self, detail: list[dict[str, Any]]) -> None:
        super().__init__("the body does not fit")
        self.detail = detail


def _refuse(refusal: Refusal) -> Response:
    if isinstance(refusal.cause, Unprocessable):
        return json_answer({"detail": refusal.cause.detail}, status=422)
    # This service knows no 409: what does not fit the state is a mistake like any other.
    status = 400 if refusal.status == 409 else refusal.status
    return json_answer({"detail": refusal.message}, status=status)


DIALECT = Dialect(name=NAME, refuse=_refuse)


async def read_model(request: Request, model: type[BaseModel]) -> Any:
    """The body as `model`. Raises `Unprocessable` with a finding for each wrong place."""
    raw = await read_body(request)
    if not raw.strip():
        raise Unprocessable([_finding("missing", "Field required")])
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        raise Unprocessable([_finding("json_invalid", "JSON decode error")]) from None
    try:
        check_storable(value)
    except Invalid as error:
        raise Unprocessable([_finding("value_error", error.message)]) from None
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Unprocessable(
            [
                {"type": one["type"], "loc": ["body", *one["loc"]], "msg": one["msg"]}
                for one in error.errors(include_url=False, include_context=False)
            ]
        ) from None


def _finding(kind: str, message: str) -> dict[str, Any]:
    return {"type": kind, "loc": ["body"], "msg": message}
