"""Classification: what each way to end means."""

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.domain.classify import (
    MESSAGE_BYTES,
    TRACEBACK_BYTES,
    ExitFacts,
    ExitReason,
    classify,
)
from runyard.domain.runs import RunError
from runyard.domain.states import AttemptStatus
from runyard.domain.tasks import Limits

NOW = datetime(2026, 1, 1, tzinfo=UTC)
A, R = AttemptStatus, ExitReason
LIMITS = Limits(memory_bytes=512 * 1024**2, cpu_s=2.5)
VALUE_ERROR = {"type": "ValueError", "message": "no", "traceback": "Traceback ..."}


def ended(**facts: Any) -> ExitFacts:
    return ExitFacts(at=NOW, **facts)


@pytest.mark.parametrize(
    ("facts", "status", "kind", "message"),
    [
        ({"exit_code": 3}, A.FAILED, "exit_code", "ended with exit code 3"),
        ({"exit_code": 1, "error": VALUE_ERROR}, A.FAILED, "ValueError", "no"),
        ({"exit_code": 1, "error": {}}, A.FAILED, "exit_code", "ended with exit code 1"),
        (
            {"signal": 9},
            A.CRASHED,
            "killed",
            "killed from outside (SIGKILL); often the kernel ran out of memory",
        ),
        ({"signal": 11}, A.FAILED, "signal", "ended by signal 11 (SIGSEGV)"),
        (
            {"signal": 2, "error": VALUE_ERROR},
            A.FAILED,
            "signal",
            "ended by signal 2 (SIGINT) after ValueError: no",
        ),
        (
            {"signal": int(signal.SIGXCPU)},
            A.FAILED,
            "cpu_limit",
            "used more than 2.5 s of CPU time",
        ),
        ({"reason": R.TIMEOUT, "signal": 9}, A.TIMED_OUT, "timeout", "did not end within 1m30s"),
        ({"reason": R.TIMEOUT, "exit_code": 0}, A.TIMED_OUT, "timeout", "did not end within 1m30s"),
        ({"reason": R.CANCELLED, "signal": 15}, A.CANCELLED, "cancelled", "cancelled"),
        ({"reason": R.CANCELLED, "exit_code": 0}, A.CANCELLED, "cancelled", "cancelled"),
        ({"reason": R.REPLACED, "signal": 9}, A.CANCELLED, "cancelled", "replaced by a newer run"),
        ({"reason": R.SHUTDOWN}, A.CANCELLED, "cancelled", "the server was shut down"),
        (
            {"reason": R.MEMORY_LIMIT, "signal": 9},
            A.CRASHED,
            "memory_limit",
            "used more than 512MiB of memory",
        ),
        (
            {"reason": R.CPU_LIMIT, "signal": 9},
            A.FAILED,
            "cpu_limit",
            "used more than 2.5 s of CPU time",
        ),
        (
            {"reason": R.HEARTBEAT},
            A.CRASHED,
            "heartbeat",
            "no sign of life came within its heartbeat",
        ),
        (
            {"reason": R.SUPERVISOR_LOST},
            A.CRASHED,
            "supervisor_lost",
            "its supervisor ended, and the run with it",
        ),
        (
            {"reason": R.ZYGOTE_LOST},
            A.CRASHED,
            "zygote_lost",
            "the process that should start it ended",
        ),
        ({"reason": R.KILLED, "signal": 9}, A.CRASHED, "killed", "killed from outside"),
        (
            {"reason": R.ENVIRONMENT, "explanation": "no version of nosuch fits"},
            A.FAILED,
            "environment",
            "no version of nosuch fits",
        ),
        ({"reason": R.NOT_STARTABLE}, A.FAILED, "not_startable", "it could not be started"),
        ({}, A.CRASHED, "supervisor_lost", "the engine no longer knows how it ended"),
    ],
)
def test_how_each_end_is_judged(
    facts: dict[str, Any], status: AttemptStatus, kind: str, message: str
) -> None:
    outcome = classify(ended(**facts), timeout=timedelta(seconds=90), limits=LIMITS)
    assert outcome.status is status
    assert outcome.error is not None
    assert (outcome.error.type, outcome.error.message) == (kind, message)


def test_an_expected_exit_code_is_success_whatever_was_reported() -> None:
    outcome = classify(ended(exit_code=0, error=VALUE_ERROR))
    assert (outcome.status, outcome.error) == (A.SUCCEEDED, None)
    assert classify(ended(exit_code=3), expected_exit_codes={0, 3}).status is A.SUCCEEDED
    assert classify(ended(exit_code=0), expected_exit_codes={3}).status is A.FAILED


def test_limits_that_were_not_set_are_not_named() -> None:
    outcome = classify(ended(signal=int(signal.SIGXCPU)))
    assert outcome.error == RunError(type="signal", message="ended by signal 24 (SIGXCPU)")
    for reason in (R.MEMORY_LIMIT, R.CPU_LIMIT, R.TIMEOUT):
        error = classify(ended(reason=reason)).error
        assert error is not None
        assert "None" not in error.message


def test_signals_without_a_name() -> None:
    first = int(signal.SIGRTMIN)
    for number, name in ((first + 3, "SIGRTMIN+3"), (200, "unknown")):
        error = classify(ended(signal=number)).error
        assert error is not None
        assert error.message == f"ended by signal {number} ({name})"


def test_the_facts_are_kept() -> None:
    facts: dict[str, Any] = {
        "exit_code": 0,
        "cpu_s": 1.5,
        "peak_memory_bytes": 4096,
        "log_end": 77,
        "has_result": True,
        "result": None,
    }
    outcome = classify(ended(**facts))
    assert {name: getattr(outcome, name) for name in facts} == facts
    assert outcome.at == NOW
    assert classify(ended(signal=15)).signal == 15


def test_a_long_error_keeps_its_head_and_the_traceback_its_tail() -> None:
    error = {"type": "E", "message": "é" * 9000, "traceback": "x" * 20_000 + "é" * 9000 + "last"}
    outcome = classify(ended(exit_code=1, error=error))
    assert outcome.error is not None
    assert outcome.error.traceback is not None
    assert outcome.error.traceback.endswith("élast")
    assert len(outcome.error.traceback.encode()) <= TRACEBACK_BYTES
    assert len(outcome.error.message.encode()) == MESSAGE_BYTES


anything = st.none() | st.integers() | st.text(st.characters()) | st.lists(st.integers())


@given(
    st.none() | st.integers(0, 255),
    st.none() | st.integers(1, 300),
    st.none() | st.sampled_from(R),
    st.none() | st.dictionaries(st.sampled_from(["type", "message", "traceback"]), anything),
)
def test_any_facts_have_a_verdict(
    exit_code: int | None, number: int | None, reason: ExitReason | None, error: Any
) -> None:
    facts = ended(exit_code=exit_code, signal=number, reason=reason, error=error)
    outcome = classify(facts)
    assert outcome.status is not A.RUNNING
    assert (outcome.error is None) is (outcome.status is A.SUCCEEDED)
    if outcome.status is A.SUCCEEDED:
        assert (exit_code, number, reason) == (0, None, None)
    if outcome.error is not None:
        assert outcome.error.type
        (outcome.error.message + (outcome.error.traceback or "")).encode()
