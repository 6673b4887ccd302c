"""The `external` executor: work done elsewhere that reports over the API within its heartbeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runyard.domain.runs import Run
from runyard.domain.tasks import TaskSpec
from runyard.engines.contract import Launch, LaunchKind
from runyard.executors.contract import BUILT_IN, ONLY_ZERO, Places
from runyard.executors.launching import prepare


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalExecutor:
    """No process is started; whoever does the work heartbeats, reports progress and finishes."""

    name: str = "external"
    description: str = "Work done elsewhere that reports progress and its outcome over the API."
    source: str = BUILT_IN
    config_schema: dict[str, Any] | None = field(
        default_factory=lambda: {
            "type": "object",
            "description": "Anything that whoever does the work wants to find in the run.",
            "additionalProperties": True,
        }
    )
    default_queue_limit: int | None = 1
    needs_task: bool = False
    takes_argv: bool = False

    def check_config(self, config: Mapping[str, Any]) -> dict[str, Any]:
        return dict(config)

    def one_off_spec(self, config: Mapping[str, Any]) -> TaskSpec:
        return TaskSpec(executor=self.name, config=dict(config))

    def expected_exit_codes(self, spec: TaskSpec) -> tuple[int, ...]:  # noqa: ARG002
        return ONLY_ZERO

    def launch(self, run: Run, *, places: Places) -> Launch:
        return prepare(run, places=places, kind=LaunchKind.EXTERNAL)
