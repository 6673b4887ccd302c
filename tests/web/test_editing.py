"""The editor: nothing that was typed gets lost, whoever else saves."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.support.browser import Faults
from tests.support.server import Server
from tests.web.conftest import OpenPage


def opened(page: Page, site: Server, task_id: str) -> None:
    page.goto(f"{site.url}/tasks/{task_id}/edit")
    expect(text_of(page)).to_contain_text("print")


def text_of(page: Page) -> Locator:
    return page.locator(".cm-content").first


def add_line(page: Page, line: str) -> None:
    text_of(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(line)


def content(site: Server, task_id: str) -> str:
    return str(site.http.get(f"/api/v1/tasks/{task_id}").json()["content"])


def test_text_is_saved_as_a_version(site: Server, page: Page) -> None:
    site.write_task("hello", "print('hello')\n")
    opened(page, site, "hello")
    add_line(page, "print('again')\n")
    page.keyboard.press("Control+s")
    expect(page.get_by_text(re.compile("hello is saved as version"))).to_be_visible()
    assert content(site, "hello") == "print('hello')\nprint('again')\n"
    assert (site.tasks / "hello.py").read_text() == content(site, "hello")


def test_the_form_and_the_text_go_in_step(site: Server, page: Page) -> None:
    site.write_task("hello", "print('hello')  # kept\n")
    opened(page, site, "hello")
    form = page.get_by_role("region", name="General")
    form.get_by_role("textbox", name="Title").fill("Say hello")
    page.keyboard.press("Tab")
    expect(text_of(page)).to_contain_text('title = "Say hello"')
    expect(text_of(page)).to_contain_text("# kept")
    page.keyboard.press("Control+s")
    expect(page.get_by_text(re.compile("hello is saved as version"))).to_be_visible()
    assert site.http.get("/api/v1/tasks/hello").json()["spec"]["title"] == "Say hello"


def test_problems_are_shown_while_one_types(site: Server, page: Page) -> None:
    site.write_task("hello", "print('hello')\n")
    opened(page, site, "hello")
    add_line(page, "def (:\n")
    expect(page.get_by_role("main")).to_contain_text(re.compile("1 error"))


def test_two_tabs_that_save_lose_neither_text(
    site: Server, page: Page, open_page: OpenPage, faults: Faults
) -> None:
    faults.expect("answer: 412 to PUT")
    site.write_task("shared", "print('both')\n")
    other = open_page(again=page)
    opened(page, site, "shared")
    opened(other, site, "shared")
    add_line(page, "print('mine')\n")
    add_line(other, "print('theirs')\n")
    other.keyboard.press("Control+s")
    expect(other.get_by_text("shared is saved as version 2")).to_be_visible()
    page.bring_to_front()
    page.get_by_role("button", name="Save", exact=True).click()
    conflict = page.get_by_role("dialog", name="Somebody else saved first")
    expect(conflict).to_contain_text("theirs")
    expect(conflict).to_contain_text("mine")
    conflict.get_by_role("button", name="Save mine over theirs").click()
    expect(page.get_by_text("shared is saved as version 3")).to_be_visible()
    assert "mine" in content(site, "shared")
    versions = site.http.get("/api/v1/tasks/shared/versions/2").json()
    assert "theirs" in versions["content"]


def test_unsaved_text_is_guarded_and_offered_again(site: Server, page: Page) -> None:
    site.write_task("hello", "print('hello')\n")
    opened(page, site, "hello")
    add_line(page, "print('precious')\n")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Queues").click()
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("Leave without saving?")
    question.get_by_role("button", name="Stay").click()
    expect(text_of(page)).to_contain_text("precious")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Queues").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Leave").click()
    expect(page).to_have_url(f"{site.url}/queues")
    opened(page, site, "hello")
    page.get_by_role("button", name="Go on with it").click()
    expect(text_of(page)).to_contain_text("precious")


def test_a_draft_runs_without_being_saved(site: Server, page: Page) -> None:
    site.write_task("hello", "print('hello')\n")
    opened(page, site, "hello")
    add_line(page, "print('only a draft')\n")
    page.get_by_role("button", name="Run draft", exact=True).click()
    expect(page.get_by_role("log").first).to_contain_text("only a draft")
    assert content(site, "hello") == "print('hello')\n"
    run = site.http.get("/api/v1/runs", params={"task_id": "hello"}).json()["items"][0]
    assert run["draft"] is True
