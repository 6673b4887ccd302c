"""What the browser must fetch before it shows anything."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import Page, expect

from tests.support.browser import BUILT
from tests.support.server import Server

FIRST_LOAD_BYTES = 250_000


def test_the_first_load_is_small_enough() -> None:
    """The entry and what it imports at once; gzip as the server sends it."""
    manifest: dict[str, Any] = json.loads((BUILT / "manifest.json").read_text())
    entry = next(name for name, part in manifest.items() if part.get("isEntry"))
    # A page's own part comes with the first load, too. Later ones bring what they need.
    starts = re.compile(r"features/(overview|tasks|task|runs|run|queues|welcome)/\w+Page\.vue$")
    sizes = {
        name: _size(manifest, _closure(manifest, [entry, name]))
        for name, part in manifest.items()
        if starts.search(name) and part.get("isDynamicEntry")
    }
    assert len(sizes) == 7
    assert {name: size for name, size in sizes.items() if size >= FIRST_LOAD_BYTES} == {}


def test_the_editor_and_the_charts_are_not_part_of_the_first_load() -> None:
    manifest: dict[str, Any] = json.loads((BUILT / "manifest.json").read_text())
    entry = next(name for name, part in manifest.items() if part.get("isEntry"))
    text = "".join((BUILT / path).read_text() for path in _closure(manifest, [entry]))
    for heavy in ("cm-content", "uplot"):
        assert heavy not in text


def _closure(manifest: dict[str, Any], names: list[str]) -> set[str]:
    """The scripts of these parts and of all that they import at once."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        part = manifest[waiting.pop()]
        if part["file"] not in found:
            found.add(part["file"])
            waiting += part.get("imports", [])
    return found


def _size(manifest: dict[str, Any], files: set[str]) -> int:
    return sum(len(gzip.compress((BUILT / Path(name)).read_bytes(), mtime=0)) for name in files)


def test_everything_comes_from_this_server_compressed_and_for_ever(
    site: Server, page: Page
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site.url}/tasks")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith((site.url, "data:", "blob:"))] == []
    scripts = [url for url in asked if url.endswith(".js")]
    answer = httpx2.get(scripts[0], headers={"accept-encoding": "gzip"}, timeout=60)
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
