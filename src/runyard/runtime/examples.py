"""The scripts that come with Runyard, to begin with: templates first, then the examples."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import runyard
from runyard.definitions.script import read_script

# Found by place, not by import: the composition root is above.
_FOLDER = Path(runyard.__file__).parent / "app" / "examples"
_TEMPLATES = _FOLDER / "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    id: str
    title: str
    description: str
    content: str


@lru_cache(maxsize=1)
def examples() -> tuple[Example, ...]:
    """Each is the content of a script task as it is; `id` is a good name for the task."""
    files = (*sorted(_TEMPLATES.glob("*.py")), *sorted(_FOLDER.glob("*.py")))
    return tuple(_example(file) for file in files if not file.name.startswith("_"))


def _example(file: Path) -> Example:
    content = file.read_text(encoding="utf-8")
    spec = read_script(file.stem, content).spec
    return Example(id=file.stem, title=spec.title, description=spec.description, content=content)
