"""The only place that knows HTTP statuses: errors become RFC 9457 problem documents."""

from __future__ import annotations

import logging
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

import orjson
from starlette.responses import Response

from runyard.domain.errors import (
    AlreadyServed,
    Conflict,
    EngineError,
    Forbidden,
    IdempotencyMismatch,
    Invalid,
    NotFound,
    RunyardError,
    StaleAttempt,
    StaleEdit,
    StoreUnavailable,
    TooLarge,
)

if TYPE_CHECKING:
    from starlette.exceptions import HTTPException
    from starlette.requests import Request

_log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER_S = "2"

# The first class that an error is an instance of decides.
_STATUSES: tuple[tuple[type[RunyardError], int], ...] = (
    (NotFound, 404),
    (Invalid, 422),
    (StaleEdit, 412),
    (IdempotencyMismatch, 422),
    (Conflict, 409),
    (StaleAttempt, 409),
    (Forbidden, 403),
    (TooLarge, 413),
    (StoreUnavailable, 503),
    (AlreadyServed, 503),
    (EngineError, 503),
)


class BadRequest(RunyardError):
    """The HTTP request itself is wrong: broken JSON, a foreign origin, a wrong media type."""

    def __init__(self, status: int, code: str, message: str, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.status = status
        self.own_code = code


def answer(error: RunyardError) -> Response:
    """The problem document of an error that was raised on purpose."""
    if isinstance(error, BadRequest):
        return problem(
            error.status, error.own_code, error.message, hint=error.hint, facts=error.facts
        )
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
    if status == 500:
        return unexpected(error)
    return problem(status, error.code, error.message, hint=error.hint, facts=error.facts)


def unexpected(error: BaseException) -> Response:
    """500 with an id under which the server's log has the traceback; nothing of it is shown."""
    incident = secrets.token_hex(6)
    _log.error("incident %s: %s", incident, type(error).__name__, exc_info=error)
    return problem(
        500,
        "internal_error",
        f"something went wrong inside the server; its log says more under {incident}",
        facts={"incident": incident},
    )


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    hint: str | None = None,
    facts: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    document = {
        **(facts or {}),
        "type": f"urn:runyard:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if hint is not None:
        document["hint"] = hint
    sent = {"cache-control": "no-store", **(headers or {})}
    if status == 503:
        sent["retry-after"] = _RETRY_AFTER_S
    if status == 413:
        sent["connection"] = "close"  # what is left of the body is not read
    return Response(
        orjson.dumps(document, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z),
        status_code=status,
        headers=sent,
        media_type=MEDIA_TYPE,
    )


async def on_http_exception(request: Request, error: Exception) -> Response:
    """What the router itself refuses: unknown paths and methods."""
    refused = cast("HTTPException", error)
    path = request.url.path
    match refused.status_code:
        case 404:
            return problem(404, "no_such_path", f"there is nothing at {path}", hint="see /docs")
        case 405:
            allow = (refused.headers or {}).get("Allow", "")
            return problem(
                405,
                "method_not_allowed",
                f"{path} does not know {request.method}",
                facts={"allow": sorted(filter(None, allow.split(", ")))},
                headers={"allow": allow},
            )
        case status:
            return problem(status, "http_error", str(refused.detail))


async def on_runyard_error(request: Request, error: Exception) -> Response:
    del request
    return answer(cast("RunyardError", error))
