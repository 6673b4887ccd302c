"""The local engine, with its real supervisor, passes the conformance suite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runyard.engines.contract import Engine
from runyard.engines.local import LocalEngine
from runyard.testing.adoption_conformance import AdoptionConformance
from runyard.testing.conformance import EngineConformance, OpenEngine
from runyard.testing.process_conformance import ProcessConformance
from tests.support.folders import short_folder

__all__ = ["short_folder"]


class TestLocalEngine(EngineConformance, ProcessConformance, AdoptionConformance):
    @pytest.fixture
    async def open_engine(self, short_folder: Path) -> AsyncIterator[OpenEngine]:
        opened: list[LocalEngine] = []

        async def open_engine() -> Engine:
            engine = LocalEngine(short_folder)
            await engine.open()
            opened.append(engine)
            return engine

        yield open_engine
        for engine in opened:
            await engine.close(end_runs=True)
