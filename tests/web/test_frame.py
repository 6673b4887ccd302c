"""What stands around every page: places, themes, languages, keys, addresses, the policy."""

from __future__ import annotations

import re

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.web.conftest import OpenPage

PLACES = {
    "Overview": "/",
    "Tasks": "/tasks",
    "Runs": "/runs",
    "Schedules": "/schedules",
    "Queues": "/queues",
    "Projects": "/projects",
    "Logs": "/logs",
    "System": "/monitor",
    "Settings": "/settings",
}


def test_the_side_bar_leads_to_every_place(site: Server, page: Page) -> None:
    site.write_task("hello", "print('hello')\n")  # an empty installation begins with the tour
    page.goto(site.url)
    bar = page.get_by_role("navigation", name="Main")
    for name, path in PLACES.items():
        bar.get_by_role("link", name=name, exact=True).click()
        expect(page).to_have_url(site.url + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(bar.get_by_role("link", name=name, exact=True)).to_have_attribute(
            "aria-current", "page"
        )
        expect(page).to_have_title(re.compile(rf"^{name}.* · Runyard$"))


def test_keys_lead_to_places_and_show_what_keys_there_are(site: Server, page: Page) -> None:
    page.goto(f"{site.url}/queues")
    expect(page.get_by_role("heading", level=1)).to_have_text("Queues")
    page.keyboard.press("g")
    page.keyboard.press("m")
    expect(page).to_have_url(f"{site.url}/monitor")
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet.get_by_text("Go to")).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_theme_and_language_are_chosen_and_kept(site: Server, page: Page) -> None:
    page.goto(f"{site.url}/queues")
    page.get_by_role("button", name="Preferences").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Preferences").click()
    page.get_by_role("menuitemradio", name="简体中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("队列")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("队列")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(
        page.get_by_role("navigation", name="主导航").get_by_role("link", name="任务")
    ).to_be_visible()


@pytest.mark.parametrize("locale", ["zh-CN", "zh-TW", "zh"])
def test_a_chinese_browser_gets_a_chinese_page(
    site: Server, open_page: OpenPage, locale: str
) -> None:
    page = open_page(locale=locale)
    page.goto(f"{site.url}/queues")
    expect(page.get_by_role("heading", level=1)).to_have_text("队列")


def test_a_dark_system_gets_a_dark_page(site: Server, open_page: OpenPage) -> None:
    page = open_page(stored={"runyard.theme": "system"}, color_scheme="dark")
    page.goto(f"{site.url}/queues")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_a_phone_has_its_bar_below_and_no_scrolling_sideways(
    site: Server, open_page: OpenPage
) -> None:
    page = open_page(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page.goto(f"{site.url}/queues")
    bar = page.get_by_role("navigation", name="Main")
    bar.get_by_role("link", name="Tasks").tap()
    expect(page).to_have_url(f"{site.url}/tasks")
    bar.get_by_role("button", name="More").tap()
    page.get_by_role("dialog").get_by_role("link", name="System").tap()
    expect(page).to_have_url(f"{site.url}/monitor")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_address_that_leads_nowhere_says_so(site: Server, page: Page) -> None:
    page.goto(f"{site.url}/runs/no/such/thing")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_attached()
    page.get_by_role("link", name="Go to the overview").click()
    expect(page).to_have_url(re.compile(rf"^{site.url}/(welcome)?$"))


def test_the_keyboard_reaches_the_content_at_once(site: Server, page: Page) -> None:
    page.goto(f"{site.url}/queues")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_document_has_a_strict_policy_with_a_nonce_of_its_own(site: Server) -> None:
    first, second = (httpx2.get(f"{site.url}/runs/x", timeout=60) for _ in range(2))
    policy = first.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    nonce = re.search(r"style-src 'self' 'nonce-([^']{16,})'", policy)
    assert nonce is not None
    assert nonce[1] in first.text
    assert nonce[1] not in second.text
    assert "__CSP_NONCE__" not in first.text


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("/", "overview"),
        ("/tasks", "tasks"),
        ("/tasks/new", "new-task"),
        ("/tasks/hello/edit", "edit-task"),
        ("/logs", "logs"),
        ("/monitor", "system"),
    ],
)
def test_the_six_addresses_of_task_run_service_lead_to_their_pages(
    site: Server, page: Page, address: str, place: str
) -> None:
    site.write_task("hello", "print('hello')\n")
    page.goto(site.url + address)
    expect(page.locator(f"[data-page='{place}']")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
