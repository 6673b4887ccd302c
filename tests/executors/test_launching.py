"""What every launch has: identity, context, environment, log path and policies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from runyard.domain.errors import Invalid, TooLarge
from runyard.domain.tasks import Limits, TaskSpec
from runyard.engines.contract import LaunchKind
from runyard.executors.launching import MAX_CONTEXT_BYTES, check_env, prepare
from tests.executors.making import places_in, run_of


def test_identity_and_context_of_an_attempt(tmp_path: Path) -> None:
    run = run_of(
        attempt=2,
        params={"count": 5},
        labels=("nightly",),
        project="reports",
        priority=7,
        scheduled_for=datetime(2026, 11, 22, 4, 59, 30, tzinfo=UTC),
    )
    launch = prepare(run, places=places_in(tmp_path), kind=LaunchKind.SCRIPT)
    assert launch.key == "0abcdefghjkmnpqr.2"
    assert launch.log_path == tmp_path / "logs" / "report_0abcdefghjkmnpqr.log"
    assert launch.cwd == tmp_path / "tasks"
    assert launch.env["RUNYARD_RUN"] == "0abcdefghjkmnpqr.2"
    assert launch.env["RUNYARD_RUN_ID"] == "0abcdefghjkmnpqr"
    assert launch.env["RUNYARD_ATTEMPT"] == "2"
    assert launch.env["RUNYARD_TASK"] == "report"
    assert launch.context == {
        "run_id": "0abcdefghjkmnpqr",
        "task_id": "report",
        "attempt": 2,
        "params": {"count": 5},
        "labels": ["nightly"],
        "scheduled_for": "2026-11-22T04:59:30Z",
        "submitted_at": "2026-11-22T05:00:00Z",
        "priority": 7,
        "project": "reports",
        "log_path": str(launch.log_path),
    }
    assert orjson.loads(launch.env["RUNYARD_CONTEXT"]) == launch.context


def test_policies_are_those_of_the_frozen_spec(tmp_path: Path) -> None:
    spec = TaskSpec(
        timeout=timedelta(seconds=9),
        grace=timedelta(seconds=2),
        limits=Limits(memory_bytes=1 << 20),
        dependencies=("requests",),
        requires_python=">=3.11",
        preload=("json",),
        heartbeat=timedelta(seconds=30),
    )
    places = places_in(tmp_path)
    launch = prepare(run_of(spec), places=places, kind=LaunchKind.SCRIPT)
    assert launch.timeout == timedelta(seconds=9)
    assert launch.grace == timedelta(seconds=2)
    assert launch.limits.memory_bytes == 1 << 20
    assert launch.dependencies == ("requests",)
    assert launch.requires_python == ">=3.11"
    assert launch.preload == ("json",)
    assert launch.heartbeat == timedelta(seconds=30)
    default = prepare(run_of(), places=places, kind=LaunchKind.SCRIPT)
    assert default.timeout == timedelta(hours=1)


def test_a_one_off_run_logs_under_its_type(tmp_path: Path) -> None:
    run = run_of(TaskSpec(executor="crawl"), task_id=None, task_version=None)
    launch = prepare(run, places=places_in(tmp_path), kind=LaunchKind.COMMAND)
    assert launch.log_path.name == "crawl_0abcdefghjkmnpqr.log"
    assert launch.task_id == "crawl"
    assert launch.context["task_id"] is None


def test_an_unclaimed_run_has_nothing_to_launch(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="claim it first"):
        prepare(run_of(attempt=0), places=places_in(tmp_path), kind=LaunchKind.SCRIPT)


def test_identity_wins_over_the_environment_of_the_task(tmp_path: Path) -> None:
    run = run_of(TaskSpec(env={"RUNYARD_RUN": "other.9", "COLOR": "red"}))
    launch = prepare(
        run, places=places_in(tmp_path), kind=LaunchKind.SCRIPT, env={"COLOR": "blue", "SIZE": "5"}
    )
    assert launch.env["RUNYARD_RUN"] == launch.key
    assert launch.env["COLOR"] == "red"
    assert launch.env["SIZE"] == "5"


def test_every_impossible_variable_is_named() -> None:
    wrong = {"A=B": "x", "": "x", "NUL": "a\0b", "NUMBER": 5, "GOOD": "y"}
    with pytest.raises(Invalid) as caught:
        check_env(wrong)  # type: ignore[arg-type]
    places = [problem["where"] for problem in caught.value.facts["problems"]]
    assert places == ["env.A=B", "env.", "env.NUL", "env.NUMBER"]
    assert check_env({"GOOD": "y"}) == {"GOOD": "y"}


def test_parameters_too_large_for_an_environment(tmp_path: Path) -> None:
    run = run_of(params={"text": "x" * MAX_CONTEXT_BYTES})
    places = places_in(tmp_path)
    with pytest.raises(TooLarge) as caught:
        prepare(run, places=places, kind=LaunchKind.SCRIPT)
    assert caught.value.facts["limit_bytes"] == MAX_CONTEXT_BYTES
    launch = prepare(run, places=places, kind=LaunchKind.FUNCTION)
    assert launch.params == run.params
    known = orjson.loads(launch.env["RUNYARD_CONTEXT"])
    assert known["params_omitted"] is True
    assert len(launch.env["RUNYARD_CONTEXT"]) < MAX_CONTEXT_BYTES
    assert prepare(replace(run, params={}), places=places, kind=LaunchKind.SCRIPT)
