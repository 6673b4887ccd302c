"""Settings as an author writes them to a TaskSpec and back; a wrong one never hides the rest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pydantic import ValidationError

from runyard.definitions.faults import MOST_FAULTS, Fault, as_problem, reject, without_gone
from runyard.definitions.plain import plain
from runyard.definitions.settings_model import (
    ParameterSettings,
    RetrySettings,
    TaskSettings,
)
from runyard.definitions.task_schedules import parse_schedules, schedules_settings
from runyard.domain.durations import format_duration
from runyard.domain.errors import Invalid
from runyard.domain.schedules.spec import NamedSchedule
from runyard.domain.tasks import Isolation, Limits, Parameter, RetryPolicy, TaskSpec

_ROUNDS = 20  # each removes at least one wrong key; a fault may hide another below it
_LIMIT_KEYS = ("memory", "cpu", "open_files", "output")
_SCHEDULE_KEYS = frozenset({"schedule", "schedules"})
_ALIASES = {"requires_python": "requires-python", "executor": "type"}


def parse_settings(
    settings: Mapping[str, Any], *, executor: str = "script"
) -> tuple[TaskSpec, list[Fault]]:
    """The spec that the good settings make, and what is wrong with the others. Never raises.

    `settings` are the keys of `[tool.runyard]` plus `dependencies` and `requires-python`, as TOML
    or JSON give them. `executor` is the type of a task that names none.
    """
    faults: list[Fault] = []
    schedules = parse_schedules(settings, faults)
    raw = _prepared(settings, faults)
    model = TaskSettings()
    for _ in range(_ROUNDS):
        try:
            model = TaskSettings.model_validate(raw)
            break
        except ValidationError as error:
            for details in error.errors(include_url=False):
                reject(raw, details, faults)
            raw = without_gone(raw)
    else:
        faults.append(Fault(path=(), message="too much is wrong; no setting applies"))
    spec = _spec(model, executor=executor, schedules=schedules, faults=faults)
    if len(faults) > MOST_FAULTS:
        more = len(faults) - MOST_FAULTS
        faults = [*faults[:MOST_FAULTS], Fault(path=(), message=f"and {more} more wrong settings")]
    return spec, faults


def check_settings(settings: Mapping[str, Any], *, executor: str) -> TaskSpec:
    """`parse_settings` for those who can be asked again: anything wrong raises Invalid."""
    spec, faults = parse_settings(settings, executor=executor)
    if faults:
        raise Invalid(
            "; ".join(fault.message for fault in faults[:3]),
            problems=[as_problem(fault) for fault in faults],
        )
    return spec


def to_settings(spec: TaskSpec) -> dict[str, Any]:
    """The shortest settings that `parse_settings` turns into `spec` again; plain JSON values."""
    default = TaskSpec()
    settings: dict[str, Any] = {"type": spec.executor}
    for name in ("title", "description", "queue", "project", "owner", "priority", "concurrency"):
        if getattr(spec, name) != getattr(default, name):
            settings[name] = getattr(spec, name)
    for name in ("labels", "needs", "preload", "dependencies"):
        if getattr(spec, name):
            settings[name] = list(getattr(spec, name))
    for name in ("timeout", "grace", "heartbeat"):
        if getattr(spec, name) != getattr(default, name):
            settings[name] = format_duration(getattr(spec, name))
    optional = {
        "requires-python": spec.requires_python,
        "retries": _retry_settings(spec.retry),
        "limits": _limit_settings(spec.limits),
        "env": dict(spec.env),
        "parameters": {item.name: _parameter_settings(item) for item in spec.parameters},
        "config": dict(spec.config),
    }
    settings |= {name: value for name, value in optional.items() if value}
    if not spec.extra_parameters:
        settings["extra_parameters"] = False
    if spec.isolation is not default.isolation:
        settings["isolation"] = spec.isolation.value
    return settings | schedules_settings(spec.schedules)


def _retry_settings(policy: RetryPolicy) -> dict[str, Any]:
    values: dict[str, tuple[Any, Any]] = {
        "max": (policy.retries, 0),
        "crash": (policy.crash_retries, 0),
        "backoff": (format_duration(policy.backoff), format_duration(RetryPolicy().backoff)),
        "factor": (policy.factor, RetryPolicy().factor),
        "cap": (format_duration(policy.cap), format_duration(RetryPolicy().cap)),
        "jitter": (policy.jitter, RetryPolicy().jitter),
        "on_timeout": (policy.on_timeout, True),
        "exit_codes": (list(policy.on_exit_codes), []),
        "exceptions": (list(policy.on_exceptions), []),
    }
    return {name: value for name, (value, default) in values.items() if value != default}


def _limit_settings(limits: Limits) -> dict[str, Any]:
    values = {
        "memory": limits.memory_bytes,
        "cpu": limits.cpu_s,
        "open_files": limits.open_files,
        "output": limits.output_bytes,
    }
    return {name: value for name, value in values.items() if value is not None}


def _parameter_settings(parameter: Parameter) -> dict[str, Any]:
    values: dict[str, Any] = {
        "type": parameter.type.value,
        "required": parameter.required or None,
        "default": parameter.default,
        "description": parameter.description or None,
        "choices": list(parameter.choices) or None,
        "min": parameter.minimum,
        "max": parameter.maximum,
    }
    return {name: value for name, value in values.items() if value is not None}


def _prepared(settings: Mapping[str, Any], faults: list[Fault]) -> dict[str, Any]:
    """A private copy of plain JSON values in which short forms are written out."""
    raw: dict[str, Any] = {}
    for key, value in settings.items():
        name = _ALIASES.get(key, key)
        if name in _SCHEDULE_KEYS:
            continue  # read on their own: a wrong one is left out whole
        if name == "parameters" and isinstance(value, Mapping):
            raw[name] = plain(
                {inner: _parameter(given) for inner, given in value.items()}, (name,), faults
            )
        elif name == "retries" and isinstance(value, int) and not isinstance(value, bool):
            raw[name] = {"max": value}
        elif value is not None:
            raw[name] = plain(value, (name,), faults)
    return raw


def _parameter(given: Any) -> Any:
    match given:
        case Mapping():
            return given
        case datetime():
            return {"type": "datetime", "default": given}
        case date():
            return {"type": "date", "default": given}
        case _:
            return {"default": given}


def _spec(
    model: TaskSettings,
    *,
    executor: str,
    schedules: tuple[NamedSchedule, ...],
    faults: list[Fault],
) -> TaskSpec:
    return TaskSpec(
        executor=model.type or executor,
        title=model.title,
        description=model.description,
        queue=model.queue,
        project=model.project,
        owner=model.owner,
        labels=_distinct(model.labels),
        needs=_distinct(model.needs),
        priority=model.priority,
        concurrency=model.concurrency,
        timeout=model.timeout,
        grace=model.grace,
        retry=_retry(model.retries),
        limits=_limits(model, faults),
        env=dict(model.env),
        parameters=tuple(_as_parameter(name, item) for name, item in model.parameters.items()),
        extra_parameters=model.extra_parameters,
        dependencies=tuple(model.dependencies),
        requires_python=model.requires_python,
        preload=_distinct(model.preload),
        isolation=Isolation(model.isolation),
        config=dict(model.config),
        heartbeat=model.heartbeat,
        schedules=schedules,
    )


def _distinct(words: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


def _retry(settings: RetrySettings) -> RetryPolicy:
    return RetryPolicy(
        retries=settings.max,
        crash_retries=settings.crash,
        backoff=settings.backoff,
        factor=settings.factor,
        cap=settings.cap,
        jitter=settings.jitter,
        on_timeout=settings.on_timeout,
        on_exit_codes=tuple(settings.exit_codes),
        on_exceptions=tuple(settings.exceptions),
    )


def _limits(model: TaskSettings, faults: list[Fault]) -> Limits:
    chosen: dict[str, Any] = {}
    for key in _LIMIT_KEYS:
        short, full = getattr(model, key), getattr(model.limits, key)
        if short is not None and full is not None and short != full:
            message = f"{key} is set twice; limits.{key} applies, remove one of them"
            faults.append(Fault(path=(key,), message=message))
        chosen[key] = full if full is not None else short
    return Limits(
        memory_bytes=chosen["memory"],
        cpu_s=chosen["cpu"],
        open_files=chosen["open_files"],
        output_bytes=chosen["output"],
    )


def _as_parameter(name: str, settings: ParameterSettings) -> Parameter:
    return Parameter(
        name=name,
        type=settings.effective_type,
        required=settings.required,
        default=settings.default,
        description=settings.description,
        choices=tuple(settings.choices),
        minimum=settings.min,
        maximum=settings.max,
    )
