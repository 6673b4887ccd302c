"""Fixtures of the command line's tests."""

import pytest

from runyard.sdk.client import Client
from tests.cli.shell import Shell
from tests.sdk.serving import Served, client, served


@pytest.fixture
def shell(client: Client, served: Served) -> Shell:
    """The `runyard` command, talking to a server that has the tasks hello, bad, slow, report."""
    return Shell(url=served.url)


__all__ = ["client", "served"]
