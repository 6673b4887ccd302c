"""`runyard.context()`: what a run knows about itself.

Runs inside user scripts: standard library only, syntax of Python 3.8.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from typing import Any, NamedTuple


class Context(NamedTuple):
    """Identity and parameters of the run; outside of Runyard all None or empty, `attempt` 1.

    `params` are the run's parameters as checked, `scheduled_for` is the planned time of the
    occurrence that made the run (None for a run that somebody asked for); times are aware and in
    UTC. `raw` is all that Runyard sent.
    """

    run_id: str | None = None
    task_id: str | None = None
    attempt: int = 1
    params: dict[str, Any] = {}  # noqa: RUF012 (context() gives each its own)
    labels: tuple[str, ...] = ()
    scheduled_for: datetime | None = None
    submitted_at: datetime | None = None
    priority: int = 0
    project: str | None = None
    log_path: str | None = None
    raw: dict[str, Any] = {}  # noqa: RUF012

    @property
    def inside(self) -> bool:
        """Does Runyard run this process?"""
        return self.run_id is not None


def context() -> Context:
    """The context of the run that this process works for. Reads the environment at each call."""
    raw = _read(os.environ.get("RUNYARD_CONTEXT", ""))
    run_id = raw.get("run_id") or os.environ.get("RUNYARD_RUN_ID") or None
    return Context(
        run_id=run_id,
        task_id=raw.get("task_id") or os.environ.get("RUNYARD_TASK") or None,
        attempt=int(raw.get("attempt") or os.environ.get("RUNYARD_ATTEMPT") or 1),
        params=dict(raw.get("params") or {}),
        labels=tuple(raw.get("labels") or ()),
        scheduled_for=_instant(raw.get("scheduled_for")),
        submitted_at=_instant(raw.get("submitted_at")),
        priority=int(raw.get("priority") or 0),
        project=raw.get("project"),
        log_path=raw.get("log_path"),
        raw=raw,
    )


def _read(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        raw = json.loads(text)
    except ValueError:
        return {}
    return raw if isinstance(raw, dict) else {}


def _instant(text: str | None) -> datetime | None:
    # Before Python 3.11, `fromisoformat` did not know the Z.
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None  # noqa: FURB162
