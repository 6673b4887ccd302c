"""Ready answers: bytes with the headers that every API answer has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from runyard.api.encoding import dumps

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

_JSON = (b"content-type", b"application/json")
_NO_STORE = (b"cache-control", b"no-store")


class JsonBytes(Response):
    """JSON that is encoded already; skips the header building of Starlette's Response."""

    media_type = "application/json"

    def __init__(
        self, body: bytes, *, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        self.status_code = status
        self.body = body
        self.background = None
        self.raw_headers = [_JSON, _NO_STORE, (b"content-length", b"%d" % len(body))]
        if headers:
            self.raw_headers += [
                (name.lower().encode("latin-1"), value.encode("latin-1"))
                for name, value in headers.items()
            ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        await send({"type": "http.response.body", "body": self.body})


def json_answer(
    value: Any, *, status: int = 200, headers: dict[str, str] | None = None
) -> JsonBytes:
    return JsonBytes(dumps(value), status=status, headers=headers)


def text_answer(
    text: str | bytes, *, media_type: str = "text/plain; charset=utf-8", **headers: str
) -> Response:
    sent = {"cache-control": "no-store", "x-content-type-options": "nosniff", **headers}
    return Response(text, media_type=media_type, headers=sent)


def nothing(*, status: int = 204, headers: dict[str, str] | None = None) -> Response:
    return Response(status_code=status, headers={"cache-control": "no-store", **(headers or {})})
