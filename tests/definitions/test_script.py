"""What a file defines, whatever stands in it."""

from __future__ import annotations

import platform
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.definitions.script import read_script
from runyard.definitions.source import MAX_BYTES, content_hash, decode_source, encode_source
from runyard.domain.errors import Invalid
from tests.definitions.strategies import texts


def block(*lines: str) -> str:
    return "\n".join(["# /// script", *(f"# {line}" for line in lines), "# ///", ""])


@pytest.mark.parametrize("key", ["type", "executor"])
def test_a_file_is_a_script_whatever_its_block_says(key: str) -> None:
    definition = read_script("job", block("[tool.runyard]", 'owner = "me"', f'{key} = "shell"'))
    assert (definition.spec.executor, definition.spec.effective_queue) == ("script", "script")
    assert definition.spec.owner == "me"
    assert [(p.line, p.where) for p in definition.problems] == [(4, f"tool.runyard.{key}")]
    assert "'shell'" in definition.problems[0].message
    fine = read_script("job", block("[tool.runyard]", f'{key} = "script"'))
    assert fine.problems == ()


@given(
    st.text(max_size=200)
    | st.lists(texts, max_size=5).map(lambda lines: block("[tool.runyard]", *lines))
)
def test_no_text_makes_it_raise(text: str) -> None:
    definition = read_script("job", text)
    assert definition.spec.executor == "script"
    assert definition.spec.title


def test_title_and_description_come_from_the_docstring() -> None:
    spec = read_script("job", '"""Make the report.\n\nIt takes\na while.\n"""\n').spec
    assert (spec.title, spec.description) == ("Make the report.", "Make the report.")
    spec = read_script("job", block("[tool.runyard]", 'title = "T"') + '"""One\ntwo."""').spec
    assert (spec.title, spec.description) == ("T", "One two.")
    assert read_script("job", "print(1)").spec.title == "job"


def test_settings_and_problems_by_line() -> None:
    text = "import os\n" + block(
        'dependencies = ["requests", "n o"]',
        "[tool.runyard]",
        'timeout = "5m"',
        'retries = {max = 2, bakoff = "1s"}',
        "dependencies = []",
        "[tool.runyard.parameters.count]",
        'type = "integer"',
        'default = "many"',
    )
    definition = read_script("job", text)
    assert definition.spec.retry.retries == 2
    assert definition.spec.dependencies == ("requests",)
    assert definition.spec.parameters[0].default is None
    assert [(p.line, p.column, p.where) for p in definition.problems] == [
        (3, 31, "dependencies.1"),
        (6, 23, "tool.runyard.retries.bakoff"),
        (7, 3, "tool.runyard.dependencies"),
        (10, 3, "tool.runyard.parameters.count.default"),
    ]


def test_broken_toml_and_broken_python_leave_the_task() -> None:
    definition = read_script("job", block("[tool.runyard", 'timeout = "5m"') + "def f(:\n")
    assert [p.line for p in definition.problems] == [2, 5]
    assert definition.spec.title == "job"
    assert definition.spec.timeout is None


@pytest.mark.parametrize(
    "text",
    ["return 1\n", "x = (\n", "  x\n", "await f()\n", "x = '\n", "(" * 1000, "-" * 50_000 + "1"],
)
def test_what_python_refuses_is_a_problem(text: str) -> None:
    problems = read_script("job", text).problems
    assert [p.where for p in problems] == ["python"]
    assert "compile" in problems[0].message


def test_a_script_for_another_python_is_not_judged() -> None:
    newer = block('requires-python = ">=99"') + "new syntax here\n"
    assert read_script("job", newer).problems == ()
    ours = block(f'requires-python = ">={platform.python_version()}"') + "new syntax here\n"
    assert [p.where for p in read_script("job", ours).problems] == ["python"]


def test_warnings_of_the_compiler_stay_its_own() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert read_script("job", "x = '\\d'\nassert (x, 'y')\n").problems == ()
    assert caught == []


def test_runyard_that_is_no_table() -> None:
    (problem,) = read_script("job", block("tool.runyard = 5")).problems
    assert (problem.line, "[tool.runyard]" in problem.message) == (2, True)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x = 1\r\n",
        "x = 'ä 中'\n".encode(),
        b"\xef\xbb\xbfx = 1\n",
        "# -*- coding: latin-1 -*-\nx = 'ä'\n".encode("latin-1"),
        "#!/x\n# vim: set fileencoding=gbk :\nx = '中'\n".encode("gbk"),
    ],
)
def test_bytes_come_back_exactly(data: bytes) -> None:
    text = decode_source(data)
    assert encode_source(text) == data
    assert len(content_hash(text)) == 64


@given(st.text().filter(lambda text: "\0" not in text))
def test_any_text_comes_back(text: str) -> None:
    try:
        data = encode_source(text)
    except Invalid:
        return
    assert decode_source(data) == text


@pytest.mark.parametrize(
    ("data", "words", "line"),
    [
        (b"x\n\xff", "not UTF-8", 2),
        (b"x\n\ny\0", "NUL", 3),
        (b"# coding: klingon\n", "klingon", 1),
        (b"#" * (MAX_BYTES + 1), "larger than", None),
    ],
)
def test_what_python_could_not_run_is_refused(data: bytes, words: str, line: int | None) -> None:
    with pytest.raises(Invalid) as caught:
        decode_source(data)
    assert words in caught.value.message
    assert caught.value.facts.get("line") == line
