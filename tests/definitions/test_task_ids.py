"""Names of tasks stay inside of their folder and of an address."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.definitions.task_ids import check_task_id
from runyard.domain.errors import Invalid


@pytest.mark.parametrize("name", ["hello", "a.b", "A-1_x", "爬虫", "été", "हिन्दी", "1", "x" * 200])
def test_names_that_are_fine(name: str) -> None:
    assert check_task_id(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "..", ".hidden", "a.", "a/b", "a\\b", "a b", "a\0", "a\n", "~", "x" * 201,
        "中" * 67,         "runs", "db", "NEW",
        "a:b", "a%b", "\ud800", "a\u202eb", "😀", "../x", "a?b", "a#b",
    ],
)  # fmt: skip
def test_names_that_are_not(name: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_task_id(name)
    assert "can't be a task id" in caught.value.message


@given(st.text(max_size=30))
def test_a_name_is_one_file_and_one_segment(text: str) -> None:
    try:
        name = check_task_id(text)
    except Invalid:
        return
    path = Path("/tasks") / f"{name}.py"
    assert path.parent == Path("/tasks")
    assert path.stem == name
    assert unquote(quote(name, safe="")) == name
    assert check_task_id(name) == name


def test_composed_and_decomposed_are_one_name() -> None:
    assert check_task_id("e\u0301te") == check_task_id("\u00e9te")
