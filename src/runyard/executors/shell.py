"""The `shell` executor: a command line given to `sh`, or an argument list, without Python."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from runyard.domain.runs import Run
from runyard.domain.tasks import TaskSpec
from runyard.engines.contract import Launch, LaunchKind
from runyard.executors.config_check import check_config
from runyard.executors.contract import BUILT_IN, ONLY_ZERO, Places
from runyard.executors.launching import check_env, prepare

_NO_NUL = "^[^\\u0000]*$"
_TEXT = {"type": "string", "minLength": 1, "pattern": _NO_NUL}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Shell command",
    "required": ["command"],
    "additionalProperties": False,
    "properties": {
        "command": {
            "description": "A line for `sh -c`, or a program and its arguments.",
            "anyOf": [
                _TEXT,
                {
                    "type": "array",
                    "minItems": 1,
                    "items": {"type": "string", "pattern": _NO_NUL},
                    "prefixItems": [_TEXT],
                },
            ],
        },
        "env": {
            "description": "Environment variables, on top of the task's.",
            "type": "object",
            "propertyNames": {"pattern": "^[^=\\u0000]+$"},
            "additionalProperties": {"type": "string", "pattern": _NO_NUL},
            "default": {},
        },
        "cwd": {
            "description": "Folder to run in; relative to the tasks folder, which is the default.",
            "type": ["string", "null"],
            "pattern": _NO_NUL,
            "default": None,
        },
        "expected_exit_codes": {
            "description": "Exit codes that mean success.",
            "type": "array",
            "items": {"type": "integer", "minimum": 0, "maximum": 255},
            "minItems": 1,
            "uniqueItems": True,
            "default": [0],
        },
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellExecutor:
    """Standard input is empty. Parameters are in `RUNYARD_PARAM_<NAME>`, arguments in `$1`..."""

    name: str = "shell"
    description: str = "Runs a command line or a program."
    source: str = BUILT_IN
    config_schema: dict[str, Any] | None = field(default_factory=lambda: SCHEMA)
    default_queue_limit: int | None = None
    needs_task: bool = False
    takes_argv: bool = True

    def check_config(self, config: Mapping[str, Any]) -> dict[str, Any]:
        return check_config(SCHEMA, config)

    def one_off_spec(self, config: Mapping[str, Any]) -> TaskSpec:
        return TaskSpec(executor=self.name, config=dict(config))

    def expected_exit_codes(self, spec: TaskSpec) -> tuple[int, ...]:
        return tuple(spec.config.get("expected_exit_codes") or ONLY_ZERO)

    def launch(self, run: Run, *, places: Places) -> Launch:
        """`run.argv` becomes `$1`... of a line, or is appended to a program's arguments."""
        config = self.check_config(run.spec.config)
        base = prepare(
            run, places=places, kind=LaunchKind.COMMAND, env=parameter_variables(run.params)
        )
        command = config["command"]
        # The word after the line is `$0`, which `sh` puts before its own messages.
        program = ["/bin/sh", "-c", command, "sh"] if isinstance(command, str) else command
        return replace(
            base,
            argv=(*program, *(run.argv or ())),
            cwd=places.tasks_dir / (config["cwd"] or ""),
            env={**base.env, **check_env(_without_identity(config["env"]))},
        )


def parameter_variables(params: Mapping[str, Any]) -> dict[str, str]:
    """`RUNYARD_PARAM_<NAME>` for each parameter: text as it is, anything else as JSON."""
    return {
        "RUNYARD_PARAM_" + re.sub(r"\W", "_", name).upper(): value
        if isinstance(value, str)
        else orjson.dumps(value).decode()
        for name, value in params.items()
    }


def _without_identity(env: Mapping[str, str]) -> dict[str, str]:
    own = {"RUNYARD_RUN", "RUNYARD_RUN_ID", "RUNYARD_ATTEMPT", "RUNYARD_TASK", "RUNYARD_CONTEXT"}
    return {name: value for name, value in env.items() if name not in own}
