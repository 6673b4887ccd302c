"""The `function` executor: a decorated function of the app module, called with its parameters."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from runyard.domain.errors import Invalid
from runyard.domain.runs import Run
from runyard.domain.tasks import Isolation, TaskSpec
from runyard.engines.contract import Launch, LaunchKind
from runyard.executors.app_loading import App
from runyard.executors.config_check import check_config
from runyard.executors.contract import BUILT_IN, ONLY_ZERO, Places
from runyard.executors.launching import prepare

RUNNER = "runyard.executors.function_run"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Function",
    "required": ["function"],
    "additionalProperties": False,
    "properties": {
        "function": {
            "description": "`module:qualname` of a function in the app module.",
            "type": "string",
            "pattern": "^[^:\\s]+:[^:\\s]+$",
        }
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionExecutor:
    """Tasks of this type come from the app; `spec.config["function"]` names the function."""

    name: str = "function"
    description: str = "Calls a decorated Python function of the app module."
    source: str = BUILT_IN
    config_schema: dict[str, Any] | None = field(default_factory=lambda: SCHEMA)
    default_queue_limit: int | None = None
    needs_task: bool = True
    takes_argv: bool = False

    def check_config(self, config: Mapping[str, Any]) -> dict[str, Any]:
        return check_config(SCHEMA, config)

    def one_off_spec(self, config: Mapping[str, Any]) -> TaskSpec:
        return TaskSpec(executor=self.name, config=dict(config))

    def expected_exit_codes(self, spec: TaskSpec) -> tuple[int, ...]:  # noqa: ARG002
        return ONLY_ZERO

    def launch(self, run: Run, *, places: Places) -> Launch:
        function = run.spec.config.get("function")
        if not isinstance(function, str):
            raise Invalid("the run names no function", hint="start the server with --app")
        if run.argv:
            raise Invalid("a function takes parameters, not plain arguments")
        return launch_python(run, places=places, runner=RUNNER, target=function, app=places.app)


def launch_python(
    run: Run,
    *,
    places: Places,
    runner: str,
    target: str,
    app: App | None,
    entry: Mapping[str, Any] | None = None,
) -> Launch:
    """A launch of `<runner>:run` in the run process, which then calls the user's `target`.

    The context's "entry" holds `target` (`module:qualname`) and `app` (`App.as_entry`, or null when
    importing the target's module is enough). A cold run is `python -m <runner>`, which
    finds the same in `$RUNYARD_CONTEXT`.
    """
    described = {"target": target, "app": app.as_entry() if app else None, **(entry or {})}
    if run.spec.isolation is Isolation.COLD:
        base = prepare(run, places=places, kind=LaunchKind.COMMAND, entry=described)
        return replace(base, argv=(sys.executable, "-P", "-m", runner), preload=())
    base = prepare(run, places=places, kind=LaunchKind.FUNCTION, entry=described)
    module = app.preload if app else (target.partition(":")[0],)
    preload = dict.fromkeys((runner, *module, *base.preload))
    return replace(base, target=f"{runner}:run", preload=tuple(preload))
