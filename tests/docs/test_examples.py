"""The examples run as they say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.docs.blocks import ROOT
from tests.support.server import Server
from tests.support.waiting import eventually

EXAMPLES = ROOT / "examples"


def install(package: Path, site: Path) -> None:
    """Put a package where Python finds it and its entry points, as an installer would."""
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    for source in (package / "src").iterdir():
        (site / source.name).symlink_to(source, target_is_directory=True)
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    groups = "".join(
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in entries.items())
        for group, entries in project["entry-points"].items()
    )
    (info / "entry_points.txt").write_text(groups)


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """A Python of this test's own, which finds the packages of ours, too."""
    venv.create(tmp_path / "venv", symlinks=True)
    ours = [path for path in sysconfig.get_paths().values() if path.endswith("site-packages")]
    folder = next((tmp_path / "venv" / "lib").glob("python*/site-packages"))
    (folder / "ours.pth").write_text(f"import site; site.addsitedir({ours[0]!r})\n")
    return tmp_path / "venv" / "bin" / "python"


def test_the_plugin_adds_a_type(stopped_server: Server, python: Path) -> None:
    install(EXAMPLES / "plugin", next(python.parents[1].glob("lib/python*/site-packages")))
    server = stopped_server.start(python=str(python))
    known = {each["name"]: each for each in server.http.get("/api/v1/executors").json()["items"]}
    assert known["echo"]["source"] == "plug-in runyard-echo"
    assert known["echo"]["description"] == "Say something a few times."
    answer = server.http.post(
        "/api/v1/runs", json={"executor": "echo", "config": {"text": "hello", "times": 3}}
    )
    run = server.until(answer.json()["id"])
    assert (run["status"], run["result"]["said"], run["progress"]) == ("succeeded", 3, 100)
    assert server.log_text(run["id"]) == "hello\n" * 3
    wrong = server.http.post("/api/v1/runs", json={"executor": "echo", "config": {"times": 3}})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid")


def test_the_shell_script_reports(stopped_server: Server) -> None:
    server = stopped_server.start()
    script = EXAMPLES / "shell" / "tasks" / "copy.sh"
    answer = server.http.post(
        "/api/v1/runs",
        json={"executor": "shell", "config": {"command": ["sh", str(script)]}, "argv": ["a", "b"]},
    )
    run = server.until(answer.json()["id"])
    assert (run["status"], run["result"], run["progress"]) == ("succeeded", {"parts": 2}, 100)
    assert run["message"] == "copied 2 of 2"
    said = server.log_text(run["id"]).splitlines()
    # What it logs comes on another way than what it prints, so it may stand a line earlier.
    assert [line for line in said if not line.startswith("[info]")] == ["copying a", "copying b"]
    assert "[info] all copied parts=2" in said


def test_the_shell_script_runs_without_runyard() -> None:
    env = {name: value for name, value in os.environ.items() if name != "RUNYARD_EVENTS"}
    script = EXAMPLES / "shell" / "tasks" / "copy.sh"
    done = subprocess.run(
        ["sh", str(script)], env=env, capture_output=True, text=True, check=False, timeout=30
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 4


@pytest.fixture
def service(server: Server) -> Iterator[httpx2.Client]:
    """The progress service on a port of its own, talking to a server that has its task."""
    folder = EXAMPLES / "progress_service"
    server.write_task("report", (folder / "tasks" / "report.py").read_text())
    process = subprocess.Popen(
        [sys.executable, str(folder / "service.py"), "0"],
        env={**os.environ, "RUNYARD_URL": server.url},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    with httpx2.Client(base_url=address) as client:
        yield client
    process.kill()
    process.wait(10)
    process.stdout.close()


def test_the_service_shows_progress(service: httpx2.Client) -> None:
    assert "<progress" in service.get("/").text
    started = service.post("/reports", content=json.dumps({"steps": 5}))
    assert started.status_code == 202
    address = f"/reports/{started.json()['id']}"
    seen: list[float] = []

    def over() -> dict[str, object] | None:
        report = service.get(address).json()
        seen.append(report["progress"])
        return report if report["is_over"] else None

    report = eventually(over, what="the report is over")
    assert report is not None
    assert (report["status"], report["result"]) == ("succeeded", {"steps": 5})
    assert seen == sorted(seen)
    assert seen[-1] == 100


def test_the_service_passes_refusals_on(service: httpx2.Client) -> None:
    refused = service.post("/reports", content=json.dumps({"steps": 0}))
    assert refused.status_code == 422
    assert "steps" in refused.json()["error"]
    assert service.get("/reports/0000000000000000").status_code == 404
    assert service.post("/reports", content="{").status_code == 400
