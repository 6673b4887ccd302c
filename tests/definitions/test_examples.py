"""The examples of `runyard init` are good tasks, and good plain scripts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import runyard
from runyard.definitions.editing import edit
from runyard.definitions.script import read_script

FOLDER = Path(runyard.__file__).parent / "app" / "examples"
SCRIPTS = sorted(path for path in FOLDER.rglob("*.py") if not path.name.startswith("_"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_an_example_has_no_problem(path: Path) -> None:
    text = path.read_text()
    definition = read_script(path.stem, text)
    assert definition.problems == ()
    assert definition.spec.title not in ("", path.stem)
    assert edit(text, {"priority": 1}) != text


def test_what_the_examples_show() -> None:
    specs = {path.stem: read_script(path.stem, path.read_text()).spec for path in SCRIPTS}
    assert specs["flaky"].retry.retries == 3
    assert specs["flaky"].retry.on_exit_codes == (75,)
    assert [parameter.name for parameter in specs["report"].parameters] == [
        "since", "days", "format", "verbose",
    ]  # fmt: skip
    assert specs["dependencies"].dependencies == ()
    text = (FOLDER / "dependencies.py").read_text()
    uncommented = text.replace("# # dep", "# dep").replace("# # req", "# req")
    assert read_script("dependencies", uncommented).spec.dependencies == ("cowsay>=6",)


@pytest.mark.parametrize(
    ("name", "arguments", "code", "said"),
    [
        ("hello", [], 0, "Hello, you!"),
        ("report", ["--days=2", "--since=2026-01-01", "--verbose"], 0, "2026-01-02"),
        ("flaky", [], 75, "attempt 1"),
        ("dependencies", [], 0, "Running under"),
        ("plain", ["a"], 0, "['a']"),
        ("data_process", [], 0, "item 5 of 5"),
        ("data_process", ["2"], 0, "Sum of squares: 5"),
        ("templates/minimal", [], 0, "Hello!"),
        ("templates/steps", ["--steps=1", "--name=Ada"], 0, "hello, Ada!"),
        ("_app", [], 0, ""),
    ],
)
def test_it_runs_as_a_plain_script(name: str, arguments: list[str], code: int, said: str) -> None:
    done = subprocess.run(
        [sys.executable, str(FOLDER / f"{name}.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)
    assert said in done.stdout
