"""The reference names everything there is, and the documentation builds without a warning."""

from __future__ import annotations

import ast
import html
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import runyard
from runyard.api.app import operations
from runyard.app.settings import Settings
from runyard.cli import exits
from runyard.cli.main import app
from runyard.definitions.schedule_model import TaskSchedule
from runyard.definitions.settings_model import (
    LimitSettings,
    ParameterSettings,
    RetrySettings,
    TaskSettings,
)
from runyard.domain.classify import ExitReason
from runyard.domain.errors import RunyardError
from runyard.domain.runs import IfBusy
from runyard.domain.states import RunStatus
from runyard.domain.waiting import WaitCode
from runyard.sdk.channel import MAX_LINE_BYTES
from tests.docs.blocks import ROOT
from tests.support.once import once

pytestmark = pytest.mark.timeout(900)  # the first one builds all pages

DOCS = ROOT / "docs"
SOURCE = Path(runyard.__file__).parent


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation as HTML; a warning is an error."""
    return once(tmp_path_factory, "docs", build) / "html"


def build(folder: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html"),
            *("-d", str(folder / "trees"), str(DOCS), str(folder / "html")),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr


def headings(file: Path) -> set[str]:
    found = re.findall(r"<h[23]>(.*?)<a ", file.read_text())
    return {html.unescape(re.sub(r"<[^>]*>", "", title)) for title in found}


def commands(group: Any, path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        yield f"{path} {name}"
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")


def test_every_command_and_every_route_is_in_the_reference(built: Path) -> None:
    every = set(commands(typer.main.get_command(app), "runyard"))
    assert len(every) > 20
    assert every <= headings(built / "reference" / "cli.html")
    routes = {f"{one.method} {one.path}" for one in operations()}
    shown = headings(built / "reference" / "api.html")
    assert {route for route in routes if not any(route in title for title in shown)} == set()


def test_nothing_is_loaded_from_elsewhere(built: Path) -> None:
    pages = list(built.rglob("*.html"))
    assert len(pages) > 30
    for file in pages:
        loaded = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"', file.read_text())
        assert [address for address in loaded if "://" in address] == [], file


def test_every_exit_status_is_in_the_reference() -> None:
    known = {value for value in vars(exits).values() if isinstance(value, int)}
    known |= {exits.of_outcome(status) for status in RunStatus if status.is_final}
    text = page("reference/cli.md")
    assert {status for status in known if f"\n| {status} |" not in text} == set()


def test_every_server_setting_is_in_the_reference() -> None:
    text = page("reference/settings.md")
    for name in Settings.model_fields:
        assert f"\n| `{name}` |" in text
        assert f"`RUNYARD_{name.upper()}`" in text
    from runyard.app import settings

    for older in settings._OLDER_NAMES:
        assert f"`{older}`" in text


@pytest.mark.parametrize(
    "model", [TaskSettings, RetrySettings, LimitSettings, ParameterSettings, TaskSchedule]
)
def test_every_task_setting_is_in_the_reference(model: type[TaskSettings]) -> None:
    rows = re.findall(
        r"^\| ((?:`[\w-]+`(?:, )?)+) \|", page("reference/task-settings.md"), re.MULTILINE
    )
    named = {name for row in rows for name in re.findall(r"`([\w-]+)`", row)}
    every = {field.alias or name for name, field in model.model_fields.items()}
    assert every <= named


def subclasses(kind: type[RunyardError]) -> Iterator[type[RunyardError]]:
    yield kind
    for inner in kind.__subclasses__():
        yield from subclasses(inner)


def codes_in(folder: Path) -> set[str]:
    """The codes that are given where problems are made, and class-level `code`s."""
    found: set[str] = set()
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Call(
                    func=ast.Name(id="BadRequest" | "problem"),
                    args=[_, ast.Constant(value=str(code)), *_],
                ):
                    found.add(code)
                case ast.keyword(arg="code", value=ast.Constant(value=str(code))):
                    found.add(code)
                case ast.Assign(targets=[ast.Name(id="code")], value=ast.Constant(value=str(code))):
                    found.add(code)
                case _:
                    pass
    return found


def test_every_error_code_is_in_the_reference() -> None:
    every = {
        kind.code
        for kind in subclasses(RunyardError)
        if not kind.__module__.startswith(("runyard.dialects", "tests"))  # these send no codes
    }
    for part in ("api", "runtime", "sdk"):
        every |= codes_in(SOURCE / part)
    assert {"bad_json", "foreign_host", "no_server", "overrun", "busy"} <= every
    text = page("reference/errors.md")
    assert {code for code in every if f"\n| `{code}` |" not in text} == set()


def test_every_reason_why_a_run_ended_is_in_the_reference() -> None:
    text = page("reference/errors.md")
    said = {"replaced": "cancelled", "shutdown": "cancelled"}
    every = {said.get(reason.value, reason.value) for reason in ExitReason}
    every |= {"exit_code", "signal", "skipped"}
    assert {word for word in every if f"\n| `{word}` |" not in text} == set()


def test_states_waiting_and_busy_are_explained() -> None:
    states, admission = page("discussion/states.md"), page("discussion/admission.md")
    assert {one for one in RunStatus if f"\n| `{one}` |" not in states} == set()
    assert {one for one in WaitCode if f"\n| `{one}` |" not in admission} == set()
    assert {one for one in IfBusy if f"\n| `{one}` |" not in admission} == set()


def test_every_name_of_the_sdk_is_in_the_reference() -> None:
    from runyard import Client

    text = page("reference/sdk.md")
    assert {name for name in runyard.__all__ if name not in text} == set()
    public = {name for name in vars(Client) if not name.startswith("_")}
    groups = ("tasks", "runs", "queues", "schedules", "calendars", "executors", "system")
    with Client("http://127.0.0.1:9") as client:
        for group in groups:
            assert f"`{group}.`" in text
            public |= {name for name in dir(getattr(client, group)) if not name.startswith("_")}
    assert {name for name in public - {"perform", "close"} if name not in text} == set()


def test_facts_of_the_event_protocol() -> None:
    from runyard.sdk.context import Context

    text = page("reference/events.md")
    assert MAX_LINE_BYTES == 1 << 20
    assert "over 1 MiB" in text
    assert {name for name in Context._fields if name != "raw" and f"`{name}`" not in text} == set()


def test_the_make_targets_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    readme = (ROOT / "README.md").read_text()
    named = set(re.findall(r"(?:`|\$ )make ([a-z]+)", readme))
    assert {"serve", "test", "docs", "bench", "ci"} <= named
    assert named <= targets


def test_links_of_the_readme_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text()):
        assert "://" in target or (ROOT / target).exists(), target


def test_the_changelog_can_be_built() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "9.9.9"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert "## 9.9.9 (" in done.stdout
    fragments = list((ROOT / "changelog.d").glob("*.*.md"))
    assert all(fragment.read_text().split()[0] in done.stdout for fragment in fragments)
