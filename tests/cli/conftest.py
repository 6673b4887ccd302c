"""Fixtures of the command line's tests."""

from tests.sdk.serving import client, served

__all__ = ["client", "served"]
