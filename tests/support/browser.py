"""A page of the real browser that reports everything which must not happen in it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "src" / "runyard" / "page" / "built"

_AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What the policy forbids is told to scripts even where the browser keeps its console quiet.
_TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} refuses ${event.blockedURI}`));
"""


class Faults:
    """Errors in the console, refused content, failed requests, answers of 400 and more."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._expected: list[re.Pattern[str]] = []

    def expect(self, *patterns: str) -> None:
        """Faults that match one of `patterns` are part of the test."""
        self._expected += [re.compile(pattern) for pattern in patterns]

    def watch(self, context: BrowserContext) -> None:
        context.add_init_script(_TELL_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.seen.append(f"error: {error.error}"))
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)

    def unexpected(self) -> list[str]:
        return [
            fault for fault in self.seen if not any(one.search(fault) for one in self._expected)
        ]

    def _console(self, message: ConsoleMessage) -> None:
        # Of an answer that is a refusal `response` tells more.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.seen.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        # A page that is left gives up what it has asked for.
        if request.failure != "net::ERR_ABORTED":
            self.seen.append(f"request: {request.method} {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            request = response.request
            self.seen.append(f"answer: {response.status} to {request.method} {response.url}")


def remember(context: BrowserContext, values: Mapping[str, str]) -> None:
    """Local storage as an earlier visit may have left it; what the page writes later stays."""
    context.add_init_script(
        "if (location.protocol !== 'about:')"
        f" for (const [key, value] of Object.entries({json.dumps(dict(values))}))"
        " if (localStorage.getItem(key) === null) localStorage.setItem(key, value);"
    )


def axe(page: Page, *, rules: list[str] | None = None) -> list[str]:
    """What axe finds wrong with what is shown now, one line each; `rules`: only these."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.read_text(encoding="utf-8"))
    only: dict[str, Any] = (
        {"type": "rule", "values": rules} if rules else {"type": "tag", "values": _RULES}
    )
    found = page.evaluate(
        "(runOnly) => axe.run(document, {runOnly, resultTypes: ['violations']})"
        ".then(({violations}) => violations)",
        only,
    )
    return [
        f"{violation['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for violation in found
        for node in violation["nodes"]
    ]
