"""Every code block of README and docs is true: it runs, and prints what the page shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import PAGES, blocks_of, name_of
from tests.docs.reading import DATABASE, Reader
from tests.docs.terminal import commands_of, is_as_shown
from tests.support.server import Server

LANGUAGES = {"console", "python", "toml", "json", "sh", "text", "ini", "http", "javascript"}
WORDS = {"no-run", "part", "output", "events"}


@pytest.fixture
def reader(stopped_server: Server, page: Path, request: pytest.FixtureRequest) -> Iterator[Reader]:
    database = None
    if DATABASE in page.read_text():
        database = request.getfixturevalue("postgres").new_empty_database()
    reading = Reader(stopped_server, database=database)
    yield reading
    reading.close()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", [p for p in PAGES if blocks_of(p)], ids=name_of)
def test_the_blocks_of_a_page_are_true(page: Path, reader: Reader) -> None:
    for block in blocks_of(page):
        try:
            reader.read(block)
        except AssertionError as error:
            raise AssertionError(f"{name_of(page)}:{block.line}: {error}") from error


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_fences_say_what_they_are(page: Path) -> None:
    for block in blocks_of(page):
        where = f"{name_of(page)}:{block.line}"
        assert block.language in LANGUAGES, where
        assert {word for word in block.words if not word.startswith("file=")} <= WORDS, where
        if block.language == "console":
            assert commands_of(block.text), where


def test_few_blocks_are_not_run() -> None:
    every = [block for page in PAGES for block in blocks_of(page)]
    assert len([block for block in every if block.has("no-run")]) <= len(every) // 8


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("38g1ryqrgv53b0f3", "38g1ryqrgv53b0f4\n", True),
        ("a\n...\nc", "a\nb\nb\nc\n", True),
        ("a ... c", "a b c\n", True),
        ("a\n...", "a\n", True),
        ("took 2.9s", "took 14.1s\n", True),
        ("a", "b\n", False),
        ("a\n...\nc", "a\nb\n", False),
        ("2 runs", "3 runs\n", False),
    ],
)
def test_output_is_compared_loosely_but_compared(shown: str, printed: str, same: bool) -> None:
    assert is_as_shown(shown, printed) is same
