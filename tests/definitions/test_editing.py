"""Editing settings changes what it should and no other byte."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.definitions.editing import edit, merged
from runyard.definitions.metadata import find_blocks, read_metadata, split_lines
from runyard.domain.errors import Invalid
from tests.definitions.strategies import identifiers, json_values, texts

SCRIPT = """\
#!/usr/bin/env python3
# a licence

# /// script
# dependencies = ["b", "a"]  # why
#
# [tool.other]
# x   =   1
# 
# [tool.runyard]   # ours
# timeout = '5m'   # five
# retries = {max = 3, backoff = "1s"}  # three
# # a remark
# labels = [
#   "one",  # the first
#   "two",
# ]
# ///
import sys
print(sys.argv)  # no line end at the end"""  # noqa: W291

changes = st.dictionaries(
    st.sampled_from(["timeout", "retries", "labels", "env", "config", "queue", "parameters"]),
    st.none() | json_values,
    max_size=4,
)


def section(text: str) -> dict[str, Any]:
    data = read_metadata(text).data
    found: dict[str, Any] = data.get("tool", {}).get("runyard", {})
    return found


def outside(text: str) -> tuple[str, str]:
    """The text before and after the block."""
    lines = split_lines(text)
    (block,) = find_blocks(lines)
    joined = ["".join(line) for line in lines]
    return "".join(joined[: block.first - 1]), "".join(joined[block.last :])


def without_none(value: Any) -> Any:
    return merged({}, value) if isinstance(value, dict) else value


@given(changes, st.sampled_from(["\n", "\r\n"]))
def test_edit_means_what_it_says_and_keeps_the_rest(wanted: dict[str, Any], end: str) -> None:
    text = SCRIPT.replace("\n", end)
    result = edit(text, wanted)
    assert section(result) == merged(section(text), wanted)
    assert outside(result) == outside(text)
    kept = read_metadata(result).data
    assert kept["dependencies"] == ["b", "a"]
    assert "# x   =   1" in result
    assert '# dependencies = ["b", "a"]  # why' in result
    assert f"{end}# {end}# [tool.runyard]   # ours" in result


@given(st.dictionaries(identifiers, json_values, max_size=3))
def test_adding_then_removing_leaves_the_same_bytes(values: dict[str, Any]) -> None:
    fresh = {f"new_{key}": value for key, value in values.items()}
    plain = SCRIPT.replace("# ///\nimport", "# b = 1\n# ///\nimport")
    again = edit(edit(plain, fresh), dict.fromkeys(fresh))
    assert again == plain


@given(texts, changes)
def test_a_block_is_added_to_any_text(text: str, wanted: dict[str, Any]) -> None:
    try:
        result = edit(text, wanted)
    except Invalid:
        assert "# ///" in text
        return
    assert section(result) == merged({}, wanted)
    assert result.replace("\r\n", "\n").endswith(text.lstrip("\ufeff").replace("\r\n", "\n")[-40:])


def test_one_value_is_one_changed_line() -> None:
    result = edit(SCRIPT, {"timeout": "10m"})
    assert result == SCRIPT.replace("timeout = '5m' ", 'timeout = "10m" ')


def test_nested_values_merge_and_none_removes() -> None:
    result = edit(SCRIPT, {"retries": {"max": 5, "backoff": None}, "labels": None})
    assert section(result) == {"timeout": "5m", "retries": {"max": 5}}
    assert "# # a remark" in result


def test_dependencies_are_changed_at_the_top() -> None:
    result = edit(SCRIPT, {"dependencies": ["c"], "requires_python": ">=3.11"})
    data = read_metadata(result).data
    assert data["dependencies"] == ["c"]
    assert data["requires-python"] == ">=3.11"
    assert "dependencies" not in data["tool"]["runyard"]


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("", ""),
        ("print(1)\n", ""),
        ("#!/usr/bin/env python3\nprint(1)\n", "#!/usr/bin/env python3\n"),
        ("#!/bin/x\n# -*- coding: latin-1 -*-\nx = 1\n", "#!/bin/x\n# -*- coding: latin-1 -*-\n"),
        ("# coding: utf-8\nx = 1\n", "# coding: utf-8\n"),
        ("\ufeffx = 1\r\n", "\ufeff"),
        ("# a comment\n# another\nx = 1\n", ""),
    ],
)
def test_a_new_block_goes_below_the_lines_that_must_be_first(text: str, head: str) -> None:
    result = edit(text, {"timeout": "5m"})
    assert result.startswith(f"{head}# /// script")
    assert result.endswith(text.removeprefix(head))
    assert section(result) == {"timeout": "5m"}
    assert edit(text, {"timeout": None}) == text


def test_a_section_is_added_to_a_block_without_one() -> None:
    result = edit('# /// script\n# dependencies = ["a"]\n# ///\n', {"priority": 3})
    assert result == (
        '# /// script\n# dependencies = ["a"]\n#\n# [tool.runyard]\n# priority = 3\n# ///\n'
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("# /// script\n# a = = 1\n# ///\n", {"timeout": 1}),
        ("# /// script\n# a = 1\n# ///\n\n# /// script\n# a = 1\n# ///\n", {"timeout": 1}),
        ("x = 1\n", {"timeout": float("nan")}),
        ("x = 1\n", {"timeout": object()}),
        ("x = 1\n", {"timeout": "\ud800"}),
        ("# /// script\n# tool = 5\n# ///\n", {"timeout": 1}),
    ],
)
def test_what_cannot_be_edited_is_refused(text: str, wanted: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        edit(text, wanted)


def test_multi_line_text_stays_inside_the_block() -> None:
    text = edit("x = 1\n", {"description": "one\n# ///\ntwo \u2028 \x85 three"})
    assert section(text) == {"description": "one\n# ///\ntwo \u2028 \x85 three"}
    assert tomllib.loads(find_blocks(split_lines(text))[0].toml)
