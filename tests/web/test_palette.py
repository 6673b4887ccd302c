"""The command palette, by keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import axe
from tests.support.server import Server
from tests.web.conftest import OpenPage


def opened(page: Page) -> Locator:
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Find a task")
    expect(box).to_be_focused()
    return box


def chosen(page: Page) -> Locator:
    return page.get_by_role("option", selected=True)


def test_it_finds_tasks_and_goes_there(site: Server, page: Page) -> None:
    for name in ("crawl_site", "nightly_crawl", "backup"):
        site.write_task(name, "print(1)\n")
    page.goto(f"{site.url}/queues")
    opened(page)
    page.keyboard.type("site crwl")
    expect(chosen(page)).to_contain_text("crawl_site")
    assert axe(page) == []
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/tasks/crawl_site")
    opened(page)
    # What was used last comes first.
    expect(chosen(page)).to_contain_text("crawl_site")
    page.keyboard.press("Escape")
    expect(page.get_by_role("combobox", name="Find a task")).to_be_hidden()


def test_it_runs_a_task_and_finds_the_run_by_its_id(site: Server, page: Page) -> None:
    site.write_task("greet", "print('hello')\n")
    page.goto(f"{site.url}/queues")
    opened(page)
    page.keyboard.type("run gre")
    expect(chosen(page)).to_contain_text("Run greet")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Watch")).to_be_visible()
    run = site.http.get("/api/v1/runs", params={"task_id": "greet"}).json()["items"][0]
    site.until(run["id"], "succeeded")
    opened(page)
    page.keyboard.type(run["id"][-7:])
    expect(chosen(page)).to_contain_text("greet")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/runs/{run['id']}")


def test_it_shows_what_runs_and_cancels_all_after_a_question(site: Server, page: Page) -> None:
    site.write_task("sleepy", "import time\ntime.sleep(600)\n")
    run = site.submit("sleepy")
    site.until(run["id"], "running")
    page.goto(f"{site.url}/queues")
    opened(page)
    expect(page.get_by_role("group", name="Running now")).to_contain_text("sleepy")
    page.keyboard.type("cancel every")
    expect(chosen(page)).to_contain_text("Cancel everything")
    page.keyboard.press("Enter")
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("Cancel one run?")
    question.get_by_role("button", name=re.compile("^Cancel ")).click()
    site.until(run["id"], "cancelled")


@pytest.mark.parametrize(
    ("words", "expected"),
    [("dark", {"data-theme": "dark"}), ("chinese", {"lang": "zh-CN"}), ("中文", {"lang": "zh-CN"})],
)
def test_it_changes_how_the_page_looks(
    site: Server, page: Page, words: str, expected: dict[str, str]
) -> None:
    page.goto(f"{site.url}/queues")
    opened(page)
    page.keyboard.type(words)
    expect(chosen(page)).to_be_visible()
    page.keyboard.press("Enter")
    for name, value in expected.items():
        expect(page.locator("html")).to_have_attribute(name, value)


def test_it_goes_round_and_says_when_there_is_nothing(site: Server, page: Page) -> None:
    page.goto(f"{site.url}/queues")
    box = opened(page)
    expect(chosen(page)).to_contain_text("Overview")
    page.keyboard.press("ArrowUp")
    expect(chosen(page)).not_to_contain_text("Overview")
    page.keyboard.press("ArrowDown")
    expect(chosen(page)).to_contain_text("Overview")
    page.keyboard.type("xyzzy plugh")
    expect(page.get_by_text("Nothing is called “xyzzy plugh”")).to_be_visible()
    expect(box).not_to_have_attribute("aria-activedescendant", re.compile("."))


def test_it_works_on_a_phone(site: Server, open_page: OpenPage) -> None:
    site.write_task("greet", "print('hello')\n")
    page = open_page(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    page.goto(f"{site.url}/queues")
    page.get_by_role("button", name="More").tap()
    page.get_by_role("dialog").get_by_role("button", name="Search").tap()
    page.get_by_role("combobox", name="Find a task").fill("gree")
    page.get_by_role("option", name="greet").first.tap()
    expect(page).to_have_url(f"{site.url}/tasks/greet")
