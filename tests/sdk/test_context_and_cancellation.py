"""What a run knows about itself, and how it hears that it should end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime
from textwrap import dedent

import pytest

import runyard
from tests.sdk.scripts import environment

CONTEXT = {
    "run_id": "0abc",
    "task_id": "hello",
    "attempt": 2,
    "params": {"n": 5},
    "labels": ["nightly"],
    "scheduled_for": "2026-03-04T05:06:07Z",
    "submitted_at": "2026-03-04T05:06:08.250000Z",
    "priority": 3,
    "project": "p",
    "log_path": "/x.log",
    "later": 1,
}


def test_the_context_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNYARD_CONTEXT", json.dumps(CONTEXT))
    context = runyard.context()
    assert context.inside
    assert (context.run_id, context.task_id, context.attempt) == ("0abc", "hello", 2)
    assert context.params == {"n": 5}
    assert context.labels == ("nightly",)
    assert context.scheduled_for == datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert context.submitted_at == datetime(2026, 3, 4, 5, 6, 8, 250_000, tzinfo=UTC)
    assert (context.priority, context.project, context.log_path) == (3, "p", "/x.log")
    assert context.raw["later"] == 1
    with pytest.raises(AttributeError):
        context.attempt = 3  # type: ignore[misc]


def test_the_context_outside_is_plain_and_not_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RUNYARD_CONTEXT", "RUNYARD_RUN_ID", "RUNYARD_TASK", "RUNYARD_ATTEMPT"):
        monkeypatch.delenv(name, raising=False)
    context = runyard.context()
    assert not context.inside
    assert (context.run_id, context.attempt, context.params, context.labels) == (None, 1, {}, ())
    context.params["x"] = 1
    assert runyard.context().params == {}


@pytest.mark.parametrize("text", ["{", "[]", "null"])
def test_a_broken_context_falls_back_to_the_plain_variables(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("RUNYARD_CONTEXT", text)
    monkeypatch.setenv("RUNYARD_RUN_ID", "r1")
    monkeypatch.setenv("RUNYARD_ATTEMPT", "4")
    assert (runyard.context().run_id, runyard.context().attempt) == ("r1", 4)


def start(code: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-uc", dedent(code)],
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def finish(process: subprocess.Popen[str]) -> str:
    process.send_signal(signal.SIGTERM)
    stdout, _ = process.communicate(timeout=120)
    return stdout


def test_who_asks_is_told_and_goes_on() -> None:
    process = start(
        """
        import runyard, signal, time
        assert not runyard.cancelled()
        print("ready")
        while not runyard.cancelled(): time.sleep(0.005)
        print("tidied up")
        """
    )
    assert finish(process) == "tidied up\n"
    assert process.returncode == 0


def test_who_never_asks_is_ended_at_once() -> None:
    process = start("import runyard, time; print('ready'); time.sleep(60)")
    finish(process)
    assert process.returncode == -signal.SIGTERM


def test_a_handler_of_the_script_is_still_called() -> None:
    process = start(
        """
        import runyard, signal, time
        signal.signal(signal.SIGTERM, lambda *a: print("mine"))
        runyard.cancelled()
        print("ready")
        while not runyard.cancelled(): time.sleep(0.005)
        """
    )
    assert finish(process) == "mine\n"


def test_a_thread_that_asks_first_changes_nothing() -> None:
    process = start(
        """
        import runyard, signal, threading, time
        thread = threading.Thread(target=runyard.cancelled)
        thread.start(); thread.join()
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        print("ready")
        time.sleep(60)
        """
    )
    finish(process)
    assert process.returncode == -signal.SIGTERM
