"""The `instruction` executor: a text in plain words; a registered one of the name replaces it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runyard.domain.runs import Run
from runyard.domain.tasks import TaskSpec
from runyard.engines.contract import Launch
from runyard.executors.config_check import check_config
from runyard.executors.contract import BUILT_IN, ONLY_ZERO, Places
from runyard.executors.custom import RUNNER
from runyard.executors.function import launch_python

NAME = "instruction"
TARGET = "runyard.executors.instruction_run:carry_out"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Instruction",
    "required": ["content"],
    "additionalProperties": False,
    "properties": {
        "content": {"description": "What to do, in plain words.", "type": "string"},
        "user_id": {"description": "Who asks for it.", "type": "string", "default": ""},
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionExecutor:
    """Knows `echo TEXT` and `sleep SECONDS`; for all else it says how to register a handler."""

    name: str = NAME
    description: str = "Carries out an instruction; register your own under this name."
    source: str = BUILT_IN
    config_schema: dict[str, Any] | None = field(default_factory=lambda: SCHEMA)
    default_queue_limit: int | None = None
    needs_task: bool = False
    takes_argv: bool = False

    def check_config(self, config: Mapping[str, Any]) -> dict[str, Any]:
        return check_config(SCHEMA, config)

    def one_off_spec(self, config: Mapping[str, Any]) -> TaskSpec:
        return TaskSpec(executor=self.name, config=dict(config))

    def expected_exit_codes(self, spec: TaskSpec) -> tuple[int, ...]:  # noqa: ARG002
        return ONLY_ZERO

    def launch(self, run: Run, *, places: Places) -> Launch:
        entry = {"executor": self.name, "config": run.spec.config}
        return launch_python(
            run, places=places, runner=RUNNER, target=TARGET, app=None, entry=entry
        )
