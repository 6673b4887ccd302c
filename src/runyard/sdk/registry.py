"""What the decorators of an app module have declared, in the order in which it was declared.

Nothing here starts or checks anything: the discovery process and the run process read the lists.
The lists belong to the process; importing a module twice declares its functions twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRegistration:
    """A function that is a task. `settings` has the keys of `[tool.runyard]`, as JSON values."""

    function: Callable[..., Any]
    id: str
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorRegistration:
    """A function that carries out the runs of one task type.

    `config_model` describes the type's configuration (a Pydantic model or a dataclass); None:
    any JSON object. `settings` (keys of `[tool.runyard]`) are defaults for tasks of the type;
    `queue_limit` is how many runs of the type go at once unless its queue says otherwise
    (None: no limit).
    """

    name: str
    function: Callable[..., Any]
    config_model: type[Any] | None = None
    description: str = ""
    queue_limit: int | None = 1
    settings: dict[str, Any] = field(default_factory=dict)


TASKS: list[TaskRegistration] = []
EXECUTORS: list[ExecutorRegistration] = []


def executor_named(name: str) -> ExecutorRegistration | None:
    """The newest registration of that name."""
    return next((known for known in reversed(EXECUTORS) if known.name == name), None)


def clear() -> None:
    """Forget everything that was declared, before an app module is imported anew."""
    TASKS.clear()
    EXECUTORS.clear()
