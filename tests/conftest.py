"""Fixtures that every part of the suite may use."""

from tests.support.folders import short_folder
from tests.support.postgres import postgres
from tests.support.server import server, stopped_server

__all__ = ["postgres", "server", "short_folder", "stopped_server"]
