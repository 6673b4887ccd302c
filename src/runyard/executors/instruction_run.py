"""What the built-in `instruction` type does with a text: a few words it knows, or says no."""

from __future__ import annotations

import re
import time
from typing import Any

from runyard.sdk.cancellation import cancelled
from runyard.sdk.context import Context
from runyard.sdk.script import progress

_ECHO = re.compile(r"\s*echo\s(.*)", re.DOTALL)
_SLEEP = re.compile(r"\s*sleep\s+(\d+(?:\.\d+)?)\s*")
_STEP_S = 0.2


class NoHandler(Exception):
    """Nothing on this server carries out instructions."""


def carry_out(config: dict[str, Any], context: Context) -> dict[str, Any]:
    """`echo TEXT` prints and answers it, `sleep SECONDS` waits; all else needs a handler."""
    del context
    content = str(config["content"])
    if echo := _ECHO.fullmatch(content):
        print(echo[1])  # noqa: T201 - what the instruction asks for
        return {"output": echo[1]}
    if sleep := _SLEEP.fullmatch(content):
        return _sleep(float(sleep[1]))
    raise NoHandler(
        f"nothing here carries out {content[:200]!r}: register an executor of the name "
        '"instruction" in the app module; "echo TEXT" and "sleep SECONDS" work without'
    )


def _sleep(seconds: float) -> dict[str, Any]:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and not cancelled():
        progress(100 * (1 - left / seconds))
        time.sleep(min(_STEP_S, left))
    return {"slept_s": seconds}
