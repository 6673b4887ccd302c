"""Text of strangers is text: in names, titles, logs, results and errors."""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect

from tests.support.server import Server

EVIL = "<img src=x onerror=\"document.title='hit'\"><script>document.title='hit'</script>"
SCRIPT = f"""\
# /// script
# [tool.runyard]
# title = {json.dumps(EVIL)}
# labels = ["nice"]
# ///
import runyard
print({EVIL!r})
print("\\x1b]8;;javascript:document.title='hit'\\x07click me\\x1b]8;;\\x07")
print("\\x1b[31mred\\x1b[0m \\u202egnp.exe \\x00\\x07\\x1b[2J")
runyard.progress(40, {EVIL!r})
runyard.result({{{EVIL!r}: ["javascript:alert(1)", {EVIL!r}]}})
raise RuntimeError({EVIL!r})
"""


def test_hostile_text_does_nothing(site: Server, page: Page) -> None:
    site.write_task("evil", SCRIPT)
    run = site.finished("evil", params={EVIL: EVIL})
    run_page = f"/runs/{run['id']}"
    tabs = ("result", "attempts", "timings", "resources", "parameters", "raw")
    for address in [
        *("/tasks", "/tasks/evil", "/tasks/evil/edit", "/runs", "/", "/logs", run_page),
        *(f"{run_page}?tab={tab}" for tab in tabs),
    ]:
        page.goto(site.url + address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert "Runyard" in page.title(), address
        assert page.locator("img[src=x]").count() == 0, address
        assert page.locator("a[href^='javascript']").count() == 0, address
    page.goto(site.url + run_page)
    expect(page.get_by_role("log", name="Log lines")).to_contain_text("<script>")


def test_a_hostile_address_does_nothing(site: Server, page: Page) -> None:
    page.goto(f"{site.url}/runs?q=%3Cscript%3Edocument.title%3D'hit'%3C%2Fscript%3E")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert "Runyard" in page.title()
