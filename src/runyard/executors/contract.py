"""What an executor is to the server: a name, a checked configuration, and how a run is launched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from runyard.domain.runs import Run
from runyard.domain.tasks import TaskSpec
from runyard.engines.contract import Launch
from runyard.executors.app_loading import App

BUILT_IN = "built-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where launches find things; all folders are absolute.

    `frozen(task_id, version)` is the immutable file that holds that version's content; it raises
    `NotFound` when there is none. `app` is the module given with `--app`. `draft(content_hash)` is
    the immutable file of a draft run's content.
    """

    tasks_dir: Path
    logs_dir: Path
    frozen: Callable[[str, int], Path]
    default_timeout: timedelta | None
    app: App | None = None
    draft: Callable[[str], Path] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorDescription:
    """A registered executor as discovery found it; plain data, nothing of it is imported here.

    `target` is `module:qualname` of the user's function. `from_app` says that the `--app` module
    must be loaded before it; else importing the target's module is enough (an entry point).
    """

    name: str
    target: str
    from_app: bool
    source: str  # "app", or "plug-in <distribution>"
    description: str = ""
    config_schema: dict[str, Any] | None = None
    queue_limit: int | None = 1
    settings: dict[str, Any] = field(default_factory=dict)  # keys of `[tool.runyard]`


class Executor(Protocol):
    """One task type. All members are cheap, without side effects and safe to call at any time."""

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...

    @property
    def source(self) -> str:
        """`built-in`, `app` or `plug-in <distribution>`."""

    @property
    def config_schema(self) -> dict[str, Any] | None:
        """JSON Schema of `TaskSpec.config`; None: the type has no configuration."""

    @property
    def default_queue_limit(self) -> int | None:
        """Limit of the queue of this name until someone sets another; None = no limit."""

    @property
    def needs_task(self) -> bool:
        """A run of this type is always a run of a task; there are no one-off runs."""

    @property
    def takes_argv(self) -> bool:
        """Whether a run may be given plain arguments instead of parameters."""

    def check_config(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """The configuration with defaults filled in; raises `Invalid` with every problem."""

    def one_off_spec(self, config: Mapping[str, Any]) -> TaskSpec:
        """The definition of a one-off run; `config` as `check_config` answered it."""

    def expected_exit_codes(self, spec: TaskSpec) -> tuple[int, ...]:
        """The exit codes that mean success; what classifies an exit must ask here."""

    def launch(self, run: Run, *, places: Places) -> Launch:
        """All that an engine needs to start attempt `run.attempt` (so: after it was claimed).

        Raises `Invalid`, `NotFound` or `TooLarge` when it can't be started as it is.
        """


ONLY_ZERO = (0,)
