"""How the app is named, and how a process loads it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from runyard.domain.errors import Invalid
from runyard.executors.app_loading import App, parse_app

LOADER = """
import json, sys
from pathlib import Path
from runyard.executors.app_loading import App, load_app, parse_app
app = parse_app(sys.argv[1], folder=Path(sys.argv[2]))
try:
    module = load_app(App.from_entry(app.as_entry()))
    again = load_app(app)
except Exception as error:
    print(json.dumps({"error": str(error)}))
else:
    print(json.dumps({"name": module.__name__, "value": module.VALUE, "same": again is module,
        "listed": sys.modules[module.__name__] is module}))
"""


def load(text: str, folder: Path) -> dict[str, object]:
    """In a process of its own: what is imported stays imported."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", LOADER, text, str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").touch()
    (tmp_path / "pkg" / "tasks.py").write_text("from .other import VALUE\n")
    (tmp_path / "pkg" / "other.py").write_text("VALUE = 'pkg'\n")
    (tmp_path / "neighbour.py").write_text("VALUE = 'neighbour'\n")
    (tmp_path / "app.py").write_text("from neighbour import VALUE\n")
    (tmp_path / "json.py").write_text("VALUE = 1\n")
    return tmp_path


def test_a_file(project: Path) -> None:
    app = parse_app("./app.py", folder=project)
    assert app == App(module="app", folder=project, path=project / "app.py")
    assert app.preload == (str(project / "app.py"),)
    assert app.text == str(project / "app.py")
    answer = load("app.py", project)
    assert answer == {"name": "app", "value": "neighbour", "same": True, "listed": True}


def test_a_module(project: Path) -> None:
    app = parse_app("pkg.tasks", folder=project)
    assert app == App(module="pkg.tasks", folder=project)
    assert app.preload == (str(project), "pkg.tasks")
    assert load("pkg.tasks", project)["value"] == "pkg"


def test_an_attribute_must_be_there(project: Path) -> None:
    app = parse_app("pkg.tasks:VALUE", folder=project)
    assert (app.module, app.attribute) == ("pkg.tasks", "VALUE")
    assert parse_app(app.text, folder=project) == app
    assert load("pkg.tasks:VALUE", project)["value"] == "pkg"
    assert load("pkg.tasks:NOTHING", project) == {"error": "pkg.tasks has no NOTHING"}


def test_a_name_that_is_taken_is_refused(project: Path) -> None:
    assert "give" not in load("json.py", project)
    assert "a module of that name is loaded already" in str(load("json.py", project)["error"])


@pytest.mark.parametrize("text", ["missing.py", "pkg/none.py", "", "a b", "1st", ":x", "pkg..x"])
def test_what_names_no_app(project: Path, text: str) -> None:
    with pytest.raises(Invalid):
        parse_app(text, folder=project)


def test_a_file_name_that_python_can_not_import(project: Path) -> None:
    (project / "my-app.py").touch()
    with pytest.raises(Invalid, match="not a Python name"):
        parse_app("my-app.py", folder=project)
