"""Runyard: what a script, an application or a client imports; every name is loaded on first use.

`import runyard` costs next to nothing and needs only the standard library, so that a script may
import it without being slowed down, and it works (as a plain script would) where no server is.
"""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False  # typing's own constant costs an import of typing
if TYPE_CHECKING:
    from typing import Any

    from runyard.sdk.async_client import AsyncClient
    from runyard.sdk.cancellation import cancelled
    from runyard.sdk.client import Client
    from runyard.sdk.context import Context, context
    from runyard.sdk.decorators import executor, task
    from runyard.sdk.errors import ClientError
    from runyard.sdk.script import log, progress, result, track

__all__ = [
    "AsyncClient",
    "Client",
    "ClientError",
    "Context",
    "cancelled",
    "context",
    "executor",
    "log",
    "progress",
    "result",
    "task",
    "track",
]

_HOMES = {
    "AsyncClient": "runyard.sdk.async_client",
    "Client": "runyard.sdk.client",
    "ClientError": "runyard.sdk.errors",
    "Context": "runyard.sdk.context",
    "cancelled": "runyard.sdk.cancellation",
    "context": "runyard.sdk.context",
    "executor": "runyard.sdk.decorators",
    "log": "runyard.sdk.script",
    "progress": "runyard.sdk.script",
    "result": "runyard.sdk.script",
    "task": "runyard.sdk.decorators",
    "track": "runyard.sdk.script",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'runyard' has no attribute {name!r}")
    value = getattr(__import__(home, fromlist=[name]), name)  # lighter than importlib
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
