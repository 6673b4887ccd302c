"""The browser, a server and pages, for the tests of the web page.

All of them are synchronous: Playwright's own loop runs in the thread while the browser is open, so
the browser belongs to this folder and is closed before any other test runs.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tools.chromium import CHROMIUM, OPTIONS

from tests.support.browser import BUILT, Faults, remember
from tests.support.server import Server, sweep

PATIENCE_MS = 40_000
expect.set_options(timeout=PATIENCE_MS)

OpenPage = Callable[..., Page]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    assert (BUILT / "index.html").is_file(), "the page is not built: run `make web`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def package_server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="ry", dir="/tmp"))
    server = Server(folder)
    try:
        yield server.start()
    finally:
        server.end()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def site(package_server: Server) -> Iterator[Server]:
    """A server that the tests of the page share, without tasks and live runs at their beginning."""
    yield package_server
    sweep(package_server)


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    return report


_FAILED = pytest.StashKey[bool]()


@pytest.fixture
def open_page(
    browser: Browser, faults: Faults, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[OpenPage]:
    """Opens pages of one context; faults that the test does not expect fail it."""
    contexts: list[BrowserContext] = []

    def open_one(
        *, stored: Mapping[str, str] | None = None, again: Page | None = None, **options: Any
    ) -> Page:
        """`stored`: local storage; `again`: a second tab of the browser that has this page."""
        if again is not None:
            return _patient(again.context.new_page())
        plain = {"viewport": {"width": 1280, "height": 800}, "locale": "en-US"}
        context = browser.new_context(**{**plain, **options})
        contexts.append(context)
        faults.watch(context)
        remember(context, {"runyard.theme": "light", **(stored or {})})
        return _patient(context.new_page())

    yield open_one
    if request.node.stash.get(_FAILED, False):
        _picture(contexts, tmp_path)
    for context in contexts:
        context.close()
    assert faults.unexpected() == []


def _patient(page: Page) -> Page:
    page.set_default_timeout(PATIENCE_MS)
    return page


def _picture(contexts: list[BrowserContext], folder: Path) -> None:
    for number, page in enumerate(page for context in contexts for page in context.pages):
        path = folder / f"page-{number}.png"
        page.screenshot(path=path)
        print(f"{page.url} as it looked: {path}")


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()
