"""Fixtures that every part of the suite may use."""

from tests.support.folders import short_folder
from tests.support.postgres import postgres

__all__ = ["postgres", "short_folder"]
