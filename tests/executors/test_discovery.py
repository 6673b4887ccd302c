"""Discovery in real processes: what an app registers, and apps that misbehave."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import sysconfig
from datetime import timedelta
from pathlib import Path

import pytest

from runyard.domain.tasks import ParameterType
from runyard.executors.app_loading import parse_app
from runyard.executors.discovery import Discovery, discover
from tests.support.waiting import eventually

APP = '''
"""An app."""
from enum import Enum
import runyard
from pydantic import BaseModel
from helper import FACTOR

class Size(Enum):
    SMALL = "s"
    LARGE = "l"

class Page(BaseModel):
    url: str
    depth: int = 2

print("noise on standard output")

@runyard.task(
    "nightly", queue="etl", retries=2, timeout="5m",
    parameters={"count": {"min": 1, "description": "how many"}, "day": 3},
)
def report(count: int, size: Size = Size.SMALL, day: int = 1, ctx: runyard.Context | None = None):
    """Make the report.

    In detail.
    """

@runyard.task
def loose(anything, **more):
    pass

@runyard.executor("crawl", config=Page, queue_limit=3, timeout=60)
def crawl(config, ctx):
    """Fetch pages."""

@runyard.executor("tag")
def tag(config, ctx):
    pass
'''


async def find(folder: Path, text: str = "app.py", *, timeout_s: float = 30) -> Discovery:
    app = parse_app(text, folder=folder)
    return await discover(app, timeout=timedelta(seconds=timeout_s))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "helper.py").write_text("FACTOR = 2\n")
    return tmp_path


@pytest.mark.parametrize("text", ["app.py", "app"])
async def test_what_an_app_registers(folder: Path, text: str) -> None:
    (folder / "app.py").write_text(APP)
    found = await find(folder, text)
    assert (found.problems, found.failed) == ((), False)
    nightly, loose = found.tasks
    assert nightly.id == "nightly"
    assert nightly.target == "app:report"
    spec = nightly.spec
    assert spec.executor == "function"
    assert spec.config == {"function": "app:report"}
    assert (spec.queue, spec.retry.retries, spec.timeout) == ("etl", 2, timedelta(minutes=5))
    assert spec.title == "Make the report."
    assert spec.description == "Make the report.\n\nIn detail."
    assert not spec.extra_parameters
    count, size, day = spec.parameters
    assert (count.name, count.type, count.required) == ("count", ParameterType.INTEGER, True)
    assert (count.minimum, count.description) == (1, "how many")
    assert (size.choices, size.default) == (("s", "l"), "s")
    assert (day.type, day.default, day.required) == (ParameterType.INTEGER, 3, False)
    assert nightly.file == str(folder / "app.py")
    assert nightly.source.startswith("@runyard.task(")
    assert nightly.line == APP.splitlines().index("@runyard.task(") + 1
    assert (loose.spec.parameters, loose.spec.extra_parameters) == ((), True)
    assert found.files == (folder / "app.py", folder / "helper.py")


async def test_registered_executors_and_their_schemas(folder: Path) -> None:
    (folder / "app.py").write_text(APP)
    crawl, tag = (await find(folder)).executors
    assert (crawl.name, crawl.target, crawl.queue_limit) == ("crawl", "app:crawl", 3)
    assert (crawl.source, crawl.from_app) == ("app", True)
    assert crawl.description == "Fetch pages."
    assert crawl.settings == {"timeout": 60}
    assert crawl.config_schema is not None
    assert crawl.config_schema["required"] == ["url"]
    assert (tag.config_schema, tag.queue_limit) == ({"type": "object"}, 1)


async def test_the_hash_follows_code_and_settings(folder: Path) -> None:
    def write(body: str, queue: str) -> None:
        text = f"import runyard\n\n@runyard.task(queue={queue!r})\ndef a():\n    return {body}\n"
        (folder / "app.py").write_text(text)

    hashes = []
    for body, queue in [("1", "x"), ("1", "x"), ("2", "x"), ("2", "y")]:
        write(body, queue)
        hashes.append((await find(folder)).tasks[0].source_hash)
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3


async def test_wrong_registrations_are_reported_and_the_rest_stays(folder: Path) -> None:
    (folder / "app.py").write_text(
        "import runyard\n"
        "@runyard.task(timeout='soon')\ndef good(): ...\n"
        "@runyard.task('good')\ndef second(): ...\n"
        "def make():\n    @runyard.task\n    def inside(): ...\nmake()\n"
        "@runyard.task('../up')\ndef up(): ...\n"
        "@runyard.task\ndef hidden(): ...\nhidden = None\n"
        "@runyard.executor('x', config=object())\ndef x(c): ...\n"
    )
    found = await find(folder)
    assert not found.failed
    (good,) = found.tasks
    assert (good.target, good.spec.timeout) == ("app:good", None)
    assert [problem.where for problem in good.problems] == ["timeout"]
    said = {problem.where: problem.message for problem in found.problems}
    assert set(said) == {"task good", "task inside", "task hidden", "task ../up", "executor x"}
    assert "only the first one counts" in said["task good"]
    assert "inside of another function" in said["task inside"]
    assert "can't be a task id" in said["task ../up"]


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("import helper\n1 / 0\n", "ZeroDivisionError: division by zero", 2),
        ("x = 1\ndef broken(:\n", "SyntaxError", 2),
        ("import no_such_module\n", "No module named 'no_such_module'", 1),
        ("import sys\nsys.exit(3)\n", "SystemExit: 3", 2),
        ("raise KeyboardInterrupt\n", "KeyboardInterrupt", 1),
    ],
)
async def test_an_app_that_fails(folder: Path, text: str, said: str, line: int) -> None:
    (folder / "app.py").write_text(text)
    found = await find(folder)
    assert found.failed
    (problem,) = found.problems
    assert said in problem.message.partition("\n")[0]
    assert (problem.where, problem.line) == (str(folder / "app.py"), line)
    assert "runyard/executors" not in problem.message
    assert folder / "app.py" in found.files


async def test_a_module_that_is_not_there(folder: Path) -> None:
    found = await find(folder, "no_such.module")
    assert found.failed
    assert "No module named 'no_such'" in found.problems[0].message


async def test_an_app_that_ends_the_process(folder: Path) -> None:
    (folder / "app.py").write_text("import os\nprint('last words', flush=True)\nos._exit(7)\n")
    found = await find(folder)
    assert found.failed
    assert "ended the process (exit code 7)" in found.problems[0].message
    assert "last words" in found.problems[0].message
    assert found.files == (folder / "app.py",)


async def test_an_app_that_hangs_is_ended_with_what_it_started(folder: Path) -> None:
    (folder / "app.py").write_text(
        "import subprocess, time, pathlib\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        "(pathlib.Path(__file__).parent / 'pid').write_text(str(child.pid))\n"
        "time.sleep(600)\n"
    )
    found = await find(folder, timeout_s=3)
    assert found.failed
    assert "took longer than 3 s" in found.problems[0].message
    pid = int((folder / "pid").read_text())
    eventually(lambda: _is_gone(pid), what="the app's child to be dead")


async def test_an_app_that_forks_and_starts_threads(folder: Path) -> None:
    (folder / "app.py").write_text(
        "import os, threading, time, runyard\n"
        "threading.Thread(target=time.sleep, args=(600,)).start()\n"
        "if os.fork() == 0:\n    time.sleep(600)\n"
        "@runyard.task\ndef good(): ...\n"
    )
    found = await find(folder)
    assert [task.id for task in found.tasks] == ["good"]


async def test_a_cancelled_discovery_leaves_nothing(folder: Path) -> None:
    (folder / "app.py").write_text(
        "import os, time, pathlib\n"
        "place = pathlib.Path(__file__).parent\n"
        "(place / 'new').write_text(str(os.getpid()))\n"
        "(place / 'new').rename(place / 'pid')\n"
        "time.sleep(600)\n"
    )
    looking = asyncio.create_task(find(folder))
    await asyncio.to_thread(eventually, (folder / "pid").exists)
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
    assert _is_gone(int((folder / "pid").read_text()))


async def test_without_an_app_there_are_the_plug_ins_only() -> None:
    found = await discover(None, timeout=timedelta(seconds=30))
    assert (found.tasks, found.failed) == ((), False)


@pytest.fixture
def plug_in(tmp_path: Path) -> Path:
    """A folder with an installed distribution that has entry points."""
    site = tmp_path / "site"
    info = site / "crawler-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: crawler\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[runyard.executors]\ncrawl = crawler:crawl\nplain = crawler:plain\nbroken = nowhere\n"
    )
    (site / "crawler.py").write_text(
        "import runyard\n"
        "@runyard.executor('crawl')\ndef crawl(config, ctx):\n    'Crawls.'\n"
        "def plain(ctx):\n    'Not decorated.'\n"
    )
    return site


def test_plug_ins_by_entry_point(plug_in: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "runyard.executors.discovery"],
        env={**os.environ, "PYTHONPATH": str(plug_in)},
        capture_output=True,
        text=True,
        check=True,
    )
    document = json.loads(done.stdout)
    found = {each["name"]: each for each in document["executors"]}
    assert set(found) == {"crawl", "plain"}
    assert found["crawl"]["source"] == "plug-in crawler"
    assert found["crawl"]["from_app"] is False
    assert found["plain"]["target"] == "crawler:plain"
    assert found["plain"]["description"] == "Not decorated."
    (problem,) = document["problems"]
    assert "No module named 'nowhere'" in problem["message"]
    assert not document["failed"]


def test_the_document_is_all_that_is_printed(folder: Path) -> None:
    (folder / "app.py").write_text(APP)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "runyard.executors.discovery", "app.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(json.loads(done.stdout)["tasks"]) == 2
    assert "noise on standard output" in done.stderr


async def test_installed_packages_are_not_watched(folder: Path) -> None:
    (folder / "app.py").write_text("import json, pydantic, packaging.version\n")
    found = await find(folder)
    assert found.files == (folder / "app.py",)
    assert not str(folder).startswith(sysconfig.get_path("purelib"))


def _is_gone(pid: int) -> bool:
    """Dead: not there, or only waiting for its parent to notice."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state in {"Z", "X"}
