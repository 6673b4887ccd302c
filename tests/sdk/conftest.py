"""Fixtures of the clients' tests."""

from tests.sdk.serving import client, served

__all__ = ["client", "served"]
