"""Short temporary folders: the path of a Unix socket has room for 107 bytes only."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def short_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ry", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
