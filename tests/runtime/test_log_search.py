"""Searching logs: the right lines, in both directions, whatever the limits and the patterns."""

from __future__ import annotations

import re
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.domain.errors import Invalid
from runyard.process.logs import LONGEST_LINE, Stream
from runyard.runtime import log_search
from runyard.runtime.log_search import Direction, Found, Hit, Wanted, search
from tests.process.test_logs import at, write


def all_hits(path: Path, most_bytes: int = 1 << 20, **wanted: object) -> list[Hit]:
    """What call after call finds, until it is complete."""
    hits: list[Hit] = []
    start = None
    while True:
        found = search(path, Wanted(start=start, **wanted), most_bytes=most_bytes)  # type: ignore[arg-type]
        hits += found.hits
        if found.complete:
            return hits
        assert found.next_offset != start
        start = found.next_offset


@given(
    st.lists(st.text("abAé\r", max_size=6), max_size=40),
    st.text("abAé", min_size=1, max_size=2),
    st.sampled_from(Direction),
    st.booleans(),
    st.booleans(),
    st.integers(1, 5),
    st.integers(1, 30),
)
def test_every_line_with_a_match_is_found_once(
    lines: list[str],
    text: str,
    direction: Direction,
    case: bool,
    regex: bool,
    limit: int,
    most_bytes: int,
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "x.log")
        write(path, [(Stream.STDOUT, "".join(f"{line}\n" for line in lines).encode())])
        found = all_hits(
            path,
            most_bytes,
            text=text,
            case=case,
            regex=regex,
            direction=direction,
            limit=limit,
        )
    pattern = re.compile(re.escape(text), 0 if case else re.IGNORECASE)
    expected, offset = [], 0
    for line in lines:
        match = pattern.search(line)
        if match is not None:
            expected.append((offset, line.rstrip("\r")[:400], *match.span()))
        offset += len(line.encode()) + 1
    if direction is Direction.BACKWARD:
        expected.reverse()
    assert [(hit.offset, hit.text, hit.start, hit.end) for hit in found] == expected


def test_a_hit_has_its_time_and_stream(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    write(path, [(Stream.STDOUT, b"one\n"), (Stream.STDERR, b"ho two\n")])
    (hit,) = all_hits(path, text="TWO")
    assert hit == Hit(offset=4, at=at(1), stream=Stream.STDERR, text="ho two", start=3, end=6)
    assert all_hits(path, text="TWO", case=True) == []


def test_a_match_in_a_very_long_line_is_found_in_an_excerpt(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    long = b"x" * (3 * 1024 * 1024) + b"needle" + b"y" * (2 * 1024 * 1024) + b"\n"
    write(path, [(Stream.STDOUT, b"first\n" + long + b"needle too\n")])
    for direction in Direction:
        hits = all_hits(path, text="needle", direction=direction)
        if direction is Direction.BACKWARD:
            hits.reverse()
        assert [hit.text[hit.start : hit.end] for hit in hits] == ["needle", "needle"]
        assert len(hits[0].text) <= 400
        place = 6 + 3 * 1024 * 1024
        assert place - LONGEST_LINE <= hits[0].offset <= place
        assert hits[1].offset == 6 + len(long)


def test_a_call_is_bounded_by_bytes(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(b"nothing here\n" * 400_000)
    found = search(path, Wanted(text="needle"), most_bytes=2_000_000)
    assert found.hits == []
    assert not found.complete
    assert 2_000_000 <= found.scanned_bytes == found.next_offset < 3_200_000
    again = search(path, Wanted(text="needle", start=found.next_offset))
    assert again.complete
    assert again.scanned_bytes + found.scanned_bytes == 5_200_000


def test_no_log_no_hits(tmp_path: Path) -> None:
    nothing = Found(hits=[], next_offset=0, complete=True, scanned_bytes=0)
    assert search(tmp_path / "none.log", Wanted(text="a")) == nothing


@pytest.mark.parametrize(
    "pattern", ["(", "[a", "*", "a{2,1}", "(?P<a>x)(?P=b)", "\\", r"(a)\1", "a(?=b)"]
)
def test_what_is_no_pattern_is_refused(tmp_path: Path, pattern: str) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(b"aaa\n")
    with pytest.raises(Invalid) as refused:
        search(path, Wanted(text=pattern, regex=True))
    assert refused.value.facts["problems"][0]["where"] == "q"


HOSTILE = [r"(a|aa)+$", r"(\w*\w*\w*\w*\w*\w*)*-", "(a?){500}b", "(a*)*b"]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_a_hostile_pattern_does_not_hang(tmp_path: Path, pattern: str) -> None:
    path = tmp_path / "x.log"
    path.write_bytes((b"a" * 5_000 + b"!\n") * 50)
    began = time.thread_time()
    assert search(path, Wanted(text=pattern, regex=True)).hits == []
    assert time.thread_time() - began < 20  # without RE2 it would be years


TOO_LARGE = ["((((a{999}){999}){999}){999})", "(a?){1000}" * 90, r"(\pL?){900}"]


@pytest.mark.parametrize("pattern", TOO_LARGE)
def test_patterns_that_would_take_too_much_are_refused(tmp_path: Path, pattern: str) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(b"aaaa\n" * 100)
    with pytest.raises(Invalid):
        search(path, Wanted(text=pattern, regex=True))


def test_patterns_match_within_lines_only(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(b"one\ntwo three\n\nfour\n")
    for pattern, expected in {
        "^t": ["two three"],
        "e$": ["one", "two three"],
        r"one\s+two": [],
        "[^x]hree": ["two three"],
        "^$": [""],
        "z*": ["one", "two three", "", "four"],
    }.items():
        hits = all_hits(path, text=pattern, regex=True)
        assert [hit.text for hit in hits] == expected, pattern


def test_time_ends_a_call_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(b"needle\n" * 400_000)
    monkeypatch.setattr(log_search, "WITHIN_S", 0.0)
    found = search(path, Wanted(text="absent"))
    assert not found.complete
    assert 0 < found.scanned_bytes < 2_800_000
