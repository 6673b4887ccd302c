"""The web page: one document for all its addresses, and the files that the build made for it.

The document is the same for everybody but for a nonce: styles that the page's editor makes while
it runs are let in by it, and by nothing else. Files carry their content's hash in their name.
"""

from __future__ import annotations

import asyncio
import gzip
import mimetypes
import secrets
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from starlette.responses import Response
from starlette.routing import Route

from runyard.api.problems import problem
from runyard.api.responses import text_answer

if TYPE_CHECKING:
    from starlette.requests import Request

BUILT = Path(__file__).parents[1] / "page" / "built"
_NONCE = b"__CSP_NONCE__"
_COMPRESSED = frozenset({".js", ".css", ".svg", ".html", ".json"})
_NOT_BUILT = """This checkout's web page is not built yet: run `make web` (or `make serve`), then \
reload.

The API is documented at /docs.
"""

# `/tasks` and below are shared with a foreign contract, which gives them to the page itself.
ADDRESSES = (
    "/",
    "/runs",
    "/runs/{rest:path}",
    "/schedules",
    "/schedules/{rest:path}",
    "/calendars",
    "/calendars/{rest:path}",
    "/queues",
    "/queues/{rest:path}",
    "/projects",
    "/projects/{rest:path}",
    "/logs",
    "/logs/{rest:path}",
    "/monitor",
    "/settings",
    "/welcome",
)
SHARED_ADDRESSES = ("/tasks", "/tasks/{rest:path}")


class _File(NamedTuple):
    body: bytes
    compressed: bytes | None
    media_type: str


class Page:
    """Serves the page that lies in `folder`, which may appear while the server runs."""

    def __init__(self, folder: Path = BUILT) -> None:
        self._folder = folder
        self._read = lru_cache(maxsize=256)(_read)

    def routes(self, *, shared: bool) -> list[Route]:
        """`shared`: the addresses below `/tasks`, too."""
        addresses = ADDRESSES + (SHARED_ADDRESSES if shared else ())
        return [
            Route("/assets/{name}", self.file),
            *(Route(address, self.document) for address in addresses),
        ]

    async def document(self, request: Request) -> Response:
        """The page itself, whatever its address."""
        del request
        path = self._folder / "index.html"
        try:
            text = await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:
            return text_answer(_NOT_BUILT)
        nonce = secrets.token_urlsafe(16)
        return text_answer(
            text.replace(_NONCE, nonce.encode()),
            media_type="text/html; charset=utf-8",
            **{
                "content-security-policy": _policy(nonce),
                "referrer-policy": "same-origin",
                "cross-origin-opener-policy": "same-origin",
                "x-frame-options": "DENY",
            },
        )

    async def file(self, request: Request) -> Response:
        """A file of the build; its name changes with its content, so it may be kept for ever."""
        name = request.path_params["name"]
        path = self._folder / "assets" / name
        # A name has no slash here; what is left is that it must not climb.
        if name.startswith(".") or not await asyncio.to_thread(path.is_file):
            return problem(404, "no_such_path", f"there is nothing at {request.url.path}")
        stamp = path.stat().st_mtime_ns
        found = await asyncio.to_thread(self._read, path, stamp)
        headers = {
            "cache-control": "public, max-age=31536000, immutable",
            "x-content-type-options": "nosniff",
        }
        body = found.body
        if found.compressed is not None:
            headers["vary"] = "accept-encoding"
            if "gzip" in request.headers.get("accept-encoding", ""):
                headers["content-encoding"] = "gzip"
                body = found.compressed
        return Response(body, media_type=found.media_type, headers=headers)


def _policy(nonce: str) -> str:
    return (
        "default-src 'none'; script-src 'self'; "
        f"style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def _read(path: Path, stamp: int) -> _File:
    """`stamp` is part of the key: a page that is built again is read again."""
    del stamp
    body = path.read_bytes()
    compressed = gzip.compress(body, mtime=0) if path.suffix in _COMPRESSED else None
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind.endswith(("javascript", "json")):
        kind += "; charset=utf-8"
    return _File(body=body, compressed=compressed, media_type=kind)
