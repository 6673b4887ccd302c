"""What people come for: make a task, run it, watch it, cancel it, run it again, plan it."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.support.browser import Faults
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.web.conftest import OpenPage

TALKER = """
import sys, time
for number in range(1, 2001):
    print(f"line {number} of many", flush=True)
    time.sleep(0.1)
"""


def header(page: Page) -> Locator:
    return page.locator("main header").first


def test_the_first_visit_leads_by_the_hand(server: Server, page: Page) -> None:
    page.goto(server.url)
    expect(page).to_have_url(f"{server.url}/welcome")
    expect(page.get_by_role("heading", name="Step 1")).to_be_visible()
    page.get_by_role("radio", name=re.compile("^hello")).check()
    page.get_by_role("button", name="Create the task").click()
    page.get_by_role("button", name=re.compile("^Run ")).click()
    expect(page.get_by_text("Hello, Ada!").first).to_be_visible()
    run = server.http.get("/api/v1/runs").json()["items"][0]
    assert run["task_id"] == "hello"
    server.until(run["id"], "succeeded")
    page.get_by_role("button", name="Save this schedule").click()
    expect(page.get_by_role("heading", name="That is all there is to it")).to_be_visible()
    planned = server.http.get("/api/v1/schedules").json()["items"]
    assert [schedule["task_id"] for schedule in planned] == ["hello"]
    assert (server.tasks / "hello.py").is_file()


def test_a_task_is_made_of_an_example_run_and_watched(site: Server, page: Page) -> None:
    page.goto(f"{site.url}/tasks")
    page.get_by_role("link", name="New task").first.click()
    page.get_by_text("Hello with progress").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("greeter")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page).to_have_url(f"{site.url}/tasks/greeter")
    header(page).get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("link", name="Watch").click()
    expect(page).to_have_url(re.compile("/runs/[0-9a-z]{16}$"))
    log = page.get_by_role("log", name="Log lines")
    expect(log).to_contain_text("Hello, Ada!")
    expect(header(page)).to_contain_text("Succeeded")
    expect(log).to_contain_text("Hello, you!")
    page.get_by_role("link", name="Result").click()
    expect(page.get_by_text("greeted").first).to_be_visible()
    expect(page.get_by_text("Grace").first).to_be_visible()


def test_a_run_is_followed_cancelled_and_run_again(site: Server, page: Page) -> None:
    site.write_task("talker", TALKER)
    run = site.submit("talker")
    page.goto(f"{site.url}/runs/{run['id']}")
    log = page.get_by_role("log", name="Log lines")
    expect(log).to_contain_text(re.compile(r"line \d+ of many"))
    behind = len(site.log_text(run["id"]).splitlines())
    expect(log).to_contain_text(f"line {behind + 10} of many")
    pid = site.process_of(run["id"])
    page.get_by_role("button", name="Cancel run").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Cancel run").click()
    expect(header(page)).to_contain_text("Cancelled")
    site.until(run["id"], "cancelled")
    assert pid
    page.get_by_role("button", name="Run again").click()
    page.get_by_role("link", name="Watch").click()
    expect(page).not_to_have_url(f"{site.url}/runs/{run['id']}")
    expect(log).to_contain_text(re.compile(r"line \d+ of many"))


def test_a_log_is_searched_and_downloaded_and_a_line_has_an_address(
    site: Server, page: Page, open_page: OpenPage
) -> None:
    site.write_task("lines", "for n in range(3000): print(f'number {n} of the lines')\n")
    run = site.finished("lines")
    page.goto(f"{site.url}/runs/{run['id']}")
    log = page.get_by_role("log", name="Log lines")
    expect(log).to_contain_text("number 0 of")
    page.get_by_role("button", name="End of the log").click()
    expect(log).to_contain_text("number 2999 of")
    page.get_by_role("button", name="Search the log").click()
    page.keyboard.type("number 1234 of")
    page.keyboard.press("Enter")
    expect(log).to_contain_text("number 1234 of")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download the log").click()
    text = downloading.value.path().read_text()
    assert text.splitlines()[1234] == "number 1234 of the lines"
    offset = len("".join(f"number {n} of the lines\n" for n in range(700)))
    page.goto(f"{site.url}/runs/{run['id']}#at={offset}")
    page.reload()
    expect(log.get_by_text("number 700 of the lines")).to_be_visible()


def test_a_schedule_is_made_and_paused(site: Server, page: Page) -> None:
    site.write_task("report", "print('report')\n")
    page.goto(f"{site.url}/schedules/new?task=report")
    expect(page.get_by_text("at 09:00, every day")).to_be_visible()
    page.get_by_role("button", name="Create schedule").click()
    expect(page).to_have_url(re.compile(r"/schedules/report(:|%3A)default$"))
    expect(page.get_by_text("at 09:00, every day").first).to_be_visible()
    stored = site.http.get("/api/v1/schedules/report:default").json()
    assert stored["spec"]["cron"] == "0 9 * * *"
    page.goto(f"{site.url}/schedules")
    expect(page.get_by_role("main")).to_contain_text("report")


def test_a_run_that_waits_says_for_what(site: Server, page: Page) -> None:
    site.write_task("sleepy", "import time\ntime.sleep(600)\n")
    first = site.submit("sleepy")
    site.until(first["id"], "running")
    second = site.submit("sleepy")
    page.goto(f"{site.url}/runs/{second['id']}")
    expect(page.get_by_role("main")).to_contain_text("Another run of the same kind")
    site.http.post(f"/api/v1/runs/{first['id']}/cancel", json={})
    expect(header(page)).to_contain_text("Running")


def test_a_failure_shows_where_and_why(site: Server, page: Page) -> None:
    site.write_task("broken", "def total(items):\n    return items['sum']\n\ntotal({})\n")
    run = site.finished("broken")
    page.goto(f"{site.url}/runs/{run['id']}")
    expect(header(page)).to_contain_text("Failed")
    expect(page.get_by_role("main")).to_contain_text("KeyError")
    page.goto(f"{site.url}/")
    expect(page.get_by_role("main")).to_contain_text("broken")


def test_what_is_not_there_says_so(site: Server, page: Page, faults: Faults) -> None:
    faults.expect("answer: 404 to GET")
    page.goto(f"{site.url}/runs/zzzzzzzzzzzzzzzz")
    expect(page.get_by_text("There is no such run")).to_be_visible()
    page.goto(f"{site.url}/tasks/never_was")
    expect(page.get_by_role("main")).to_contain_text("never_was")
    expect(page.get_by_role("main").get_by_role("link").first).to_be_visible()


def test_lists_follow_what_happens_elsewhere(site: Server, page: Page) -> None:
    page.goto(f"{site.url}/tasks")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    site.write_task("dropped_in", "print('here')\n")
    expect(page.get_by_role("main")).to_contain_text("dropped_in")
    (site.tasks / "dropped_in.py").unlink()
    expect(page.get_by_role("main").get_by_text("dropped_in")).to_have_count(0)


def test_a_notification_tells_that_a_watched_run_is_over(site: Server, open_page: OpenPage) -> None:
    site.write_task("sleepy", "import time\ntime.sleep(600)\n")
    run = site.submit("sleepy")
    site.until(run["id"], "running")
    page = open_page(permissions=["notifications"])
    # Without a desktop nobody would see the browser's own.
    page.context.add_init_script(
        "window.told = []; window.Notification = class { static permission = 'granted';"
        " constructor(title, options) { window.told.push([title, options.tag]); } close() {} };"
    )
    page.goto(f"{site.url}/runs/{run['id']}")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Tell me when it ends").click()
    other = open_page(again=page)
    other.goto(f"{site.url}/queues")
    site.http.post(f"/api/v1/runs/{run['id']}/cancel", json={})
    eventually(lambda: page.evaluate("window.told.length"), what="the page tells it")
    assert page.evaluate("window.told") == [["sleepy: Cancelled", f"runyard-run-{run['id']}"]]
    assert other.evaluate("window.told ?? []") == []
