"""The part of a launch that is the same for every executor: identity, context, environment, log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from runyard.domain.errors import Invalid, TooLarge
from runyard.domain.runs import Run
from runyard.engines.contract import Launch, LaunchKind, attempt_key
from runyard.executors.contract import Places

MAX_CONTEXT_BYTES = 120_000
"""Linux refuses to exec with one environment entry over 128 KiB; this leaves room for the name."""


def prepare(
    run: Run,
    *,
    places: Places,
    kind: LaunchKind,
    env: Mapping[str, str] | None = None,
    entry: Mapping[str, Any] | None = None,
) -> Launch:
    """A launch of attempt `run.attempt` that lacks only what is special to its executor.

    `env` goes below the task's own; `RUNYARD_*` identity always wins. `entry` is put into the
    context under "entry" for the code of ours that runs in the run process. Parameters too large
    for the environment are only handed to function launches, which also get them in `params`;
    for every other kind that is `TooLarge`.
    """
    if run.attempt < 1:
        raise ValueError(f"run {run.id} has no attempt to launch; claim it first")
    spec = run.spec
    log = log_path(run, places.logs_dir)
    context = context_of(run, log)
    if entry is not None:
        context["entry"] = dict(entry)
    key = attempt_key(run.id, run.attempt)
    return Launch(
        key=key,
        kind=kind,
        task_id=run.task_id or run.executor,
        log_path=log,
        cwd=places.tasks_dir,
        env={
            **check_env(env or {}),
            **check_env(spec.env),
            "RUNYARD_RUN": key,
            "RUNYARD_RUN_ID": run.id,
            "RUNYARD_ATTEMPT": str(run.attempt),
            "RUNYARD_TASK": run.task_id or run.executor,
            "RUNYARD_CONTEXT": _context_text(context, kind),
        },
        params=run.params,
        context=context,
        isolation=spec.isolation,
        preload=spec.preload,
        dependencies=spec.dependencies,
        requires_python=spec.requires_python,
        limits=spec.limits,
        timeout=spec.timeout if spec.timeout is not None else places.default_timeout,
        grace=spec.grace,
        heartbeat=spec.heartbeat,
    )


def log_path(run: Run, logs_dir: Path) -> Path:
    """`<logs>/<task_id>_<run_id>.log`; the executor's name stands in for a one-off run's task."""
    return logs_dir / f"{run.task_id or run.executor}_{run.id}.log"


def context_of(run: Run, log: Path) -> dict[str, Any]:
    """What `runyard.context()` answers inside the run; JSON only, instants as RFC 3339 in UTC."""
    return {
        "run_id": run.id,
        "task_id": run.task_id,
        "attempt": run.attempt,
        "params": run.params,
        "labels": list(run.labels),
        "scheduled_for": _instant(run.scheduled_for),
        "submitted_at": _instant(run.submitted_at),
        "priority": run.priority,
        "project": run.project,
        "log_path": str(log),
    }


def check_env(env: Mapping[str, str]) -> dict[str, str]:
    """`env` as the operating system can take it; raises `Invalid` naming each entry it can't."""
    problems = [
        {"where": f"env.{name}", "message": wrong}
        for name, value in env.items()
        if (wrong := _wrong_with(name, value)) is not None
    ]
    if problems:
        raise Invalid("the environment of the run can't be set", problems=problems)
    return dict(env)


def _wrong_with(name: object, value: object) -> str | None:
    if not isinstance(name, str) or not name or "=" in name or "\0" in name:
        return "a name is text without = and NUL"
    if not isinstance(value, str):
        return f"a value is text, not {type(value).__name__}"
    if "\0" in value:
        return "a value can't hold a NUL character"
    return None


def _context_text(context: dict[str, Any], kind: LaunchKind) -> str:
    text = orjson.dumps(context)
    if len(text) <= MAX_CONTEXT_BYTES:
        return text.decode()
    if kind is LaunchKind.FUNCTION:
        return orjson.dumps({**context, "params": {}, "params_omitted": True}).decode()
    raise TooLarge(
        f"the parameters take {len(text)} bytes; a process can be given {MAX_CONTEXT_BYTES}",
        hint="write the data to a file and pass its path",
        size_bytes=len(text),
        limit_bytes=MAX_CONTEXT_BYTES,
    )


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
