"""The example of PixivTailor runs as it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.server import Server

EXAMPLE = Path(__file__).parents[3] / "examples" / "pixivtailor"


def test_the_client(stopped_server: Server) -> None:
    server = stopped_server.start("--app", str(EXAMPLE / "tasks" / "_app.py"))
    done = subprocess.run(
        [sys.executable, str(EXAMPLE / "client.py"), server.url],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[:2] == [
        "Connected to PixivTailor WebSocket server",
        "created a crawl task: pending",
    ]
    assert [line for line in said if line.startswith("status: ")] == [
        "status: pending",
        "status: running",
        "status: completed",
    ]
    assert said[-2:] == ['upscale completed: {"size":1024}', "removed 2 tasks"]
