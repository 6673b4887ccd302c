"""The server dies and comes back; the page says so, and goes on without missing anything."""

from __future__ import annotations

import socket

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Faults
from tests.support.server import Server

COUNTER = """
import time
for number in range(1, 100_000):
    print(f"count {number}", flush=True)
    time.sleep(0.05)
"""


@pytest.fixture
def port() -> int:
    """The page asks the same address again, so the server must come back at it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_the_page_goes_on_after_a_kill_of_the_server(
    stopped_server: Server, port: int, page: Page, faults: Faults
) -> None:
    # A server that is away refuses whatever is asked, which the browser tells.
    faults.expect("ERR_CONNECTION_REFUSED", "WebSocket connection", "ERR_EMPTY_RESPONSE")
    faults.expect("ERR_CONNECTION_RESET", "ERR_SOCKET_NOT_CONNECTED", "ERR_INCOMPLETE_CHUNKED")
    faults.expect("dynamically imported module")
    server = stopped_server.start("--port", str(port))
    server.write_task("counter", COUNTER)
    run = server.submit("counter")
    page.goto(f"{server.url}/runs/{run['id']}")
    log = page.get_by_role("log", name="Log lines")
    expect(log).to_contain_text("count 5")
    server.kill()
    banner = page.get_by_text("The server does not answer").first
    expect(banner).to_be_visible()
    # A page that was never seen has to come from the server; what is seen stays.
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Settings").click()
    expect(page.get_by_text("This page can't be loaded now")).to_be_visible()
    expect(log).to_be_visible()
    server.start()
    expect(banner).to_be_hidden()
    expect(page.get_by_role("complementary")).to_contain_text("Live")
    # The run has gone on meanwhile; the page follows it again, from where it was.
    behind = int(server.log_text(run["id"]).split()[-1])
    expect(log).to_contain_text(f"count {behind + 20}\n", use_inner_text=True)
    shown = [int(text.split()[-1]) for text in _lines(page)]
    assert shown == list(range(shown[0], shown[-1] + 1))
    server.http.post(f"/api/v1/runs/{run['id']}/cancel", json={})
    expect(page.locator("main header").first).to_contain_text("Cancelled")


def _lines(page: Page) -> list[str]:
    """The lines of the log that are drawn, in their order."""
    texts = page.get_by_role("log", name="Log lines").inner_text().splitlines()
    return [text for text in texts if text.startswith("count ")]
