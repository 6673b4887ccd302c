"""Classification: from the facts of an exit to an attempt's status and the error people read."""

from __future__ import annotations

import signal
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, assert_never

from runyard.domain.durations import format_duration, format_size
from runyard.domain.runs import Outcome, RunError
from runyard.domain.states import AttemptStatus
from runyard.domain.tasks import Limits

TRACEBACK_BYTES = 16 * 1024
MESSAGE_BYTES = 4 * 1024


class ExitReason(StrEnum):
    """Why the engine ended an attempt, lost it, or could not start it; None: it ended by itself."""

    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    SHUTDOWN = "shutdown"
    MEMORY_LIMIT = "memory_limit"
    CPU_LIMIT = "cpu_limit"
    HEARTBEAT = "heartbeat"
    SUPERVISOR_LOST = "supervisor_lost"
    ZYGOTE_LOST = "zygote_lost"
    KILLED = "killed"
    ENVIRONMENT = "environment"
    NOT_STARTABLE = "not_startable"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitFacts:
    """What an engine reports about the end of an attempt.

    `error` is the last error event of the run: {"type", "message", "traceback"}, written by any
    language and trusted in nothing. `explanation` is the engine's own sentence, for instance the
    last lines of a failed environment build.
    """

    at: datetime
    exit_code: int | None = None
    signal: int | None = None
    reason: ExitReason | None = None
    explanation: str | None = None
    error: Mapping[str, Any] | None = None
    cpu_s: float | None = None
    peak_memory_bytes: int | None = None
    log_end: int | None = None
    has_result: bool = False
    result: Any = None


def classify(
    facts: ExitFacts,
    *,
    expected_exit_codes: Collection[int] = (0,),
    timeout: timedelta | None = None,
    limits: Limits | None = None,
) -> Outcome:
    """The outcome of an attempt. `timeout` and `limits` are the ones that were in force."""
    limits = limits or Limits()
    if facts.reason is None:
        status, error = _by_itself(facts, expected_exit_codes, limits)
    else:
        status, error = _for_a_reason(facts, facts.reason, timeout=timeout, limits=limits)
    return Outcome(
        status=status,
        at=facts.at,
        exit_code=facts.exit_code,
        signal=facts.signal,
        error=error,
        cpu_s=facts.cpu_s,
        peak_memory_bytes=facts.peak_memory_bytes,
        log_end=facts.log_end,
        has_result=facts.has_result,
        result=facts.result,
    )


_Verdict = tuple[AttemptStatus, RunError | None]


def _by_itself(facts: ExitFacts, expected: Collection[int], limits: Limits) -> _Verdict:
    if facts.signal is not None:
        return _by_signal(facts, facts.signal, limits)
    if facts.exit_code is None:
        message = "the engine no longer knows how it ended"
        return AttemptStatus.CRASHED, RunError(type="supervisor_lost", message=message)
    if facts.exit_code in expected:
        return AttemptStatus.SUCCEEDED, None
    return AttemptStatus.FAILED, reported_error(facts.error) or RunError(
        type="exit_code", message=f"ended with exit code {facts.exit_code}"
    )


def _by_signal(facts: ExitFacts, number: int, limits: Limits) -> _Verdict:
    if number == signal.SIGKILL:
        message = "killed from outside (SIGKILL); often the kernel ran out of memory"
        return AttemptStatus.CRASHED, RunError(type="killed", message=message)
    if number == signal.SIGXCPU and limits.cpu_s is not None:
        return AttemptStatus.FAILED, _cpu_limit(limits)
    reported = reported_error(facts.error)
    message = f"ended by signal {number} ({_signal_name(number)})"
    if reported is None:
        return AttemptStatus.FAILED, RunError(type="signal", message=message)
    message = f"{message} after {reported.type}: {reported.message}"
    return AttemptStatus.FAILED, RunError(
        type="signal", message=message, traceback=reported.traceback
    )


def _for_a_reason(
    facts: ExitFacts, reason: ExitReason, *, timeout: timedelta | None, limits: Limits
) -> _Verdict:
    match reason:
        case ExitReason.TIMEOUT:
            within = "in time" if timeout is None else f"within {format_duration(timeout)}"
            error = RunError(type="timeout", message=f"did not end {within}")
            return AttemptStatus.TIMED_OUT, error
        case ExitReason.CANCELLED | ExitReason.REPLACED | ExitReason.SHUTDOWN:
            return AttemptStatus.CANCELLED, _say(facts, "cancelled", _CANCELLED[reason])
        case ExitReason.CPU_LIMIT:
            return AttemptStatus.FAILED, _cpu_limit(limits)
        case ExitReason.ENVIRONMENT | ExitReason.NOT_STARTABLE:
            return AttemptStatus.FAILED, _say(facts, reason.value, _FAILED[reason])
        case ExitReason.MEMORY_LIMIT:
            return AttemptStatus.CRASHED, _memory_limit(limits)
        case (
            ExitReason.HEARTBEAT
            | ExitReason.SUPERVISOR_LOST
            | ExitReason.ZYGOTE_LOST
            | ExitReason.KILLED
        ):
            return AttemptStatus.CRASHED, _say(facts, reason.value, _CRASHED[reason])
        case _:
            assert_never(reason)


_CANCELLED = {
    ExitReason.CANCELLED: "cancelled",
    ExitReason.REPLACED: "replaced by a newer run",
    ExitReason.SHUTDOWN: "the server was shut down",
}
_FAILED = {
    ExitReason.ENVIRONMENT: "its environment could not be built",
    ExitReason.NOT_STARTABLE: "it could not be started",
}
_CRASHED = {
    ExitReason.HEARTBEAT: "no sign of life came within its heartbeat",
    ExitReason.SUPERVISOR_LOST: "its supervisor ended, and the run with it",
    ExitReason.ZYGOTE_LOST: "the process that should start it ended",
    ExitReason.KILLED: "killed from outside",
}


def _say(facts: ExitFacts, kind: str, default: str) -> RunError:
    message = _head(facts.explanation, MESSAGE_BYTES) if facts.explanation else default
    return RunError(type=kind, message=message)


def _cpu_limit(limits: Limits) -> RunError:
    limit = "its limit of CPU time" if limits.cpu_s is None else f"{limits.cpu_s:g} s of CPU time"
    return RunError(type="cpu_limit", message=f"used more than {limit}")


def _memory_limit(limits: Limits) -> RunError:
    size = limits.memory_bytes
    limit = "its limit of memory" if size is None else f"{format_size(size)} of memory"
    return RunError(type="memory_limit", message=f"used more than {limit}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        first = int(signal.SIGRTMIN)
        is_realtime = first <= number <= int(signal.SIGRTMAX)
        return f"SIGRTMIN+{number - first}" if is_realtime else "unknown"


def reported_error(error: Mapping[str, Any] | None) -> RunError | None:
    """An error event's content, cut to size; None if it says nothing."""
    if not error:
        return None
    traceback = error.get("traceback")
    return RunError(
        type=_head(str(error.get("type") or "Error"), MESSAGE_BYTES),
        message=_head(str(error.get("message") or ""), MESSAGE_BYTES),
        traceback=None if not traceback else _tail(str(traceback), TRACEBACK_BYTES),
    )


def _head(text: str, size_bytes: int) -> str:
    return text.encode(errors="replace")[:size_bytes].decode(errors="ignore")


def _tail(text: str, size_bytes: int) -> str:
    return text.encode(errors="replace")[-size_bytes:].decode(errors="ignore")
