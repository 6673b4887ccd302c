"""Fixtures that every part of the suite may use."""

from tests.support.folders import short_folder
from tests.support.postgres import postgres
from tests.support.server import module_server, server, shared_server, stopped_server

__all__ = ["module_server", "postgres", "server", "shared_server", "short_folder", "stopped_server"]
