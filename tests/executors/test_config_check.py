"""A configuration against its JSON Schema: all problems, defaults filled, nothing shared."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from runyard.domain.errors import Invalid
from runyard.executors.config_check import check_config, refuse_config


class Page(BaseModel):
    url: str
    retries: int = 3


class Crawl(BaseModel):
    start: Page
    others: list[Page] = []
    tags: list[str] = ["new"]
    depth: int = Field(default=2, ge=0, le=9)


SCHEMA = Crawl.model_json_schema()


def test_defaults_are_filled_at_every_depth() -> None:
    filled = check_config(SCHEMA, {"start": {"url": "a"}, "others": [{"url": "b", "retries": 0}]})
    assert filled == {
        "start": {"url": "a", "retries": 3},
        "others": [{"url": "b", "retries": 0}],
        "tags": ["new"],
        "depth": 2,
    }


def test_every_problem_is_named_by_its_path() -> None:
    config = {"start": {}, "others": [{"url": 5}], "depth": 10}
    with pytest.raises(Invalid) as caught:
        check_config(SCHEMA, config)
    places = [problem["where"] for problem in caught.value.facts["problems"]]
    assert places == ["$.depth", "$.others[0].url", "$.start"]
    assert "(and 2 more)" in caught.value.message
    assert config == {"start": {}, "others": [{"url": 5}], "depth": 10}


def test_defaults_are_not_shared_between_configurations() -> None:
    first = check_config(SCHEMA, {"start": {"url": "a"}})
    first["tags"].append("changed")
    assert check_config(SCHEMA, {"start": {"url": "a"}})["tags"] == ["new"]


def test_a_schema_that_refers_to_itself_ends() -> None:
    tree = {
        "type": "object",
        "properties": {"child": {"$ref": "#"}, "name": {"type": "string", "default": "x"}},
    }
    assert check_config(tree, {"child": {"child": {}}}) == {
        "name": "x",
        "child": {"name": "x", "child": {"name": "x"}},
    }
    circle = {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}
    turning = {"properties": {"a": {"$ref": "#/$defs/A"}, "b": {"default": 1}}, "$defs": circle}
    assert check_config(turning, {}) == {"b": 1}


def test_a_type_without_configuration_refuses_any() -> None:
    assert refuse_config("script", {}) == {}
    with pytest.raises(Invalid) as caught:
        refuse_config("script", {"a": 1, "b": 2})
    assert [each["where"] for each in caught.value.facts["problems"]] == ["$.a", "$.b"]


@given(
    st.dictionaries(
        st.sampled_from(["start", "others", "depth", "x"]),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=3),
            lambda inner: (
                st.lists(inner, max_size=2)
                | st.dictionaries(st.sampled_from(["url", "retries"]), inner, max_size=2)
            ),
            max_leaves=4,
        ),
    )
)
def test_any_configuration_is_answered_or_invalid(config: dict[str, Any]) -> None:
    try:
        filled = check_config(SCHEMA, config)
    except Invalid as error:
        problems = error.facts["problems"]
    else:
        assert check_config(SCHEMA, filled) == filled
        return
    assert problems
