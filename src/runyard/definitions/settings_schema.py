"""The JSON Schema of `[tool.runyard]`, made from its model: for forms, editors and completion."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from runyard.definitions.editing import TOP_LEVEL
from runyard.definitions.schedule_model import SCHEDULE_EXAMPLES, TaskSchedule
from runyard.definitions.settings_model import (
    EXAMPLES,
    LIMIT_EXAMPLES,
    PARAMETER_EXAMPLES,
    RETRY_EXAMPLES,
    LimitSettings,
    ParameterSettings,
    RetrySettings,
    TaskSettings,
)
from runyard.domain.durations import format_duration

_TABLES: tuple[tuple[type[BaseModel], Mapping[str, str]], ...] = (
    (RetrySettings, RETRY_EXAMPLES),
    (LimitSettings, LIMIT_EXAMPLES),
    (ParameterSettings, PARAMETER_EXAMPLES),
    (TaskSchedule, SCHEDULE_EXAMPLES),
)
_SHORT_PARAMETER = ("string", "number", "boolean", "array")


@lru_cache(maxsize=1)
def settings_schema() -> dict[str, Any]:
    """JSON Schema (2020-12): each key with its description, default and examples, as JSON values.

    `x-place` is `block` for the keys that stand at the top of the block, above the section. The
    schema says what can be written; a value that it takes may still be wrong (a cron expression).
    """
    schema = TaskSettings.model_json_schema(schema_generator=_Generator)
    own = schema["properties"]
    for key in TOP_LEVEL:
        own[key]["x-place"] = "block"
    _add_examples(own, EXAMPLES)
    for model, examples in _TABLES:
        _add_examples(schema["$defs"][model.__name__]["properties"], examples)
    _add_short_forms(own)
    return schema


class _Generator(GenerateJsonSchema):
    """Defaults as an author would write them."""

    def encode_default(self, dft: Any) -> Any:
        match dft:
            case timedelta():
                return format_duration(dft)
            case BaseModel():
                return {}
            case _:
                return super().encode_default(dft)


def _add_examples(properties: dict[str, Any], examples: Mapping[str, str]) -> None:
    for key, text in examples.items():
        properties[key]["examples"] = [
            tomllib.loads(f"it = {one}")["it"] for one in text.split(" or ")
        ]


def _add_short_forms(properties: dict[str, Any]) -> None:
    """What the reader writes out before the model sees it."""
    retries = properties["retries"]
    retries["anyOf"] = [{"type": "integer", "minimum": 0}, {"$ref": retries.pop("$ref")}]
    values = properties["parameters"]
    values["additionalProperties"] = {
        "anyOf": [values["additionalProperties"], *({"type": kind} for kind in _SHORT_PARAMETER)]
    }
    env = properties["env"]
    env["additionalProperties"] = {"anyOf": [env["additionalProperties"], {"type": "number"}]}
