"""Functions that the conformance suite has engines call."""

from __future__ import annotations

from typing import Any


def echo(launch: dict[str, Any]) -> int:
    """Print the key and the parameters; the parameter `number` is the exit code."""
    print(launch["key"], launch["params"])  # noqa: T201
    return int(launch["params"]["number"])
