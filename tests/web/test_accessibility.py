"""Axe finds nothing on any page, in both themes, with an installation that is in full use."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tools.demo.history import write_history
from tools.demo.live import copy_tasks, make_live
from tools.demo.server import Demo
from tools.screenshots import Shot, shots

from tests.support.browser import axe
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.web.conftest import OpenPage

# The addresses of runs are known only when there are runs.
_UNKNOWN = dict.fromkeys(("finished", "training", "waiting"), "")
NAMES = [shot.name for shot in shots(_UNKNOWN)]

# As another tab would change it.
_DARK = """
localStorage.setItem("runyard.theme", "dark");
dispatchEvent(new StorageEvent("storage",
  {key: "runyard.theme", newValue: "dark", storageArea: localStorage}));
"""


@pytest.fixture(scope="package")
def demo() -> Iterator[Demo]:
    folder = Path(tempfile.mkdtemp(prefix="ry", dir="/tmp"))
    server = Server(folder)
    try:
        copy_tasks(server.tasks)
        server.data.mkdir()
        with ThreadPoolExecutor(1) as elsewhere:  # here the browser's loop runs
            store = f"sqlite:///{server.data / 'runyard.db'}"
            elsewhere.submit(write_history, store, days=1.5).result()
        server.start("--max-workers", "12")
        yield Demo(url=server.url, runs=make_live(server.http))
    finally:
        server.end()
        shutil.rmtree(folder, ignore_errors=True)


def finds_nothing(page: Page, **options: list[str]) -> None:
    """Once everything is drawn: an editor takes a new theme over a moment later."""

    def clean() -> bool:
        found = axe(page, **options)
        assert found == []
        return True

    eventually(clean, timeout_s=15, what="axe finds nothing")


def shown(page: Page, demo: Demo, name: str) -> Shot:
    shot = next(shot for shot in shots(demo.runs) if shot.name == name)
    page.goto(demo.url + shot.address)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")
    for key in shot.keys:
        page.keyboard.press(key)
    return shot


@pytest.mark.parametrize("name", NAMES)
def test_everybody_can_use_it(demo: Demo, open_page: OpenPage, name: str) -> None:
    page = open_page(reduced_motion="reduce", viewport={"width": 1280, "height": 1000})
    shown(page, demo, name)
    finds_nothing(page)
    page.evaluate(_DARK)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    finds_nothing(page, rules=["color-contrast"])
    page.set_viewport_size({"width": 360, "height": 740})
    eventually(
        lambda: page.evaluate("document.documentElement.scrollWidth") <= 360,
        timeout_s=10,
        what="nothing sticks out at the side of a phone",
    )
