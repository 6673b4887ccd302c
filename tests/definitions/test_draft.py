"""What an editor is told of a definition that is not saved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from runyard.definitions.draft import json_path, read_draft, read_typed_draft
from runyard.definitions.script import read_script
from runyard.definitions.settings_schema import settings_schema
from tests.definitions.strategies import json_values

BLOCK = """\
# /// script
# dependencies = ["a", 3, "b c"]
# [tool.runyard]
# schedules = ["0 2 * * *", "nonsense", {name = "x", every = "1h"}, {name = "x", every = "2h"}]
# when = 2026-01-01
# ///
"""


def test_everything_is_told_as_it_is_written() -> None:
    read = read_draft("task", BLOCK)
    assert read.dependencies == ("a", "b c")
    assert read.settings["when"] == "2026-01-01"
    assert read.settings["schedules"][1] == "nonsense"
    assert read.spec == read_script("task", BLOCK).spec


def test_good_and_broken_schedules_are_told_in_their_order() -> None:
    read = read_draft("task", BLOCK)
    assert [one.name for one in read.schedules] == ["default", "default-2", "x", "x"]
    assert [one.spec is not None for one in read.schedules] == [True, False, True, False]
    for one in read.schedules:
        assert (one.spec is None) == bool(one.problems)
        assert set(one.problems) <= set(read.problems)
        assert one.place.line == 4
    good = [one.spec for one in read.schedules if one.spec is not None]
    assert good == [one.spec for one in read.spec.schedules]


def test_ten_is_not_inside_of_one() -> None:
    settings = {"schedules": ["0 2 * * *"] * 10 + ["nonsense"]}
    read = read_typed_draft("crawl", settings)
    assert [bool(one.problems) for one in read.schedules] == [False] * 10 + [True]
    assert [problem.where for problem in read.problems] == ["$.settings.schedules[10]"]


def test_json_paths() -> None:
    assert json_path(("settings", "schedules", 3, "cron")) == "$.settings.schedules[3].cron"
    assert json_path(()) == "$"


@given(st.dictionaries(st.sampled_from(["schedules", "timeout", "title", "type"]), json_values))
def test_typed_settings_never_raise(settings: dict[str, Any]) -> None:
    read = read_typed_draft("crawl", settings)
    assert read.spec.executor == "crawl"
    assert len(read.spec.schedules) == sum(one.spec is not None for one in read.schedules)


@given(st.text(), st.text(alphabet="[]{}=\"'.#,\n 13aé", max_size=200))
def test_no_text_makes_it_raise(text: str, toml: str) -> None:
    inner = "".join(f"# {line}\n" for line in toml.split("\n"))
    for content in (text, f"# /// script\n{inner}# ///\n{text}"):
        read = read_draft("task", content)
        assert read.spec == read_script("task", content).spec


def keys_of(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    tables = {"": schema, **schema["$defs"]}
    for name, table in tables.items():
        for key, described in table.get("properties", {}).items():
            yield f"{name}.{key}", described


def test_every_key_of_the_schema_is_described() -> None:
    found = dict(keys_of(settings_schema()))
    assert len(found) > 60
    for key, described in found.items():
        assert described.get("description"), key
        assert "default" in described, key
        assert described.get("examples"), key


def test_the_examples_of_the_schema_are_right() -> None:
    schema = settings_schema()
    for _, described in keys_of(schema):
        whole = {**described, "$defs": schema["$defs"]}
        for example in described["examples"]:
            jsonschema.validate(example, whole)


def test_defaults_are_as_one_writes_them() -> None:
    schema = settings_schema()
    assert schema["properties"]["grace"]["default"] == "5s"
    assert schema["$defs"]["RetrySettings"]["properties"]["cap"]["default"] == "10m"
    assert schema["$defs"]["TaskSchedule"]["properties"]["overlap"]["default"] == "skip"
    assert schema["properties"]["retries"]["default"] == {}


def test_short_forms_fit_the_schema() -> None:
    short = {"retries": 3, "parameters": {"count": 5}, "env": {"PORT": 8080}, "schedule": "@daily"}
    jsonschema.validate(short, settings_schema())
