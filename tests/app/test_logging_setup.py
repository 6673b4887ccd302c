"""The server's own log: what can't be written costs its lines and nothing else."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from runyard.app.logging_setup import APP_LOG, set_up_logging


@contextlib.contextmanager
def logging_to(folder: Path) -> Iterator[Path]:
    """Within the test itself: the console of its fixtures is another one."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    set_up_logging(folder, "INFO")
    try:
        yield folder / APP_LOG
    finally:
        for handler in [one for one in root.handlers if one not in handlers]:
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level)


def test_console_and_file_have_the_same_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with logging_to(tmp_path) as path:
        logging.getLogger("a").info("hello")
        line = path.read_text()
        assert line.endswith(" - a - INFO - hello\n")
        assert line in capsys.readouterr().err


def test_a_full_disk_is_told_once_and_then_lines_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with logging_to(tmp_path) as path:
        path.symlink_to("/dev/full")
        for number in range(5):
            logging.getLogger("a").info("hello %d", number)
        said = capsys.readouterr().err
        assert said.count("can't be written") == 1
        assert "Traceback" not in said
        assert "hello 4" in said
        path.unlink()
        logging.getLogger("a").info("there again")
        assert path.read_text().endswith("there again\n")


def test_a_folder_that_is_gone_breaks_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    with logging_to(folder):
        folder.rmdir()
        logging.getLogger("a").info("hello")
        assert "can't be written" in capsys.readouterr().err
