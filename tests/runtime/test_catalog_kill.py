"""A server that is killed in the middle of an edit loses neither the edit nor its author."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from runyard.domain.errors import NotFound
from runyard.runtime.catalog import Catalog
from tests.runtime.catalogs import Place, contents

ROUNDS = 5
REPOSITORY = Path(__file__).parents[2]


def run_and_kill(root: Path, start: int, *, after_s: float) -> list[tuple[str, int]]:
    """The edits that were answered before the process was killed."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.runtime.catalog_child", str(root), str(start)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    timer = threading.Timer(after_s, child.kill)
    timer.start()
    lines = child.stdout.read().splitlines()
    timer.join()
    assert child.wait() == -signal.SIGKILL
    child.stdout.close()
    return [(line.split()[0], int(line.split()[1])) for line in lines if line.count(" ") == 1]


@pytest.mark.timeout(900)
async def test_killed_at_any_moment(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.write("job.py", "x = 0\n")
    moments = random.Random(7)
    answered: list[tuple[str, int]] = []
    start = 0
    for _ in range(ROUNDS):
        answered += run_and_kill(tmp_path, start, after_s=moments.uniform(0.0, 0.3))
        start += 1000
        async with place.open() as catalog:
            await check(place, catalog, answered)
    assert answered


async def check(place: Place, catalog: Catalog, answered: list[tuple[str, int]]) -> None:
    versions = await contents(catalog, "job")
    kept = {text: author for _, author, text in versions}
    done = set(answered)
    for action, number in answered:
        text = f"x = {number}\n"
        if action == "update":
            assert kept[text] == "api"
            continue
        history = await history_of(catalog, number)
        assert (history[0][1], history[0][2]) == ("api", text)
        if action == "rename":
            assert place.read(f"old_{number}.py") == text
        elif ("rename", number) not in done:
            names = {f"new_{number}", f"old_{number}"}
            assert len(names & {task.id for task in await catalog.list()}) == 1
    # Nobody edited a file by hand, so no version may say so.
    assert [author for _, author, _ in versions[1:]] == ["api"] * (len(versions) - 1)
    assert versions[-1][2] == place.read("job.py")
    for task in await catalog.list():
        newest = await catalog.version(task.id, task.version)
        assert newest.content == place.read(f"{task.id}.py")
        assert catalog.frozen_path(task.id, task.version).read_text() == newest.content
    assert [path.name for path in place.tasks.iterdir() if path.suffix != ".py"] == []


async def history_of(catalog: Catalog, number: int) -> list[tuple[int, str, str]]:
    for name in (f"old_{number}", f"new_{number}"):
        try:
            return await contents(catalog, name)
        except NotFound:
            continue
    raise AssertionError(f"the task created as new_{number} is lost")
