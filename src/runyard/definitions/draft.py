"""What an editor wants to know of a definition that is not saved: all of it, as it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runyard.definitions.metadata import Metadata, read_metadata
from runyard.definitions.plain import plain
from runyard.definitions.positions import Path
from runyard.definitions.script import in_file, read_script, section_of, settings_of
from runyard.definitions.settings import parse_settings
from runyard.definitions.task_schedules import written_schedules
from runyard.domain.schedules.spec import ScheduleSpec
from runyard.domain.tasks import Problem, TaskSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSchedule:
    """A schedule as it stands in a draft; `spec` is None for one with anything wrong in it."""

    name: str
    place: Problem  # its `where`, and in a file its line; without a message
    spec: ScheduleSpec | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDraft:
    """`settings` are the keys of `[tool.runyard]` as they are written, as JSON values."""

    spec: TaskSpec
    problems: tuple[Problem, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    dependencies: tuple[str, ...] = ()
    requires_python: str | None = None
    schedules: tuple[WrittenSchedule, ...] = ()


def read_draft(task_id: str, text: str) -> ReadDraft:
    """The definition in a script's text. Never raises and runs nothing of it."""
    definition = read_script(task_id, text)
    metadata = read_metadata(text)
    settings, _ = settings_of(metadata)
    section = plain(section_of(metadata), (), [])
    requires = metadata.data.get("requires-python")
    places = [
        (name, metadata.problem("", in_file(path))) for name, path in written_schedules(settings)
    ]
    return ReadDraft(
        spec=definition.spec,
        problems=definition.problems,
        settings=section if isinstance(section, dict) else {},
        dependencies=_texts(metadata),
        requires_python=requires if isinstance(requires, str) else None,
        schedules=_schedules(places, definition.spec, definition.problems),
    )


def read_typed_draft(executor: str, settings: Mapping[str, Any]) -> ReadDraft:
    """The definition of a task of another type, without its configuration. Never raises.

    The places of its problems are JSON paths into `{"executor", "settings"}`.
    """
    own = {key: value for key, value in settings.items() if key not in ("type", "config")}
    spec, faults = parse_settings({**own, "type": executor}, executor=executor)
    problems = tuple(
        Problem(message=fault.message, where=json_path(("settings", *fault.path)))
        for fault in faults
    )
    places = [
        (name, Problem(message="", where=json_path(("settings", *path))))
        for name, path in written_schedules(own)
    ]
    return ReadDraft(
        spec=spec,
        problems=problems,
        settings=plain(own, (), []),
        dependencies=spec.dependencies,
        requires_python=spec.requires_python,
        schedules=_schedules(places, spec, problems),
    )


def json_path(path: Path) -> str:
    """As RFC 9535 writes it in short: `$.settings.schedules[0].cron`."""
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)


def _texts(metadata: Metadata) -> tuple[str, ...]:
    written = metadata.data.get("dependencies")
    if not isinstance(written, list):
        return ()
    return tuple(one for one in written if isinstance(one, str))


def _schedules(
    places: list[tuple[str, Problem]], spec: TaskSpec, problems: tuple[Problem, ...]
) -> tuple[WrittenSchedule, ...]:
    good = {one.name: one.spec for one in spec.schedules}
    found = []
    for name, place in places:
        mine = tuple(problem for problem in problems if _is_in(problem.where, place.where))
        # Of two with one name the first counts: the other is told as a problem.
        taken = None if mine else good.pop(name, None)
        found.append(WrittenSchedule(name=name, place=place, spec=taken, problems=mine))
    return tuple(found)


def _is_in(where: str, place: str) -> bool:
    return where == place or where.startswith((f"{place}.", f"{place}["))
