"""A client on the module's server."""

from __future__ import annotations

import pytest

from tests.dialects.taskrun.client import TaskRunClient
from tests.support.server import Server


@pytest.fixture
def client(shared_server: Server) -> TaskRunClient:
    return TaskRunClient(shared_server)
