"""The states of a run and of an attempt, and the one table of legal moves."""

from __future__ import annotations

from enum import StrEnum


class RunStatus(StrEnum):
    SCHEDULED = "scheduled"  # not before a time
    QUEUED = "queued"
    RUNNING = "running"
    RETRYING = "retrying"  # an attempt ended, the next waits for its backoff
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # the user's code
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    CRASHED = "crashed"  # the platform: supervisor or node lost, killed from outside, out of memory

    @property
    def is_final(self) -> bool:
        return self in FINAL

    @property
    def is_waiting(self) -> bool:
        return self in WAITING


FINAL = frozenset(
    {
        RunStatus.SUCCEEDED,
        RunStatus.FAILED,
        RunStatus.TIMED_OUT,
        RunStatus.CANCELLED,
        RunStatus.CRASHED,
    }
)
WAITING = frozenset({RunStatus.SCHEDULED, RunStatus.QUEUED, RunStatus.RETRYING})
LIVE = WAITING | {RunStatus.RUNNING}

MOVES: dict[RunStatus, frozenset[RunStatus]] = {
    RunStatus.SCHEDULED: frozenset({RunStatus.QUEUED, RunStatus.CANCELLED}),
    RunStatus.QUEUED: frozenset({RunStatus.RUNNING, RunStatus.CANCELLED}),
    RunStatus.RUNNING: FINAL | {RunStatus.RETRYING},
    RunStatus.RETRYING: frozenset({RunStatus.QUEUED, RunStatus.CANCELLED}),
    **{status: frozenset() for status in FINAL},
}


def sources(target: RunStatus) -> frozenset[RunStatus]:
    """The states from which `target` may be entered: what a guarded UPDATE names."""
    return frozenset(status for status, targets in MOVES.items() if target in targets)


class AttemptStatus(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    CRASHED = "crashed"
