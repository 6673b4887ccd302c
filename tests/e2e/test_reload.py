"""Code changes are picked up without a restart of the server."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from tests.support.server import Server
from tests.support.waiting import eventually

APP = """
import runyard

@runyard.task()
def answer() -> int:
    return {answer}
"""


def result_of(server: Server) -> object:
    return server.finished("answer")["result"]


def by_watching(server: Server) -> None:
    """`--reload` needs no further word."""


def by_signal(server: Server) -> None:
    assert server.process is not None
    server.process.send_signal(signal.SIGHUP)


@pytest.mark.parametrize(
    ("options", "tell"), [(["--reload"], by_watching), ([], by_signal)], ids=["watch", "signal"]
)
def test_new_code_runs_and_a_broken_app_takes_nothing_away(
    stopped_server: Server, options: list[str], tell: Callable[[Server], None]
) -> None:
    app = stopped_server.folder / "code" / "yard_app.py"
    app.parent.mkdir()
    app.write_text(APP.format(answer=1))
    server = stopped_server.start("--app", str(app), *options)
    assert result_of(server) == 1

    app.write_text(APP.format(answer=2))
    tell(server)
    eventually(lambda: result_of(server) == 2, what="the new code runs")

    app.write_text("syntax error here\n")
    tell(server)
    problems = eventually(
        lambda: server.http.get("/api/v1/tasks/answer").json()["problems"],
        what="the task says what is wrong",
    )
    assert "SyntaxError" in problems[0]["message"]

    app.write_text(APP.format(answer=3))
    tell(server)
    eventually(lambda: result_of(server) == 3, what="the mended code runs")
    eventually(
        lambda: server.http.get("/api/v1/tasks/answer").json()["problems"] == [],
        what="the problem is gone",
    )
