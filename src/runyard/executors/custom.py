"""A registered task type: a function given with `@runyard.executor`, from the app or a plug-in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from runyard.domain.runs import Run
from runyard.domain.tasks import TaskSpec
from runyard.engines.contract import Launch
from runyard.executors.config_check import check_config, refuse_config
from runyard.executors.contract import ONLY_ZERO, ExecutorDescription, Places
from runyard.executors.function import launch_python

RUNNER = "runyard.executors.custom_run"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomExecutor:
    described: ExecutorDescription
    base: TaskSpec  # what its registration's settings make
    needs_task: bool = False
    takes_argv: bool = False

    @property
    def name(self) -> str:
        return self.described.name

    @property
    def description(self) -> str:
        return self.described.description

    @property
    def source(self) -> str:
        return self.described.source

    @property
    def config_schema(self) -> dict[str, Any] | None:
        return self.described.config_schema

    @property
    def default_queue_limit(self) -> int | None:
        return self.described.queue_limit

    def check_config(self, config: Mapping[str, Any]) -> dict[str, Any]:
        if self.described.config_schema is None:
            return refuse_config(self.name, config)
        return check_config(self.described.config_schema, config)

    def one_off_spec(self, config: Mapping[str, Any]) -> TaskSpec:
        return replace(self.base, config=dict(config))

    def expected_exit_codes(self, spec: TaskSpec) -> tuple[int, ...]:  # noqa: ARG002
        return ONLY_ZERO

    def launch(self, run: Run, *, places: Places) -> Launch:
        return launch_python(
            run,
            places=places,
            runner=RUNNER,
            target=self.described.target,
            app=places.app if self.described.from_app else None,
            entry={"executor": self.name, "config": run.spec.config},
        )
