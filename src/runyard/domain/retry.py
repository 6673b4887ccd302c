"""Retry: whether an attempt that ended badly is followed by another, when, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from runyard.domain.durations import format_duration
from runyard.domain.states import AttemptStatus
from runyard.domain.tasks import RetryPolicy

_HIDDEN_MODULES = ("builtins.", "__main__.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDecision:
    """`why` is a sentence for people; `delay` counts from the end of the attempt."""

    retry: bool
    delay: timedelta
    why: str


def decide(
    policy: RetryPolicy,
    *,
    outcome_status: AttemptStatus,
    exit_code: int | None,
    exception_type: str | None,
    failures: int,
    crashes: int,
    random: float,
) -> RetryDecision:
    """What follows an attempt with this outcome.

    `failures` and `crashes` count the run's bad attempts so far, this one included. `random`, in
    [0, 1), spreads the delay. An exception matches by its class name or its dotted name.
    """
    match outcome_status:
        case AttemptStatus.SUCCEEDED | AttemptStatus.CANCELLED | AttemptStatus.RUNNING:
            return _no(f"an attempt that is {outcome_status} is not retried")
        case AttemptStatus.CRASHED:
            cause, obstacle = "the attempt crashed", None
            used, allowed, kind = crashes, policy.crash_retries, "crash retries"
        case AttemptStatus.TIMED_OUT:
            cause = "the attempt timed out"
            obstacle = None if policy.on_timeout else "timeouts are not retried"
            used, allowed, kind = failures, policy.retries, "retries"
        case AttemptStatus.FAILED:
            cause = _name_failure(exit_code, exception_type)
            obstacle = _why_not_worth_it(policy, exit_code, exception_type)
            used, allowed, kind = failures, policy.retries, "retries"
        case _:
            assert_never(outcome_status)
    if allowed <= 0:
        return _no(f"{cause}, and the task asks for no {kind}")
    if obstacle is not None:
        return _no(obstacle)
    if used > allowed:
        return _no(f"{cause}, and all {allowed} {kind} are used")
    wait = _delay(policy, nth=max(used, 1), random=random)
    why = f"{cause}: {kind} {used} of {allowed}, in {format_duration(_rounded(wait))}"
    return RetryDecision(retry=True, delay=wait, why=why)


def _no(why: str) -> RetryDecision:
    return RetryDecision(retry=False, delay=timedelta(0), why=why)


def _name_failure(exit_code: int | None, exception_type: str | None) -> str:
    if exception_type is not None:
        return f"the attempt failed with {exception_type}"
    return (
        "the attempt failed" if exit_code is None else f"the attempt failed with exit {exit_code}"
    )


def _why_not_worth_it(
    policy: RetryPolicy, exit_code: int | None, exception_type: str | None
) -> str | None:
    if not policy.on_exit_codes and not policy.on_exceptions:
        return None
    if exit_code is not None and exit_code in policy.on_exit_codes:
        return None
    if exception_type is not None and any(
        _is_named(exception_type, name) for name in policy.on_exceptions
    ):
        return None
    wanted = [*map(str, policy.on_exit_codes), *policy.on_exceptions]
    return f"{_name_failure(exit_code, exception_type)}; retried are only {', '.join(wanted)}"


def _is_named(exception_type: str, name: str) -> bool:
    actual, wanted = _bare(exception_type), _bare(name)
    return actual == wanted or ("." not in wanted and actual.rpartition(".")[2] == wanted)


def _bare(name: str) -> str:
    for module in _HIDDEN_MODULES:
        name = name.removeprefix(module)
    return name


def _delay(policy: RetryPolicy, *, nth: int, random: float) -> timedelta:
    backoff, cap = policy.backoff.total_seconds(), policy.cap.total_seconds()
    try:
        seconds = min(cap, backoff * policy.factor ** (nth - 1)) if backoff > 0 else 0.0
    except OverflowError:
        seconds = cap
    seconds *= 1 + policy.jitter * (2 * random - 1)
    try:
        return timedelta(seconds=max(0.0, seconds))
    except OverflowError:
        return timedelta.max


def _rounded(length: timedelta) -> timedelta:
    try:
        return timedelta(milliseconds=round(length / timedelta(milliseconds=1)))
    except OverflowError:
        return length
