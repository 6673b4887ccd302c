"""The `script` executor: a run of one frozen Python file of the tasks folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from runyard.domain.errors import Invalid
from runyard.domain.parameters import to_argv
from runyard.domain.runs import Run
from runyard.domain.tasks import Isolation, TaskSpec
from runyard.engines.contract import Launch, LaunchKind
from runyard.executors.config_check import refuse_config
from runyard.executors.contract import BUILT_IN, ONLY_ZERO, Places
from runyard.executors.launching import prepare

_NAMELESS = "draft"  # what a draft run without a task is shown as


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptExecutor:
    name: str = "script"
    description: str = "Runs a Python file of the tasks folder in a process of its own."
    source: str = BUILT_IN
    config_schema: dict[str, Any] | None = None
    default_queue_limit: int | None = None
    needs_task: bool = True
    takes_argv: bool = True

    def check_config(self, config: Mapping[str, Any]) -> dict[str, Any]:
        return refuse_config(self.name, config)

    def one_off_spec(self, config: Mapping[str, Any]) -> TaskSpec:
        return TaskSpec(executor=self.name, config=dict(config))

    def expected_exit_codes(self, spec: TaskSpec) -> tuple[int, ...]:  # noqa: ARG002
        return ONLY_ZERO

    def launch(self, run: Run, *, places: Places) -> Launch:
        """Plain arguments are passed as they are; parameters become `--name=value` arguments."""
        code_path = _code_path(run, places)
        base = prepare(run, places=places, kind=LaunchKind.SCRIPT)
        # A pool worker is one process for many runs; a script is always `__main__` of its own.
        pooled = base.isolation is Isolation.POOL
        return replace(
            base,
            path=places.tasks_dir / f"{run.task_id or _NAMELESS}.py",
            code_path=code_path,
            argv=run.argv if run.argv is not None else tuple(to_argv(run.params)),
            isolation=Isolation.FORK if pooled else base.isolation,
        )


def _code_path(run: Run, places: Places) -> Path:
    if run.draft is not None and places.draft is not None:
        return places.draft(run.draft)
    if run.task_id is None or run.task_version is None:
        raise Invalid("a script run needs a task", hint="create the task, then run it")
    return places.frozen(run.task_id, run.task_version)
