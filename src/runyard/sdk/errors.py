"""Errors of the client, read from the server's problem documents.

```
ClientError               any answer that is not a success
├── NotFound              404
├── Conflict              409: right in itself, but not in this state
│   ├── Busy              the concurrency key is held; `run_id` holds it
│   └── StaleEdit         412: the content was changed meanwhile
├── Invalid               400, 415, 422; `problems` says what is wrong where
├── Forbidden             401, 403
├── TooLarge              413
├── Unavailable           429, 502 to 504: try again later
│   └── NoServer          nothing answers at the address, or the connection broke
└── WaitedTooLong         the run is not over within the time given; it goes on
```
"""

from __future__ import annotations

import json
from typing import Any


class ClientError(Exception):
    """A sentence, a stable `code`, perhaps a `hint`, the HTTP status and facts for a program."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "error",
        status: int | None = None,
        hint: str | None = None,
        facts: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.hint = hint
        self.facts = facts or {}

    @property
    def problems(self) -> list[dict[str, Any]]:
        """`{"where", "message"}` of each thing that is wrong, when the server said so."""
        problems = self.facts.get("problems")
        return problems if isinstance(problems, list) else []


class NotFound(ClientError): ...


class Conflict(ClientError): ...


class Busy(Conflict):
    @property
    def run_id(self) -> str:
        return str(self.facts.get("run_id", ""))


class StaleEdit(Conflict): ...


class Invalid(ClientError): ...


class Forbidden(ClientError): ...


class TooLarge(ClientError): ...


class Unavailable(ClientError): ...


class NoServer(Unavailable): ...


class WaitedTooLong(ClientError): ...


_BY_CODE: dict[str, type[ClientError]] = {"busy": Busy, "stale_edit": StaleEdit}
_BY_STATUS: dict[int, type[ClientError]] = {
    400: Invalid,
    401: Forbidden,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: StaleEdit,
    413: TooLarge,
    415: Invalid,
    422: Invalid,
    429: Unavailable,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}
_STANDARD = frozenset({"type", "title", "status", "detail", "code", "hint"})


def error_of(status: int, body: bytes) -> ClientError:
    """The error that an answer with this status and body stands for, whatever the body is."""
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return ClientError(
            f"the server answered {status} and no problem document",
            code="http_error",
            status=status,
            hint="is the address that of a Runyard server?",
        )
    code = str(document.get("code") or "http_error")
    kind = _BY_CODE.get(code) or _BY_STATUS.get(status, ClientError)
    return kind(
        str(document.get("detail") or document.get("title") or f"the server answered {status}"),
        code=code,
        status=status,
        hint=document.get("hint"),
        facts={name: value for name, value in document.items() if name not in _STANDARD},
    )


def no_server(url: str, reason: str) -> NoServer:
    return NoServer(
        f"no Runyard server answers at {url} ({reason})",
        code="no_server",
        hint="start one with `runyard serve`, or name another with RUNYARD_URL",
    )
