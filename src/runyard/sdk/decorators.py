"""`@runyard.task` and `@runyard.executor`: declare, and return the function unchanged.

A decorated function stays an ordinary function: call it, test it, import it. Whether the settings
make sense is checked where the app is discovered, and shown on the task.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from typing import Any, TypedDict, TypeVar, Unpack, overload

from runyard.sdk.registry import EXECUTORS, TASKS, ExecutorRegistration, TaskRegistration

F = TypeVar("F", bound=Callable[..., Any])
Schedule = str | float | timedelta | datetime | Mapping[str, Any]


class TaskSettings(TypedDict, total=False):
    """The settings a task may have: the keys of `[tool.runyard]`, with the same meanings.

    Durations are seconds, a text such as "30m", or a timedelta; sizes are bytes or "512MB".
    """

    title: str
    description: str
    queue: str
    project: str
    owner: str
    labels: Sequence[str]
    needs: Sequence[str]
    priority: int
    concurrency: int
    timeout: float | str | timedelta
    grace: float | str | timedelta
    heartbeat: float | str | timedelta
    retries: int | Mapping[str, Any]
    limits: Mapping[str, Any]
    memory: int | str
    cpu: float | str | timedelta
    open_files: int
    output: int | str
    env: Mapping[str, str]
    parameters: Mapping[str, Any]
    extra_parameters: bool
    preload: Sequence[str]
    isolation: str


class TaskOptions(TaskSettings, total=False):
    """The settings of one task: those, and when it runs by itself.

    A schedule is a text ("0 2 * * *", "@daily", "30m", "2026-05-01 08:00"), a timedelta (every),
    a datetime (once), or a mapping with the keys of `[[tool.runyard.schedules]]`; `schedules` may
    also give them names: `{"nightly": "0 2 * * *"}`.
    """

    schedule: Schedule
    schedules: Sequence[Schedule] | Mapping[str, Schedule]


@overload
def task(id: F, /) -> F: ...


@overload
def task(
    id: str | None = None,
    **settings: Unpack[TaskOptions],
) -> Callable[[F], F]: ...


def task(
    id: str | F | None = None,  # noqa: A002
    **settings: Unpack[TaskOptions],
) -> F | Callable[[F], F]:
    """Make a function a task: `@runyard.task`, or `@runyard.task("id", queue="etl", retries=2)`.

    The id is the function's name unless given; title and description come from its docstring,
    parameters from its signature. Raises TypeError for a setting that does not exist.
    """
    if callable(id):
        return task()(id)
    given = _settings(settings, TaskOptions)

    def declare(function: F) -> F:
        TASKS.append(
            TaskRegistration(function=function, id=id or function.__name__, settings=given)
        )
        return function

    return declare


def executor(
    name: str,
    *,
    config: type[Any] | None = None,
    queue_limit: int | None = 1,
    **settings: Unpack[TaskSettings],
) -> Callable[[F], F]:
    """Make a function the executor of the task type `name`.

    It is called as `function(config, context)`, or `function(context)` if it takes one argument.
    `config` is an instance of the model given (without a model: the plain dict), the context is
    that of `runyard.context()`; the return value is the run's result. Raises TypeError for a
    setting that does not exist.
    """
    given = _settings(settings, TaskSettings)

    def declare(function: F) -> F:
        first_line = (function.__doc__ or "").strip().partition("\n")[0]
        EXECUTORS.append(
            ExecutorRegistration(
                name=name,
                function=function,
                config_model=config,
                description=given.get("description", first_line),
                queue_limit=queue_limit,
                settings=given,
            )
        )
        return function

    return declare


def _settings(settings: Mapping[str, Any], kind: type[Any]) -> dict[str, Any]:
    known = kind.__required_keys__ | kind.__optional_keys__  # with those of its bases
    for name in settings:
        if name not in known:
            close = get_close_matches(name, sorted(known), n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            what = "a task" if kind is TaskOptions else "an executor"
            raise TypeError(f"{what} has no setting {name!r}{hint}")
    return {name: _json_value(value) for name, value in settings.items() if value is not None}


def _json_value(value: Any) -> Any:
    match value:
        case timedelta():
            return value.total_seconds()
        case date():  # and datetime, which is one
            return value.isoformat()
        case Mapping():
            return {str(key): _json_value(item) for key, item in value.items()}
        case str() | bytes():
            return value
        case Sequence() | set() | frozenset():
            return [_json_value(item) for item in value]
    return value
