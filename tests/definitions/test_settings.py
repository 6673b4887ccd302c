"""Settings to specs and back; every wrong one is told, none hides the others."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runyard.definitions.settings import (
    check_settings,
    parse_settings,
    to_settings,
)
from runyard.definitions.settings_model import EXAMPLES, TaskSettings
from runyard.definitions.settings_schema import settings_schema
from runyard.domain.errors import Invalid
from runyard.domain.tasks import Isolation, Parameter, ParameterType, TaskSpec
from tests.definitions.strategies import json_values, specs, texts

ALL = {
    "type": "crawl",
    "title": "A title",
    "description": "What it does",
    "queue": "slow",
    "timeout": "30m",
    "grace": 2.5,
    "retries": {
        "max": 3,
        "crash": 1,
        "backoff": "2s",
        "factor": 3,
        "cap": "PT1M",
        "jitter": 0,
        "on_timeout": False,
        "exit_codes": [75],
        "exceptions": ["OSError"],
    },
    "concurrency": 2,
    "priority": 5,
    "env": {"A": "1", "PORT": 8080},
    "labels": ["a", "b", "a"],
    "needs": ["gpu"],
    "memory": "512MB",
    "limits": {"cpu": "10m", "open_files": 64, "output": 1000},
    "preload": ["json"],
    "isolation": "cold",
    "project": "website",
    "owner": "ann",
    "extra_parameters": False,
    "heartbeat": "1m",
    "config": {"url": "https://example.org", "since": date(2026, 1, 2)},
    "dependencies": ["requests"],
    "requires-python": ">=3.11",
    "schedule": "0 2 * * *",
    "schedules": ["30m", {"name": "reboot", "cron": "@reboot"}],
}


def test_every_setting_reaches_the_spec() -> None:
    spec, faults = parse_settings(ALL)
    assert faults == []
    assert (spec.executor, spec.queue, spec.title) == ("crawl", "slow", "A title")
    assert (spec.timeout, spec.grace) == (timedelta(minutes=30), timedelta(seconds=2.5))
    assert (spec.retry.retries, spec.retry.crash_retries, spec.retry.factor) == (3, 1, 3)
    assert (spec.retry.backoff, spec.retry.cap) == (timedelta(seconds=2), timedelta(minutes=1))
    assert (spec.retry.on_exit_codes, spec.retry.on_exceptions) == ((75,), ("OSError",))
    assert spec.retry.on_timeout is False
    assert (spec.limits.memory_bytes, spec.limits.cpu_s) == (512_000_000, 600)
    assert (spec.limits.open_files, spec.limits.output_bytes) == (64, 1000)
    assert spec.env == {"A": "1", "PORT": "8080"}
    assert (spec.labels, spec.needs) == (("a", "b"), ("gpu",))
    assert (spec.isolation, spec.preload) == (Isolation.COLD, ("json",))
    assert spec.config == {"url": "https://example.org", "since": "2026-01-02"}
    assert (spec.dependencies, spec.requires_python) == (("requests",), ">=3.11")
    assert (spec.priority, spec.concurrency, spec.extra_parameters) == (5, 2, False)
    assert (spec.project, spec.owner, spec.heartbeat) == ("website", "ann", timedelta(minutes=1))
    assert [one.name for one in spec.schedules] == ["default", "default-2", "reboot"]
    assert [one.spec.cron for one in spec.schedules] == ["0 2 * * *", None, "@reboot"]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(specs())
def test_settings_of_a_spec_give_the_spec_again(spec: TaskSpec) -> None:
    assert parse_settings(to_settings(spec)) == (spec, [])


@given(st.dictionaries(st.sampled_from([*EXAMPLES, "tiemout"]) | texts, json_values, max_size=6))
def test_nothing_makes_it_raise_and_the_good_ones_stay(wild: dict[str, Any]) -> None:
    wild.pop("priority", None)
    spec, _ = parse_settings({**wild, "priority": 7})
    assert spec.priority == 7


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (5, Parameter(name="p", type=ParameterType.INTEGER, default=5)),
        (1.5, Parameter(name="p", type=ParameterType.NUMBER, default=1.5)),
        (True, Parameter(name="p", type=ParameterType.BOOLEAN, default=True)),
        ("x", Parameter(name="p", type=ParameterType.STRING, default="x")),
        ([1], Parameter(name="p", type=ParameterType.ARRAY, default=[1])),
        (date(2026, 1, 2), Parameter(name="p", type=ParameterType.DATE, default="2026-01-02")),
        (
            {"type": "int", "required": True},
            Parameter(name="p", type=ParameterType.INTEGER, required=True),
        ),
        (
            {"choices": [1, 2], "default": 2, "min": 1, "max": 9, "description": "d"},
            Parameter(
                name="p",
                type=ParameterType.INTEGER,
                choices=(1, 2),
                default=2,
                minimum=1,
                maximum=9,
                description="d",
            ),
        ),
    ],
)
def test_parameters_in_short_and_in_full(given_: Any, expected: Parameter) -> None:
    spec, faults = parse_settings({"parameters": {"p": given_}})
    assert faults == []
    assert spec.parameters == (expected,)


@pytest.mark.parametrize(
    ("wrong", "path", "words"),
    [
        ({"tiemout": 1}, ("tiemout",), "did you mean 'timeout'"),
        ({"timeout": "soon"}, ("timeout",), 'timeout = "30m"'),
        ({"timeout": 0}, ("timeout",), "longer than 0"),
        ({"timeout": "20000d"}, ("timeout",), "10 years"),
        ({"priority": True}, ("priority",), "integer"),
        ({"concurrency": -1}, ("concurrency",), "concurrency"),
        ({"retries": {"maks": 3}}, ("retries", "maks"), "did you mean 'max'"),
        ({"retries": -1}, ("retries", "max"), "max"),
        ({"retries": "often"}, ("retries",), "retries = 3"),
        ({"memory": "lots"}, ("memory",), '"512MB"'),
        ({"memory": "1MB", "limits": {"memory": "2MB"}}, ("memory",), "set twice"),
        ({"env": {"A=": "x"}}, ("env", "A="), "environment variable"),
        ({"env": {"RUNYARD_RUN": "x"}}, ("env", "RUNYARD_RUN"), "platform"),
        ({"env": {"A": True}}, ("env", "A"), "string"),
        ({"env": {"A": "\0"}}, ("env", "A"), "not text"),
        ({"isolation": "docker"}, ("isolation",), "'fork'"),
        ({"dependencies": ["ok", "not ok!"]}, ("dependencies", 1), "not a requirement"),
        ({"requires-python": "new"}, ("requires-python",), "versions"),
        ({"preload": ["a b"]}, ("preload", 0), "module"),
        ({"schedule": "soon"}, ("schedule",), "schedule 'default' is left out"),
        ({"schedules": ["@daily", {"cron": "x"}]}, ("schedules", 1, "cron"), "cron = 'x'"),
        ({"config": {"n": float("nan")}}, ("config", "n"), "number"),
        ({"config": {"n": 2**70}}, ("config", "n"), "64 bits"),
        (
            {"parameters": {"p": {"default": 5, "type": "bool"}}},
            ("parameters", "p", "default"),
            "type",
        ),
        (
            {"parameters": {"p": {"default": 5, "required": True}}},
            ("parameters", "p", "required"),
            "default",
        ),
        ({"parameters": {"p": {"choices": [1, "a"]}}}, ("parameters", "p", "choices"), "type"),
        ({"parameters": {"p": {"default": 5, "max": 3}}}, ("parameters", "p", "default"), "above"),
        (
            {"parameters": {"p": {"default": "x", "max": 3}}},
            ("parameters", "p", "max"),
            "has no max",
        ),
        (
            {"parameters": {"p": {"type": "int", "min": 3, "max": 1}}},
            ("parameters", "p", "max"),
            "below",
        ),
        ({"parameters": {"p-": 1, "a b": 1}}, ("parameters", "a b"), "name of a parameter"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_told_and_leaves_the_others(
    wrong: dict[str, Any], path: tuple[str | int, ...], words: str
) -> None:
    spec, faults = parse_settings({**wrong, "title": "kept", "labels": ["kept"]})
    assert (spec.title, spec.labels) == ("kept", ("kept",))
    found = [fault for fault in faults if fault.path[: len(path)] == path]
    assert found, faults
    assert words in found[0].message
    with pytest.raises(Invalid) as caught:
        check_settings(wrong, executor="script")
    assert caught.value.facts["problems"]


def test_a_wrong_entry_of_a_list_leaves_its_neighbours() -> None:
    spec, faults = parse_settings({"dependencies": ["a", "b b", "c"], "labels": ["x", 1, "y"]})
    assert spec.dependencies == ("a", "c")
    assert spec.labels == ("x", "y")
    assert len(faults) == 2


def test_very_many_faults_are_summed_up() -> None:
    _, faults = parse_settings({f"key{n}": n for n in range(2000)})
    assert len(faults) == 51
    assert faults[-1].message == "and 1950 more wrong settings"


def test_lists_in_lists_without_end() -> None:
    deep: Any = 1
    for _ in range(900):
        deep = [deep]
    spec, faults = parse_settings({"config": {"deep": deep}, "priority": 2})
    assert spec.priority == 2
    assert "levels deep" in faults[0].message


def test_the_schema_knows_every_setting_and_accepts_what_we_write() -> None:
    schema = settings_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert set(schema["properties"]) == set(EXAMPLES)
    assert len(TaskSettings.model_fields) == len(EXAMPLES)
    given = {k: v for k, v in ALL.items() if k not in ("retries", "env", "config")}
    jsonschema.validate(given, schema)
