"""The `Idempotency-Key` header: what may stand in it. The runtime keeps it with the run."""

from __future__ import annotations

import re

from runyard.domain.errors import Invalid

_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?")


def check_key(key: str | None) -> str | None:
    """Raises `Invalid` unless it is 1 to 200 printable ASCII characters."""
    if key is not None and not _KEY.fullmatch(key):
        raise Invalid(
            "Idempotency-Key must be 1 to 200 printable ASCII characters",
            problems=[{"where": "Idempotency-Key", "message": "1 to 200 printable characters"}],
        )
    return key
