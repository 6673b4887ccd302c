"""Reading logs: exact lines per stream whatever the interleaving, index or size of the log."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.process import logs
from runyard.process.logs import INDEX_RECORD, LONGEST_LINE, LogLine, Stream

Chunk = tuple[Stream, bytes]
START_US = 1_700_000_000_000_000


def at(number: int) -> datetime:
    """The time that `write` gives the chunk of that number: a second apart."""
    return datetime.fromtimestamp(START_US / 1e6 + number, UTC)


def write(path: Path, chunks: list[Chunk], *, index: bool = True) -> None:
    offset = path.stat().st_size if path.exists() else 0
    records = []
    with path.open("ab") as file:
        for number, (stream, data) in enumerate(chunks):
            stamp = (START_US + number * 1_000_000) << 2 | stream
            records.append(INDEX_RECORD.pack(offset, stamp))
            file.write(data)
            offset += len(data)
    if index:
        with Path(f"{path}.idx").open("ab") as file:
            file.write(b"".join(records))


def pages(path: Path, limit: int, offset: int = 0) -> Iterator[logs.LogPage]:
    while True:
        page = logs.read(path, offset, limit)
        if page.next_offset == offset:
            return
        yield page
        offset = page.next_offset


def content(lines: list[LogLine], stream: Stream) -> str:
    """The stream's text again."""
    return "".join(li.text + ("" if li.partial else "\n") for li in lines if li.stream is stream)


def sent(chunks: list[Chunk], stream: Stream) -> bytes:
    return b"".join(data for its, data in chunks if its is stream)


text = st.text(alphabet="ab\n\r", max_size=12).map(str.encode)
chunk_lists = st.lists(st.tuples(st.sampled_from(Stream), text), max_size=40)


@given(chunk_lists)
def test_the_lines_of_each_stream_come_back_with_monotone_times(chunks: list[Chunk]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "x.log")
        write(path, chunks)
        page = logs.read(path, 0)
        rest = logs.read(path, page.next_offset)
    lines = page.lines + rest.lines
    for stream in Stream:
        assert content(lines, stream).encode() == sent(chunks, stream)
    for page_lines in (page.lines, rest.lines):
        assert all(a.offset < b.offset and a.at <= b.at for a, b in pairwise(page_lines))


@given(chunk_lists, st.integers(1, 40))
def test_pages_of_any_size_lose_and_double_nothing(chunks: list[Chunk], limit: int) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "x.log")
        write(path, chunks)
        lines = [line for page in pages(path, limit) for line in page.lines]
    for stream in Stream:
        assert content(lines, stream).encode() == sent(chunks, stream)


@given(chunk_lists, st.integers(1, 50))
def test_the_tail_is_the_end_of_the_whole(chunks: list[Chunk], count: int) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "x.log")
        write(path, chunks)
        tail = logs.tail(path, count)
        everything = logs.tail(path, 10_000)
    assert tail.lines == everything.lines[-count:]
    assert tail.next_offset == tail.size == sum(len(data) for _, data in chunks)
    for stream in Stream:
        assert content(everything.lines, stream).encode() == sent(chunks, stream)


@given(st.binary(max_size=200), st.binary(max_size=100))
def test_no_bytes_and_no_index_make_it_raise(data: bytes, index: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "x.log")
        path.write_bytes(data)
        Path(f"{path}.idx").write_bytes(index)
        lines = [line for page in pages(path, 50) for line in page.lines]
        logs.tail(path, 3)
        logs.since(path, at(0))
    assert sum(line.text.count("\n") for line in lines) == 0
    assert sum(not line.partial for line in lines) == data.count(b"\n")


def test_streams_and_times_are_those_of_the_index(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    write(path, [(Stream.STDOUT, b"out "), (Stream.STDERR, b"err\n"), (Stream.STDOUT, b"put\n")])
    assert logs.read(path, 0).lines == [
        LogLine(offset=0, at=at(0), stream=Stream.STDOUT, text="out put"),
        LogLine(offset=4, at=at(1), stream=Stream.STDERR, text="err"),
    ]


def test_a_carriage_return_stays_and_bad_bytes_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    write(path, [(Stream.STDOUT, b"10%\r20%\r\nbad \xff\n")])
    assert [line.text for line in logs.read(path, 0).lines] == ["10%\r20%\r", "bad �"]


def test_a_character_that_arrived_in_two_chunks_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    raw = "é€\n".encode()
    write(path, [(Stream.STDOUT, raw[:1]), (Stream.STDERR, b"-\n"), (Stream.STDOUT, raw[1:])])
    assert logs.read(path, 0).lines[0].text == "é€"


def test_a_long_line_comes_in_pieces_that_do_not_cut_characters(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    line = "x" + "é" * 100_000
    write(path, [(Stream.STDOUT, line.encode() + b"\nshort\n")])
    lines = logs.read(path, 0, 1 << 20).lines
    assert [li.partial for li in lines] == [True, True, True, False, False]
    assert all(len(li.text.encode()) <= LONGEST_LINE for li in lines)
    assert "".join(li.text for li in lines[:4]) == line
    assert lines[-1].text == "short"
    paged = [li for page in pages(path, 30_000) for li in page.lines]
    assert content(paged, Stream.STDOUT) == line + "\nshort\n"


def test_without_an_index_all_is_stdout_at_the_time_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    write(path, [(Stream.STDERR, b"a\nb\n")], index=False)
    lines = logs.read(path, 0).lines
    assert [(li.stream, li.text) for li in lines] == [(Stream.STDOUT, "a"), (Stream.STDOUT, "b")]
    assert abs(lines[0].at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_short_index_counts_for_what_follows_and_its_torn_record_for_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "x.log"
    write(path, [(Stream.STDERR, b"a\n"), (Stream.STDOUT, b"b\n")])
    index = Path(f"{path}.idx")
    index.write_bytes(index.read_bytes()[:-5])
    assert [(li.stream, li.text) for li in logs.read(path, 0).lines] == [
        (Stream.STDERR, "a"),
        (Stream.STDERR, "b"),
    ]


def test_no_log_is_an_empty_log(tmp_path: Path) -> None:
    path = tmp_path / "none.log"
    empty = logs.LogPage(lines=[], next_offset=0, size=0)
    assert logs.read(path, 5) == logs.tail(path, 5) == logs.since(path, at(0)) == empty
    assert logs.size(path) == 0


def test_a_growing_log_keeps_back_the_line_that_is_not_finished(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    write(path, [(Stream.STDOUT, b"a\nb")])
    page = logs.read(path, 0, whole_lines=True)
    assert ([li.text for li in page.lines], page.next_offset) == (["a"], 2)
    page = logs.read(path, 2, whole_lines=True)
    assert (page.lines, page.next_offset) == ([], 2)
    write(path, [(Stream.STDOUT, b"c\n")])
    assert [li.text for li in logs.read(path, 2, whole_lines=True).lines] == ["bc"]


def test_since_begins_with_the_first_output_at_that_time(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    write(path, [(Stream.STDOUT, b"%d\n" % n) for n in range(1000)])
    assert logs.since(path, at(700), 12).lines[0].text == "700"
    assert logs.since(path, at(699) + timedelta(milliseconds=1), 12).lines[0].text == "700"
    assert logs.since(path, at(0) - timedelta(days=1), 12).lines[0].text == "0"
    assert logs.since(path, at(1000)).lines == []


def test_ten_gigabytes_are_read_anywhere_at_once(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    far = 10 * 1024**3
    with path.open("wb") as file:
        file.truncate(far)
    with Path(f"{path}.idx").open("wb") as file:
        file.write(
            b"".join(
                INDEX_RECORD.pack(n << 20, (START_US + n * 1_000_000) << 2 | Stream.STDOUT)
                for n in range(10 * 1024)
            )
        )
        file.write(INDEX_RECORD.pack(far, (START_US + 10**11) << 2 | Stream.STDERR))
    with path.open("ab") as file:
        file.write(b"".join(b"line %d\n" % n for n in range(20_000)))
    began = time.process_time()
    assert [li.text for li in logs.tail(path, 2).lines] == ["line 19998", "line 19999"]
    page = logs.read(path, far, 64)
    assert page.lines[0] == LogLine(
        offset=far,
        at=at(100_000),
        stream=Stream.STDERR,
        text="line 0",
    )
    assert logs.read(path, far // 2, 1000).lines[0].at == at(5 * 1024)
    assert logs.since(path, at(99_999), 64).lines[0].text == "line 0"
    assert time.process_time() - began < 1.0
    with contextlib.suppress(OSError):
        path.unlink()


async def test_following_gives_what_comes_and_finishes_after_the_end(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    wake, over = asyncio.Event(), asyncio.Event()
    lines: list[LogLine] = []
    changed = asyncio.Event()

    async def read() -> int:
        offset = 0
        async for page in logs.follow(path, 0, wake=wake, ended=over.is_set, poll_s=60):
            lines.extend(page.lines)
            offset = page.next_offset
            changed.set()
        return offset

    async def until(texts: list[str]) -> None:
        while [li.text for li in lines] != texts:
            changed.clear()
            await asyncio.wait_for(changed.wait(), 10)

    reader = asyncio.create_task(read())
    write(path, [(Stream.STDOUT, b"one\ntwo\n")])
    wake.set()
    await until(["one", "two"])
    write(path, [(Stream.STDOUT, b"Name? ")])
    wake.set()
    await until(["one", "two", "Name? "])  # a prompt is not kept back for long
    assert lines[-1].partial
    write(path, [(Stream.STDOUT, b"Bob\nlast, without a break")])
    over.set()
    wake.set()
    assert await asyncio.wait_for(reader, 10) == logs.size(path)
    assert content(lines, Stream.STDOUT) == "one\ntwo\nName? Bob\nlast, without a break"


async def test_a_progress_bar_that_never_breaks_its_line_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    wake, over = asyncio.Event(), asyncio.Event()
    seen = asyncio.Event()

    async def grow() -> None:
        while not seen.is_set():
            write(path, [(Stream.STDERR, b"\r10%")], index=False)
            wake.set()
            await asyncio.sleep(0.02)
        over.set()

    growing = asyncio.create_task(grow())
    first: list[LogLine] = []
    async with asyncio.timeout(10):
        async for page in logs.follow(path, 0, wake=wake, ended=over.is_set):
            first.extend(page.lines)
            seen.set()
    await growing
    assert content(first, Stream.STDOUT).encode() == path.read_bytes()


@pytest.mark.parametrize("data", [b"\xc3", b"a\xe2\x82", b"\xf0\x9f\x98", b"\x80\x80\x80\x80"])
def test_a_log_that_ends_within_a_character_is_read_to_its_end(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(data)
    assert [page.next_offset for page in pages(path, 1)][-1] == len(data)
