"""Swagger at `/docs`.

Nothing is loaded from elsewhere: Swagger's own files come from an installed package.
"""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from runyard import __version__
from runyard.api.problems import problem
from runyard.api.responses import text_answer

if TYPE_CHECKING:
    from starlette.requests import Request


_OWN = Path(__file__).parent / "static"
_SWAGGER_PACKAGE = "fastapi_offline"
_TYPES = {".js": "text/javascript", ".css": "text/css; charset=utf-8"}
_FILES = {
    "docs.js": False,
    "swagger-ui-bundle.js": True,
    "swagger-ui.css": True,
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def docs_routes() -> list[Route]:
    return [
        Route("/docs", docs_page),
        Route("/static/{name}", static_file),
    ]


async def docs_page(request: Request) -> Response:
    """Swagger UI over this server's own document."""
    del request
    return _html(
        "Runyard API",
        """
<div id="docs"><noscript><p>Swagger UI needs scripts. The document itself:
<a href="/openapi.json">openapi.json</a></p></noscript></div>
<script src="/static/swagger-ui-bundle.js"></script>
<script src="/static/docs.js"></script>
""",
        sheet="swagger-ui.css",
    )


def _html(title: str, body: str, *, sheet: str) -> Response:
    return text_answer(
        f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/{sheet}?v={__version__}">
</head>
<body>{body}</body>
</html>
""",
        media_type="text/html; charset=utf-8",
        **{"content-security-policy": _POLICY, "referrer-policy": "same-origin"},
    )


async def static_file(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _FILES:
        return problem(404, "no_such_path", f"there is nothing at {request.url.path}")
    return Response(
        _read(name),
        media_type=_TYPES[Path(name).suffix],
        headers={"cache-control": "public, max-age=3600", "x-content-type-options": "nosniff"},
    )


@cache
def _read(name: str) -> bytes:
    folder = _swagger_folder() if _FILES[name] else _OWN
    return (folder / name).read_bytes()


def _swagger_folder() -> Path:
    """The package is only looked up, not imported: its files are all that is wanted of it."""
    spec = find_spec(_SWAGGER_PACKAGE)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"the package {_SWAGGER_PACKAGE}, a dependency, is not installed")
    return Path(spec.origin).parent / "static"
