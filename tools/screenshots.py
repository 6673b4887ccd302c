"""Takes pictures of every page into `docs/_static/screenshots`, in both themes and languages.

`python -m tools.screenshots` takes all; names after it (`run tasks`) only those pages.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from tools.chromium import CHROMIUM, OPTIONS
from tools.demo.server import Demo, demo_server

FOLDER = Path(__file__).parents[1] / "docs" / "_static" / "screenshots"
THEMES = ("light", "dark")
LOCALES = ("en", "zh-CN")
WIDE: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
QUALITY = 82
DAYS = 14.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """`keys`: pressed before the picture, as Playwright writes them."""

    name: str
    address: str
    phone: bool = False
    keys: tuple[str, ...] = ()


def shots(runs: dict[str, str]) -> list[Shot]:
    """Every page; `runs`: ids by name."""
    schedule = quote("crawl_news:half-hourly", safe="")
    return [
        Shot(name="overview", address="/", phone=True),
        Shot(name="tasks", address="/tasks", phone=True),
        Shot(name="new-task", address="/tasks/new"),
        Shot(name="task", address="/tasks/crawl_news", phone=True),
        Shot(name="edit-task", address="/tasks/crawl_news/edit", phone=True),
        Shot(name="runs", address="/runs", phone=True),
        Shot(name="run", address=f"/runs/{runs['training']}", phone=True),
        Shot(name="run-finished", address=f"/runs/{runs['finished']}"),
        Shot(name="run-waiting", address=f"/runs/{runs['waiting']}"),
        Shot(name="schedules", address="/schedules", phone=True),
        Shot(name="schedules-calendar", address="/schedules?view=calendar"),
        Shot(name="schedules-density", address="/schedules?view=density"),
        Shot(name="schedule", address=f"/schedules/{schedule}"),
        Shot(name="new-schedule", address="/schedules/new?task=hello"),
        Shot(name="calendars", address="/calendars"),
        Shot(name="calendar", address="/calendars/office-days"),
        Shot(name="queues", address="/queues"),
        Shot(name="projects", address="/projects"),
        Shot(name="project", address="/projects/shop"),
        Shot(name="logs", address="/logs"),
        Shot(name="system", address="/monitor"),
        Shot(name="settings", address="/settings"),
        Shot(name="welcome", address="/welcome"),
        Shot(name="palette", address="/runs", keys=("Control+k", "c", "r", "a", "w")),
    ]


def take(browser: Browser, demo: Demo, only: set[str], folder: Path) -> Iterator[Path]:
    wanted = [shot for shot in shots(demo.runs) if not only or shot.name in only]
    for locale in LOCALES:
        for theme in THEMES:
            yield from _take_in(browser, demo.url, wanted, folder, theme=theme, locale=locale)
        phones = [shot for shot in wanted if shot.phone]
        yield from _take_in(
            browser, demo.url, phones, folder, theme="light", locale=locale, phone=True
        )


def _take_in(
    browser: Browser,
    url: str,
    wanted: list[Shot],
    folder: Path,
    *,
    theme: str,
    locale: str,
    phone: bool = False,
) -> Iterator[Path]:
    context = browser.new_context(
        viewport=PHONE if phone else WIDE,
        device_scale_factor=2 if phone else 1,
        is_mobile=phone,
        has_touch=phone,
        reduced_motion="reduce",
        timezone_id="Europe/Berlin",
    )
    context.add_init_script(
        f"localStorage.setItem('runyard.theme', '{theme}');"
        f"localStorage.setItem('runyard.locale', '{locale}');"
    )
    page = context.new_page()
    for shot in wanted:
        page.goto(url + shot.address)
        _settle(page)
        for key in shot.keys:
            page.keyboard.press(key)
        if shot.keys:
            page.wait_for_timeout(1_200)
        kind = "phone" if phone else theme
        yield _picture(page, folder / f"{shot.name}-{kind}-{locale}.webp")
    context.close()


def _settle(page: Page) -> None:
    """What was asked for is there and drawn; the live stream goes on."""
    page.get_by_role("heading", level=1).first.wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(700)


def _picture(page: Page, path: Path) -> Path:
    session = page.context.new_cdp_session(page)
    answer = session.send(
        "Page.captureScreenshot", {"format": "webp", "quality": QUALITY, "optimizeForSpeed": False}
    )
    path.write_bytes(base64.b64decode(answer["data"]))
    session.detach()
    return path


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    total = 0
    with demo_server(days=DAYS) as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        for path in take(browser, demo, set(sys.argv[1:]), FOLDER):
            total += path.stat().st_size
            print(f"{path.stat().st_size / 1000:7.0f} kB  {path.name}", flush=True)
        browser.close()
    print(f"{total / 1e6:7.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
