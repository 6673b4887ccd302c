"""The pages that are there before the web page is: a plain start page, and Swagger at `/docs`.

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
from runyard.api.calls import service_of
from runyard.api.problems import problem
from runyard.api.responses import text_answer
from runyard.domain.runs import Run
from runyard.domain.states import RunStatus
from runyard.store.filters import RunFilter

if TYPE_CHECKING:
    from starlette.requests import Request

    from runyard.runtime.requests import SystemView

_RECENT = 20
_OWN = Path(__file__).parent / "static"
_SWAGGER_PACKAGE = "fastapi_offline"
_TYPES = {".js": "text/javascript", ".css": "text/css; charset=utf-8"}
_FILES = {
    "style.css": False,
    "docs.js": False,
    "swagger-ui-bundle.js": True,
    "swagger-ui.css": True,
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def page_routes() -> list[Route]:
    return [
        Route("/", start_page),
        Route("/docs", docs_page),
        Route("/static/{name}", static_file),
    ]


async def start_page(request: Request) -> Response:
    """What Runyard is, what it does now, and where to go on; works without scripts."""
    service = service_of(request)
    view = await service.system()
    page = await service.runs(RunFilter(), cursor=None, limit=_RECENT)
    return _html(
        "Runyard",
        f"""
<header>
<h1>Runyard</h1>
<p>A control plane for Python tasks: a folder of scripts that run now or at a date,
each in its own process, and never silently.</p>
<nav aria-label="Main"><a href="/docs">API documentation</a> ·
<a href="/openapi.json">OpenAPI document</a> · <a href="/api/v1/tasks">tasks</a> ·
<a href="/api/v1/runs">runs</a> · <a href="/api/v1/queues">queues</a> ·
<a href="/api/v1/system">system</a></nav>
</header>
<main>
{_problems(view)}
<h2>Now</h2>
{_counts(view)}
<h2>Newest runs</h2>
{_runs(page.items)}
<h2>First steps</h2>
<pre>runyard run hello --follow
curl -X POST '{escape(_base(request))}/api/v1/tasks/hello/runs?wait=30'</pre>
</main>
<footer><p class="quiet">Runyard {escape(view.version)}, {escape(view.store)}</p></footer>
""",
    )


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


def _problems(view: SystemView) -> str:
    if not view.problems:
        return ""
    lines = "".join(f'<li class="problem">{escape(problem)}</li>' for problem in view.problems)
    return f"<h2>Look at this</h2>\n<ul>{lines}</ul>"


def _counts(view: SystemView) -> str:
    counts = {"tasks": view.tasks} | {
        status.value: view.runs.get(status.value, 0) for status in RunStatus
    }
    shown = "".join(
        f"<li><b>{count}</b> {escape(name.replace('_', ' '))}</li>"
        for name, count in counts.items()
        if count or name in {"tasks", "queued", "running"}
    )
    return f'<ul class="counts">{shown}</ul>'


def _runs(found: object) -> str:
    rows = "".join(_row(run) for run in found if isinstance(run, Run))  # type: ignore[attr-defined]
    if not rows:
        return "<p>No runs yet.</p>"
    return f"""<div class="scroll"><table>
<thead><tr><th scope="col">Task</th><th scope="col">Status</th><th scope="col">Submitted (UTC)</th>
<th scope="col" class="wide">Message</th><th scope="col">Log</th></tr></thead>
<tbody>{rows}</tbody></table></div>"""


def _row(run: Run) -> str:
    status = run.status.value
    name = escape(run.task_id or run.executor)
    message = escape((run.error.message if run.error else run.message) or "")[:200]
    submitted = run.submitted_at.strftime("%Y-%m-%d %H:%M:%S")
    return (
        f'<tr><td><a href="/api/v1/runs/{escape(run.id)}">{name}</a></td>'
        f'<td class="status {status}">{status.replace("_", " ")}</td>'
        f'<td><time datetime="{run.submitted_at.isoformat()}">{submitted}</time></td>'
        f'<td class="wide quiet">{message}</td>'
        f'<td><a href="/api/v1/runs/{escape(run.id)}/log?format=text" '
        f'aria-label="log of {name} {escape(run.id)}">log</a></td></tr>'
    )


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


def _html(title: str, body: str, *, sheet: str = "style.css") -> Response:
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
