"""A connected supervisor for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.process.client import Supervised


@pytest.fixture
def supervised(short_folder: Path) -> Iterator[Supervised]:
    supervised = Supervised(short_folder)
    try:
        supervised.connect()
        yield supervised
    finally:
        supervised.close()
