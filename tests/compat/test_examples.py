"""The examples of the compatible APIs run as they say."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.docs.blocks import ROOT
from tests.support.server import Server


@pytest.mark.parametrize(
    ("program", "printed"),
    [
        ("taskrun/manage.py", "任务已提交执行\nsuccess\n"),
        (
            "taskcontrol/flow.py",
            "created ACTIVE\npaused PAUSED\nresumed ACTIVE\ninstances 1\ncancelled CANCELLED\n"
            "dated ACTIVE\n",
        ),
    ],
)
def test_an_example_prints_what_it_should(
    shared_server: Server, program: str, printed: str
) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / program)],
        env={**os.environ, "RUNYARD_URL": shared_server.url, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=240,
    )
    assert (done.returncode, done.stdout) == (0, printed), done.stderr
