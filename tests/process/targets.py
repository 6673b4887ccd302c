"""Functions that tests and benchmarks name as the target of function launches."""

from __future__ import annotations

from typing import Any


def nothing(launch: dict[str, Any]) -> int:
    return 0
