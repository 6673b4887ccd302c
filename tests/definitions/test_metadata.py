"""The metadata block is found as by the specification's regular expression, with positions."""

from __future__ import annotations

import re
import time
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.definitions.metadata import find_blocks, read_metadata, split_lines
from runyard.definitions.positions import key_positions
from tests.definitions.strategies import texts

REFERENCE = re.compile(r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$")
PLACED = '''\
#!/usr/bin/env python3
# /// script
# dependencies = [
#   "one",
#   "two",
# ]
# text = """
# not = a key
# """
# [tool.runyard] # settings
# "quoted".inner = {a = 1, b = [2]}
# [[tool.list]]
# x = 1
# [[tool.list]]
# x = 2
# ///
'''
fragments = st.lists(
    st.sampled_from(
        ["# /// script", "# /// other", "# ///", "#", "# a = 1", "#x", "", "x = 1", "# /// ", "# "]
    ),
    max_size=14,
).map("\n".join)


def reference(text: str) -> list[tuple[str, str]]:
    found = []
    for match in REFERENCE.finditer(text):
        lines = match.group("content").split("\n")[:-1]
        found.append((match.group("type"), "".join(f"{line[2:]}\n" for line in lines)))
    return found


@given(fragments | texts, st.sampled_from(["", "\n"]))
def test_blocks_are_those_of_the_specification(body: str, end: str) -> None:
    text = re.sub(r"\r\n?", "\n", body + end)
    assert [(b.kind, b.toml) for b in find_blocks(split_lines(text))] == reference(text)


@given(fragments | texts)
def test_lines_join_to_the_text(text: str) -> None:
    assert "".join(content + end for content, end in split_lines(text)) == text


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_any_line_end_and_a_mark(end: str, mark: str) -> None:
    text = mark + "# /// script\n# a = 1\n# ///\nx = 1".replace("\n", end)
    metadata = read_metadata(text)
    assert metadata.data == {"a": 1}
    assert metadata.positions["a",].line == 2


def test_keys_are_placed_in_the_file() -> None:
    text = PLACED
    places = {path: (at.line, at.column) for path, at in read_metadata(text).positions.items()}
    assert places["dependencies", 1] == (5, 5)
    assert places["tool", "runyard"] == (10, 3)
    assert places["tool", "runyard", "quoted", "inner", "b"] == (11, 28)
    assert places["tool", "list", 1, "x"] == (15, 3)
    assert not any("not" in path for path in places)


@given(
    st.dictionaries(
        texts, st.recursive(st.integers() | texts, lambda x: st.lists(x, max_size=3)), max_size=4
    )
)
def test_every_key_has_a_position(data: dict[str, object]) -> None:
    import tomlkit

    toml = tomlkit.dumps({"a": data, "b": [data, data]})
    assert tomllib.loads(toml) == {"a": data, "b": [data, data]}
    found = key_positions(toml)
    assert {("a", key) for key in data} <= found.keys()
    assert {("b", 1, key) for key in data} <= found.keys()


def test_two_blocks_are_a_problem_with_the_line_of_the_second() -> None:
    block = "# /// script\n# a = 1\n# ///\n"
    metadata = read_metadata(f"{block}\n{block}")
    assert metadata.data == {}
    assert [(p.line, "line 1" in p.message) for p in metadata.problems] == [(5, True)]


@pytest.mark.parametrize(
    ("toml", "line"),
    [
        ("# a = 1\n# b = = 2", 3),
        ("# a = 1\n# a = 2", 3),
        ("# a = {", 2),
        ("# x = " + "[" * 9999, 2),
    ],
)
def test_broken_toml_is_a_problem_with_its_line(toml: str, line: int) -> None:
    metadata = read_metadata(f"# /// script\n{toml}\n# ///\n")
    assert metadata.data == {}
    (problem,) = metadata.problems
    assert problem.line is not None
    assert line <= problem.line <= line + 1
    assert "not valid TOML" in problem.message


def test_fences_that_never_close_take_no_quadratic_time() -> None:
    text = "# /// script\n" * 80_000
    start = time.process_time()
    assert find_blocks(split_lines(text)) == []
    assert time.process_time() - start < 5
