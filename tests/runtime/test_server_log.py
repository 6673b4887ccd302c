"""The server's own log as records: tracebacks whole, both directions, filters, rotated files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from runyard.runtime import server_log
from runyard.runtime.server_log import (
    LogSource,
    ServerLog,
    ServerLogPage,
    ServerLogRecord,
    WantedRecords,
    read_records,
)

RECORDS = [
    "2026-01-02 03:04:05,006 - runyard.server - INFO - serving\n",
    "2026-01-02 03:04:06,000 - runyard.api.problems - ERROR - incident abc: KeyError\n"
    "Traceback (most recent call last):\n  File x\nKeyError: 'ü'\n",
    "2026-01-02 03:04:07,000 - runyard.store - WARNING - slow\n",
    "2026-01-02 03:04:08,000 - runyard.store - DEBUG - a - b - c\n",
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "app.log"
    path.write_text("".join(RECORDS))
    return path


def read(path: Path, count: int = 100, **wanted: object) -> ServerLogPage:
    return read_records(path, WantedRecords(count=count, **wanted))  # type: ignore[arg-type]


def test_a_record_has_all_of_its_lines(path: Path) -> None:
    page = read(path)
    assert [record.message.splitlines()[0] for record in page.records] == [
        "serving",
        "incident abc: KeyError",
        "slow",
        "a - b - c",
    ]
    assert page.records[1].message.endswith("File x\nKeyError: 'ü'")
    local = datetime(2026, 1, 2, 3, 4, 5, 6000).astimezone(UTC)
    assert page.records[0] == ServerLogRecord(
        offset=0, at=local, level="INFO", logger="runyard.server", message="serving"
    )
    assert (page.start, page.end, page.size) == (0, path.stat().st_size, path.stat().st_size)


@pytest.mark.parametrize("window", [30, 100, 1 << 18])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_both_directions_give_each_record_once(
    path: Path, window: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_log, "_WINDOW", window)
    whole = [record.message for record in read(path).records]
    back: list[str] = []
    before = None
    while before != 0:
        page = read(path, count, before=before)
        back = [record.message for record in page.records] + back
        before = page.start
    assert back == whole
    forth: list[str] = []
    offset = 0
    while offset < path.stat().st_size:
        page = read(path, count, offset=offset)
        assert len(page.records) <= count
        forth += [record.message for record in page.records]
        offset = page.end
    assert forth == whole


def test_at_least_so_severe(path: Path) -> None:
    assert [r.level for r in read(path, level="WARNING").records] == ["ERROR", "WARNING"]
    assert [r.level for r in read(path, 1, level="WARNING").records] == ["WARNING"]
    assert [r.level for r in read(path, 1, level="ERROR").records] == ["ERROR"]


def test_text_is_found_in_any_line(path: Path) -> None:
    assert [r.level for r in read(path, q="keyerror: 'Ü'").records] == ["ERROR"]
    assert [r.level for r in read(path, q="runyard.STORE").records] == ["WARNING", "DEBUG"]


def test_what_no_logger_wrote_is_there_and_counts_as_an_error(tmp_path: Path) -> None:
    path = tmp_path / "supervisor.log"
    path.write_text("Traceback\n  x\n")
    (record,) = read(path, level="ERROR").records
    assert (record.at, record.level, record.message) == (None, None, "Traceback\n  x")


def test_a_record_that_is_longer_than_any_window(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text(RECORDS[0] + RECORDS[2].rstrip() + "y" * 1_000_000 + "\n" + RECORDS[3])
    page = read(path)
    assert [record.level for record in page.records] == ["INFO", "WARNING", "DEBUG"]
    assert len(page.records[1].message) == 64 * 1024
    assert [r.level for r in read(path, offset=0).records] == ["INFO", "WARNING", "DEBUG"]


def test_no_file_no_records(tmp_path: Path) -> None:
    nothing = ServerLogPage(records=[], start=0, end=0, size=0)
    assert read(tmp_path / "none.log") == nothing


def test_impossible_times_are_none(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("2026-13-42 03:04:05,006 - x - INFO - y\n")
    assert read(path).records[0].at is None


def test_the_files_of_a_log_oldest_first(path: Path) -> None:
    log = ServerLog({LogSource.SERVER: path, LogSource.SUPERVISOR: path.with_name("none")})
    for number in (1, 2, 4):
        Path(f"{path}.{number}").write_text("")
    assert [one.name for one in log.files(LogSource.SERVER)] == [
        "app.log.2",
        "app.log.1",
        "app.log",
    ]
    assert log.files(LogSource.SUPERVISOR) == []
