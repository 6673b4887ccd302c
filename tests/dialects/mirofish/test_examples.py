"""The examples of MiroFish run as they say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.dialects.mirofish.client import Fish
from tests.support.server import Server

EXAMPLE = Path(__file__).parents[3] / "examples" / "mirofish"
SAID = [
    "processing: 80 round 4 {'answer': 'ROUND 4?'}",
    "completed: 100 任务完成 {'rounds': 4}",
    "1 of its kind",
]


def run(*arguments: str, cwd: Path) -> list[str]:
    env = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    env.pop("RUNYARD_URL", None)
    done = subprocess.run(
        [sys.executable, str(EXAMPLE / "worker.py"), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=240,
        cwd=cwd,
        env=env,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_worker_and_the_build(stopped_server: Server, tmp_path: Path) -> None:
    server = stopped_server.start("--app", str(EXAMPLE / "tasks" / "_app.py"))
    assert run(server.url, cwd=tmp_path) == SAID
    fish = Fish(server)
    task_id = fish.build("鱼 likes 水 and 水 likes 鱼")["task_id"]
    done = fish.until(task_id)
    assert (done["result"]["node_count"], done["result"]["edge_count"]) == (4, 6)


def test_the_worker_with_a_server_of_its_own(short_folder: Path) -> None:
    assert run(cwd=short_folder) == SAID
    assert (short_folder / ".runyard" / "runyard.db").exists()
