"""Declaring tasks and executors leaves functions as they are and fills the registry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

import runyard
from runyard.definitions.settings import parse_settings
from runyard.domain.schedules.spec import ScheduleSpec
from runyard.sdk import registry


@pytest.fixture(autouse=True)
def empty_registry() -> Iterator[None]:
    registry.clear()
    yield
    registry.clear()


def test_a_bare_decorator_uses_the_functions_name() -> None:
    @runyard.task
    def double(n: int) -> int:
        return 2 * n

    assert double(4) == 8
    (declared,) = registry.TASKS
    assert (declared.id, declared.settings) == ("double", {})
    assert declared.function is double


def test_settings_become_json_values() -> None:
    @runyard.task(
        "etl-rows",
        queue="etl",
        retries={"max": 2, "backoff": timedelta(seconds=1.5)},
        timeout=timedelta(minutes=2),
        labels=("a", "b"),
        env={"A": "1"},
    )
    def rows() -> None: ...

    (declared,) = registry.TASKS
    assert declared.id == "etl-rows"
    assert declared.settings == {
        "queue": "etl",
        "retries": {"max": 2, "backoff": 1.5},
        "timeout": 120.0,
        "labels": ["a", "b"],
        "env": {"A": "1"},
    }


def test_schedules_become_json_values_that_the_server_reads() -> None:
    @runyard.task(
        schedule=timedelta(minutes=30),
        schedules={
            "nightly": "0 2 * * *",
            "once": datetime(2026, 5, 1, 8),
            "fast": {"every": timedelta(seconds=5), "end": date(2026, 12, 31)},
        },
    )
    def report() -> None: ...

    (declared,) = registry.TASKS
    spec, faults = parse_settings(declared.settings)
    assert faults == []
    assert {one.name: one.spec for one in spec.schedules} == {
        "default": ScheduleSpec(every=timedelta(minutes=30)),
        "nightly": ScheduleSpec(cron="0 2 * * *"),
        "once": ScheduleSpec(at=datetime(2026, 5, 1, 8)),
        "fast": ScheduleSpec(
            every=timedelta(seconds=5), end=datetime(2026, 12, 31, 23, 59, 59, 999_999)
        ),
    }


def test_an_executor_has_no_schedule() -> None:
    with pytest.raises(TypeError, match="an executor has no setting 'schedule'"):
        runyard.executor("crawl", schedule="@daily")  # type: ignore[call-arg]


def test_an_unknown_setting_is_refused_with_the_close_one() -> None:
    with pytest.raises(TypeError, match="no setting 'retry'; did you mean 'retries'"):
        runyard.task(retry=2)  # type: ignore[call-overload]


def test_an_executor_is_declared_with_its_model() -> None:
    @dataclass
    class Crawl:
        url: str

    @runyard.executor("crawl", config=Crawl, timeout="5m", queue_limit=3)
    def crawl(config: Crawl, context: runyard.Context) -> str:
        """Fetch a site.

        Politely.
        """
        return config.url

    assert crawl(Crawl(url="u"), runyard.context()) == "u"
    declared = registry.executor_named("crawl")
    assert declared is not None
    assert (declared.config_model, declared.description) == (Crawl, "Fetch a site.")
    assert (declared.queue_limit, declared.settings) == (3, {"timeout": "5m"})
    assert registry.executor_named("other") is None
