"""A typed task's configuration against its JSON Schema: every problem at once, defaults filled."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from runyard.domain.errors import Invalid


def check_config(schema: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of `config` with the schema's defaults, known to be valid.

    Raises `Invalid`; its `problems` name each wrong place as a JSON path (`$.urls[0]`).
    """
    # It takes 100 ms to import and most servers never see a typed task.
    from jsonschema.validators import validator_for  # noqa: PLC0415

    filled: dict[str, Any] = deepcopy(dict(config))
    _fill(schema, filled, root=schema)
    validator = validator_for(schema)(schema)
    problems = [
        {"where": error.json_path, "message": error.message}
        for error in sorted(validator.iter_errors(filled), key=lambda error: error.json_path)
    ]
    if problems:
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise Invalid(
            f"the configuration is not right: {first['where']}: {first['message']}{more}",
            problems=problems,
        )
    return filled


def refuse_config(executor: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """For a type without configuration: `Invalid` unless there is none."""
    if config:
        raise Invalid(
            f"{executor} takes no configuration",
            problems=[{"where": f"$.{name}", "message": "is not known"} for name in config],
        )
    return {}


def _fill(schema: Mapping[str, Any], value: Any, *, root: Mapping[str, Any]) -> None:
    """Set missing properties that have a default, also inside of nested objects and lists."""
    schema = _resolve(schema, root=root)
    if isinstance(value, dict):
        for name, part in schema.get("properties", {}).items():
            part = _resolve(part, root=root)  # noqa: PLW2901
            if name not in value and "default" in part:
                value[name] = deepcopy(part["default"])
            if name in value:
                _fill(part, value[name], root=root)
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for item in value:
            _fill(schema["items"], item, root=root)


def _resolve(schema: Any, *, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow `$ref`s within the document; a default beside a `$ref` is kept, as Pydantic writes."""
    if not isinstance(schema, Mapping):
        return {}
    followed: Mapping[str, Any] = schema
    seen = 0
    while isinstance(reference := followed.get("$ref"), str) and reference.startswith("#"):
        seen += 1
        if seen > 20:  # a circle of references
            return {}
        target: Any = root
        for part in reference.split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            target = target.get(name) if isinstance(target, Mapping) else None
        beside = {key: part for key, part in followed.items() if key != "$ref"}
        followed = {**(target if isinstance(target, Mapping) else {}), **beside}
    return followed
