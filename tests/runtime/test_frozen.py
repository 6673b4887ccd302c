"""Frozen contents: complete, durable and read-only, and many of them in little time."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from runyard.domain.errors import NotFound
from runyard.runtime.frozen import FrozenContents


def test_many_are_flushed_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frozen = FrozenContents(tmp_path / "versions")
    frozen.open()
    together = threading.Barrier(4, timeout=60)
    flush = os.fsync

    def fsync(fd: int) -> None:
        if Path(f"/proc/self/fd/{fd}").resolve().is_file():
            together.wait()  # breaks unless four are under way at the same time
        flush(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    frozen.put_all({f"hash{n}": f"print({n})\n" for n in range(8)})
    frozen.put_all({f"hash{n}": "never written" for n in range(8)})
    assert frozen.open() == {f"hash{n}" for n in range(8)}
    for n in range(8):
        path = frozen.path(f"hash{n}")
        assert path.read_text() == f"print({n})\n"
        assert path.stat().st_mode & 0o222 == 0
    assert len(list((tmp_path / "versions").iterdir())) == 8


def test_a_content_that_can_not_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen = FrozenContents(tmp_path / "versions")
    frozen.open()

    def fsync(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="No space left"):
        frozen.put_all({f"hash{n}": "pass\n" for n in range(3)})
    assert frozen.open() == set()


def test_only_what_is_needed_is_kept(tmp_path: Path) -> None:
    frozen = FrozenContents(tmp_path / "versions")
    frozen.open()
    frozen.put_all({"a": "1\n", "b": "2\n", "c": "3\n"})
    assert frozen.keep_only({"a", "c", "never there"}) == 1
    assert frozen.open() == {"a", "c"}
    assert frozen.found("a").read_text() == "1\n"
    with pytest.raises(NotFound):
        frozen.found("b")
