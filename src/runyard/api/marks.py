"""Where an argument of an endpoint comes from, said in its annotation.

FastAPI's own marks mean the same, but importing them costs as much as a third of the server's
start; they take the place of these when the document is made.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Query:
    """The query string, as a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """One header, as text."""

    alias: str
    max_length: int | None = None
