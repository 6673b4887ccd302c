"""What a script file defines: its spec, and everything that is wrong with it, by line."""

from __future__ import annotations

import ast
import inspect
import platform
import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from packaging.specifiers import SpecifierSet

from runyard.definitions.faults import Fault
from runyard.definitions.metadata import MARK, Metadata, read_metadata
from runyard.definitions.positions import Path
from runyard.definitions.settings import parse_settings
from runyard.domain.tasks import Problem, TaskSpec

_TOP_LEVEL = ("dependencies", "requires-python")
_SECTION: Path = ("tool", "runyard")
_SCRIPT = "script"
_TYPE_KEYS = ("type", "executor")
_LONGEST_TITLE = 300
_LONGEST_DESCRIPTION = 20_000
_filters = threading.Lock()  # the filters of `warnings` belong to the whole process


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    spec: TaskSpec
    problems: tuple[Problem, ...] = ()


def read_script(task_id: str, text: str) -> Definition:
    """The definition in a script's text. Never raises: what is wrong becomes problems."""
    metadata = read_metadata(text)
    settings, faults = settings_of(metadata)
    spec, wrong = parse_settings(settings)
    problems = [*metadata.problems]
    problems += [metadata.problem(fault.message, fault.path) for fault in faults]
    problems += [metadata.problem(f.message, in_file(f.path), character=f.position) for f in wrong]
    docstring, broken = _parse_python(text, spec.requires_python)
    if broken is not None:
        problems.append(broken)
    problems.sort(key=lambda problem: problem.line or 0)
    return Definition(spec=_titled(spec, task_id, docstring), problems=tuple(problems))


def section_of(metadata: Metadata) -> Any:
    """What stands as `[tool.runyard]`: a table, unless it is written wrong."""
    tool = metadata.data.get("tool", {})
    return tool.get("runyard", {}) if isinstance(tool, Mapping) else {}


def settings_of(metadata: Metadata) -> tuple[dict[str, Any], list[Fault]]:
    """The section's keys and the block's own two, as one table."""
    faults: list[Fault] = []
    section = section_of(metadata)
    if not isinstance(section, Mapping):
        message = "runyard must be a table: write [tool.runyard] and the settings below it"
        faults.append(Fault(path=_SECTION, message=message))
        section = {}
    settings = dict(section)
    for key in _TOP_LEVEL:
        for spelling in (key, key.replace("-", "_")):
            if settings.pop(spelling, None) is not None:
                message = f"{key} belongs at the top of the block, above [tool.runyard]"
                faults.append(Fault(path=(*_SECTION, spelling), message=message))
        if key in metadata.data:
            settings[key] = metadata.data[key]
    others = [key for key in _TYPE_KEYS if settings.get(key, _SCRIPT) != _SCRIPT]
    faults += [_other_type(key, settings.pop(key)) for key in others]
    return settings, faults


def _other_type(key: str, name: object) -> Fault:
    message = (
        f"a file is a task of the type {_SCRIPT}, not {name!r:.60}; remove this line, and make "
        "tasks of other types over the API"
    )
    return Fault(path=(*_SECTION, key), message=message)


def in_file(path: Path) -> Path:
    """Where a setting of `settings_of` stands in the block."""
    return path if path[:1] and path[0] in _TOP_LEVEL else _SECTION + path


def _titled(spec: TaskSpec, task_id: str, docstring: str) -> TaskSpec:
    first, _, _ = docstring.partition("\n\n")
    title = docstring.partition("\n")[0].strip()[:_LONGEST_TITLE]
    return replace(
        spec,
        title=spec.title or title or task_id,
        description=spec.description or " ".join(first.split())[:_LONGEST_DESCRIPTION],
    )


def _parse_python(text: str, requires_python: str | None) -> tuple[str, Problem | None]:
    """The module's docstring and what keeps Python from compiling the text, if anything.

    A script for another Python than this one is not judged: its syntax may be newer.
    """
    foreign = requires_python is not None and not SpecifierSet(requires_python).contains(
        platform.python_version(), prereleases=True
    )
    try:
        with _filters, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text.removeprefix(MARK))
            compile(tree, "<script>", "exec", dont_inherit=True)
    except SyntaxError as error:
        problem = Problem(
            message=f"Python can't compile it: {error.msg}",
            where="python",
            line=error.lineno,
            column=error.offset,
        )
        return "", None if foreign else problem
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        problem = Problem(message=f"Python can't compile it: {error}", where="python", line=1)
        return "", None if foreign else problem
    docstring = ast.get_docstring(tree, clean=False) or ""
    return _clean(docstring), None


def _clean(docstring: str) -> str:
    text = inspect.cleandoc(docstring).strip()
    if all(line.isprintable() for line in text.split("\n")):
        return text
    return "".join(sign for sign in text if sign == "\n" or sign.isprintable())
