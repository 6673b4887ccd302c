"""A client on the module's server."""

from __future__ import annotations

import pytest

from tests.dialects.taskcontrol.client import ControlClient
from tests.support.server import Server


@pytest.fixture
def client(shared_server: Server) -> ControlClient:
    return ControlClient(shared_server)
