"""The folder of logs in pages: newest run first, steady, and nothing but its own files."""

from __future__ import annotations

import os
from pathlib import Path

from runyard.domain.ids import lowest_id
from runyard.runtime.log_listing import ListedLog, LogListing

START_MS = 1_767_323_045_000


def make(folder: Path, count: int) -> list[str]:
    """Logs of runs a second apart, as their names, the newest first."""
    names = [f"task_{lowest_id(START_MS + 1000 * number)}.log" for number in range(count)]
    for number, name in enumerate(names):
        (folder / name).write_bytes(b"x" * number)
    return names[::-1]


async def everything(listing: LogListing, *, q: str | None = None, limit: int) -> list[ListedLog]:
    found: list[ListedLog] = []
    after = None
    while True:
        page = await listing.page(q=q, after=after, limit=limit)
        assert len(page.items) <= limit
        found += page.items
        after = page.next_cursor
        if after is None:
            return found


async def test_pages_have_each_file_once(tmp_path: Path) -> None:
    names = make(tmp_path, 7)
    for limit in (1, 3, 7, 100):
        found = await everything(LogListing(tmp_path), limit=limit)
        assert [one.name for one in found] == names
    assert [one.size_bytes for one in found] == [6, 5, 4, 3, 2, 1, 0]
    assert found[0].run_id == lowest_id(START_MS + 6000)


async def test_other_files_stand_where_they_changed(tmp_path: Path) -> None:
    names = make(tmp_path, 4)
    (tmp_path / "app.log").write_bytes(b"")
    os.utime(tmp_path / "app.log", (START_MS / 1000 + 1.5,) * 2)
    found = await everything(LogListing(tmp_path), limit=2)
    assert [one.name for one in found] == [*names[:2], "app.log", *names[2:]]
    assert found[2].run_id is None


async def test_a_part_of_the_name(tmp_path: Path) -> None:
    make(tmp_path, 3)
    (tmp_path / "Other.log").write_bytes(b"")
    found = await everything(LogListing(tmp_path), q="oTHER", limit=1)
    assert [one.name for one in found] == ["Other.log"]


async def test_links_side_files_and_names_that_are_no_text_are_left_out(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    secret = tmp_path / "secret.log"
    secret.write_text("secret")
    (logs / "link.log").symlink_to(secret)
    (logs / "folder.log").mkdir()
    for name in ("x.log.idx", "x.log.use", "x.log.1"):
        (logs / name).write_bytes(b"")
    (logs / os.fsdecode(b"\xff.log")).write_bytes(b"")
    (logs / "x.log").write_bytes(b"")
    assert [one.name for one in await everything(LogListing(logs), limit=9)] == ["x.log"]
    assert await everything(LogListing(tmp_path / "none"), limit=9) == []


async def test_what_is_gone_meanwhile_is_left_out(tmp_path: Path) -> None:
    names = make(tmp_path, 4)
    listing = LogListing(tmp_path)
    first = await listing.page(q=None, after=None, limit=2)
    for name in names:
        (tmp_path / name).unlink()
    rest = await listing.page(q=None, after=first.next_cursor, limit=2)
    assert (rest.items, rest.next_cursor) == ([], None)
