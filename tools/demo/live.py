"""Brings a server with the demonstration's tasks into a state that is worth looking at."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

TASKS = Path(__file__).parent / "tasks"


def copy_tasks(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for path in TASKS.glob("*.py"):
        shutil.copy(path, folder / path.name)


def make_live(http: httpx2.Client) -> dict[str, str]:
    """Limits, a pause, a calendar, and runs in every state; answers the runs' ids by name."""
    _until(http, "/api/v1/tasks/probe_services")
    queues: dict[str, dict[str, Any]] = {
        "orders": {"limit": 2},
        "gpu": {"limit": 1},
        "crawl": {"limit": 4, "rate": "20/m"},
        "mail": {"limit": 1},
        "images": {"limit": 8},
    }
    for queue, limits in queues.items():
        _call(http, "PATCH", f"/api/v1/queues/{queue}", limits)
    _call(http, "POST", "/api/v1/tasks/send_digest/pause", {"reason": "new template on Monday"})
    _call(
        http,
        "PUT",
        "/api/v1/calendars/office-days",
        {
            "note": "Days on which somebody is in the office",
            "weekdays": ["mon", "tue", "wed", "thu", "fri"],
            "exclude": ["2026-12-24", "2026-12-25", "2026-12-31"],
        },
    )
    made = {
        "finished": _submit(http, "crawl_news", {"params": {"depth": 3}}),
        "training": _submit(http, "train_ranker", {"params": {"epochs": 180}}),
        "waiting": _submit(http, "train_ranker", {"params": {"epochs": 20}}),
        "orders": _submit(http, "import_orders", {"params": {"shop": "berlin"}}),
        "retrying": _submit(http, "sync_inventory", {}),
        "scheduled": _submit(
            http,
            "nightly_backup",
            {
                "not_before": (datetime.now(UTC) + timedelta(hours=5)).isoformat(),
            },
        ),
    }
    for shop in ("madrid", "上海", "oslo"):
        _submit(http, "import_orders", {"params": {"shop": shop}})
    for name in ("hello", "refresh_search_index", "resize_images", "probe_services"):
        _submit(http, name, {})
    greeting = _submit(http, "hello", {"labels": ["by-hand"], "priority": 3})
    _until(http, f"/api/v1/runs/{greeting}", status="succeeded")
    _until(http, f"/api/v1/runs/{made['finished']}", status="succeeded")
    _until(http, f"/api/v1/runs/{made['training']}", status="running")
    _until(http, f"/api/v1/runs/{made['retrying']}", status="retrying")
    return made


def _submit(http: httpx2.Client, task_id: str, request: dict[str, Any]) -> str:
    return str(_call(http, "POST", f"/api/v1/tasks/{task_id}/runs", request)["id"])


def _call(http: httpx2.Client, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = http.request(method, path, json=body)
    if answer.is_error:
        raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text}")
    return dict(answer.json())


def _until(http: httpx2.Client, path: str, *, status: str | None = None) -> None:
    deadline = time.monotonic() + 120
    while True:
        answer = http.get(path)
        if answer.is_success and status in {None, answer.json().get("status")}:
            return
        if time.monotonic() > deadline:
            raise SystemExit(f"{path} does not become {status}: {answer.text}")
        time.sleep(0.1)
