"""The task types that this server knows: the built-in ones and those that discovery found."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from runyard.domain.errors import NotFound
from runyard.domain.runs import Run
from runyard.domain.tasks import Problem, TaskSpec
from runyard.executors.contract import ONLY_ZERO, Executor, ExecutorDescription
from runyard.executors.custom import CustomExecutor
from runyard.executors.external import ExternalExecutor
from runyard.executors.function import FunctionExecutor
from runyard.executors.instruction import NAME as INSTRUCTION
from runyard.executors.instruction import InstructionExecutor
from runyard.executors.script import ScriptExecutor
from runyard.executors.shell import ShellExecutor

_REPLACEABLE = frozenset({INSTRUCTION})


def built_in() -> tuple[Executor, ...]:
    return (
        ScriptExecutor(),
        FunctionExecutor(),
        ShellExecutor(),
        ExternalExecutor(),
        InstructionExecutor(),
    )


class Executors:
    """Finds an executor by its name. `load` swaps the registered ones in one step."""

    def __init__(self, executors: Iterable[Executor] | None = None) -> None:
        given = built_in() if executors is None else tuple(executors)
        self._fixed = {executor.name: executor for executor in given}
        self._by_name = dict(self._fixed)

    def load(self, descriptions: Sequence[ExecutorDescription]) -> list[Problem]:
        """Replace all registered executors by these; those of an earlier `load` are gone.

        A name that is taken (built-in, or twice) keeps its first owner and is reported; only the
        built-in `instruction` makes way.
        """
        by_name = dict(self._fixed)
        problems = []
        for description in descriptions:
            holder = by_name.get(description.name)
            if holder is not None and not self._makes_way(holder):
                message = f"the name is taken already ({holder.source}); choose another"
                problems.append(Problem(message=message, where=f"executor {description.name}"))
                continue
            spec, wrong = _base_spec(description)
            problems += wrong
            by_name[description.name] = CustomExecutor(described=description, base=spec)
        self._by_name = by_name
        return problems

    def get(self, name: str) -> Executor:
        """Raises `NotFound` that names what comes close."""
        executor = self._by_name.get(name)
        if executor is None:
            near = difflib.get_close_matches(name, self._by_name, n=3)
            known = ", ".join(near or sorted(self._by_name))
            hint = f"did you mean {known}?" if near else f"known: {known}"
            raise NotFound(f"there is no executor {name}", hint=hint, executor=name, near=near)
        return executor

    def expected_exit_codes(self, run: Run) -> tuple[int, ...]:
        """The exit codes that mean success for `run`, also when its type is gone by now."""
        executor = self._by_name.get(run.executor)
        return ONLY_ZERO if executor is None else executor.expected_exit_codes(run.spec)

    def all(self) -> list[Executor]:
        """Built-in ones first, then by name."""
        registered = sorted(self._by_name.keys() - self._fixed.keys())
        return [self._by_name[name] for name in (*self._fixed, *registered)]

    def _makes_way(self, holder: Executor) -> bool:
        return holder.name in _REPLACEABLE and self._fixed.get(holder.name) is holder

    def __contains__(self, name: str) -> bool:
        return name in self._by_name


def _base_spec(description: ExecutorDescription) -> tuple[TaskSpec, list[Problem]]:
    """What the settings of a registration make; wrong ones are reported and left out."""
    if not description.settings:
        return TaskSpec(executor=description.name), []
    # Pydantic is only needed for registrations with settings.
    from runyard.definitions.settings import parse_settings  # noqa: PLC0415

    spec, faults = parse_settings(description.settings, executor=description.name)
    where = f"executor {description.name}"
    problems = [Problem(message=fault.message, where=where) for fault in faults]
    return replace(spec, executor=description.name), problems
