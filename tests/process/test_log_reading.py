"""Reading logs backwards, from the start of a line, and by blocks: each byte exactly once."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runyard.process import log_reading
from runyard.process.log_reading import LogSpan
from runyard.process.logs import LONGEST_LINE, LogLine, Stream
from tests.process.test_logs import at, chunk_lists, content, sent, write

Chunk = tuple[Stream, bytes]


def spans(path: Path, lines: int, *, most_bytes: int = log_reading.MOST_BYTES) -> list[LogSpan]:
    """All pages from the end to the beginning, in the order of the log."""
    found: list[LogSpan] = []
    offset = path.stat().st_size
    while offset > 0:
        span = log_reading.before(path, offset, lines, most_bytes=most_bytes)
        assert span.start < span.end == offset
        found.insert(0, span)
        offset = span.start
    return found


@given(chunk_lists, st.integers(1, 5), st.sampled_from([4, 16, 1 << 20]))
@example([(Stream.STDOUT, b"a"), (Stream.STDERR, b"b\n"), (Stream.STDOUT, b"a\n")], 1, 1 << 20)
def test_reading_backwards_gives_each_byte_of_each_stream_once(
    chunks: list[Chunk], lines: int, most_bytes: int
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "x.log")
        write(path, chunks)
        pages = spans(path, lines, most_bytes=most_bytes)
    for stream in Stream:
        text = "".join(_text(page.lines, stream) for page in pages)
        assert text.encode() == sent(chunks, stream)


def _text(lines: list[LogLine], stream: Stream) -> str:
    return content(lines, stream)


@given(st.lists(st.text("ab", max_size=5), max_size=30), st.integers(1, 7))
def test_a_page_backwards_has_the_lines_that_were_asked(texts: list[str], lines: int) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "x.log")
        write(path, [(Stream.STDOUT, f"{text}\n".encode()) for text in texts])
        pages = spans(path, lines)
    assert [line.text for page in pages for line in page.lines] == texts
    assert all(len(page.lines) == lines for page in pages[1:])


def test_a_prompt_that_never_ends_does_not_make_pages_long(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    prompt: list[Chunk] = [(Stream.STDERR, b"password: ")]
    write(path, prompt + [(Stream.STDOUT, b"x" * 99 + b"\n")] * 5_000)
    span = log_reading.before(path, 500_000, 10)
    assert 10 <= len(span.lines) <= 11 + LONGEST_LINE // 100
    assert span.lines[-1].partial or span.lines[-1].text == "x" * 99


def test_a_line_without_end_comes_in_pieces_of_bounded_size(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    write(path, [(Stream.STDOUT, "é".encode() * 100_000)])
    pages = spans(path, 3, most_bytes=30_001)
    assert all(page.end - page.start <= 30_001 for page in pages)
    text = "".join(line.text for page in pages for line in page.lines)
    assert text == "é" * 100_000


def test_before_the_beginning_there_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    assert log_reading.before(path, 10, 5) == LogSpan(lines=[], start=0, end=0, size=0)
    write(path, [(Stream.STDOUT, b"a\n")])
    assert log_reading.before(path, 0, 5) == LogSpan(lines=[], start=0, end=0, size=2)
    past = log_reading.before(path, 99, 5)
    assert [line.text for line in past.lines] == ["a"]


@pytest.mark.parametrize(
    ("offset", "start"), [(0, 0), (1, 4), (3, 4), (4, 4), (5, 8), (8, 8), (9, 10), (99, 10)]
)
def test_the_next_start_of_a_line(tmp_path: Path, offset: int, start: int) -> None:
    path = tmp_path / "x.log"
    write(path, [(Stream.STDOUT, b"one\ntwo\nxy")])
    assert log_reading.line_start(path, offset) == start


def test_within_a_very_long_line_the_place_stays(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    write(path, [(Stream.STDOUT, b"a\n" + b"x" * (3 * LONGEST_LINE) + b"\nb\n")])
    assert log_reading.line_start(path, 10) == 10
    assert log_reading.line_start(path, 2 * LONGEST_LINE + 10) == 3 * LONGEST_LINE + 3


@given(chunk_lists, st.integers(1, 9))
def test_blocks_are_whole_and_end_with_lines(chunks: list[Chunk], most: int) -> None:
    data = b"".join(part for _, part in chunks)
    with TemporaryDirectory() as folder:
        path = Path(folder, "x.log")
        write(path, chunks)
        forward = list(log_reading.blocks_forward(path, 0, len(data), most=most))
        backward = list(log_reading.blocks_backward(path, 0, len(data), most=most))[::-1]
    for blocks in (forward, backward):
        assert b"".join(block.data for block in blocks) == data
        for block in blocks:
            assert data[block.offset :].startswith(block.data)
            assert len(block.data) <= most
    for block in forward[:-1]:
        assert block.data.endswith(b"\n") or b"\n" not in block.data
    for block in backward[1:]:
        assert data[block.offset - 1 : block.offset] == b"\n" or b"\n" not in block.data[:-1]


def test_moments_are_those_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    write(path, [(Stream.STDOUT, b"one\n"), (Stream.STDERR, b"two\n")])
    assert log_reading.moments(path, [2, 5]) == [
        (at(0), Stream.STDOUT),
        (at(1), Stream.STDERR),
    ]
