"""A real server for the tests of schedules, which leave neither schedules nor calendars behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from runyard.sdk.client import Client
from tests.cli.shell import Shell
from tests.support.server import Server

HELLO = "import sys\nprint('hello', *sys.argv[1:])\n"


@pytest.fixture
def yard(shared_server: Server) -> Iterator[Client]:
    """A client of a server that has the task hello."""
    with Client(shared_server.url) as client:
        client.tasks.create("hello", HELLO)
        yield client
        for schedule in client.all_schedules():
            if schedule.source == "api":
                client.schedules.delete(schedule.id)
        for calendar in client.calendars.list():
            client.calendars.delete(calendar.name)


@pytest.fixture
def cli(yard: Client) -> Shell:
    """The `runyard` command, talking to that server."""
    return Shell(url=yard.address.url)
