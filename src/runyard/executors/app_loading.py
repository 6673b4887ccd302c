"""The `--app` module: how it is named, and how a process loads it. Imports nothing heavy."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from runyard.domain.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A module to import for what it registers.

    `module` is its name in `sys.modules`; a file app is loaded under its file's stem. `folder` is
    put first in `sys.path`, so that its neighbours can be imported.
    """

    module: str
    folder: Path
    path: Path | None = None  # a file app
    attribute: str | None = None  # must exist in it

    @property
    def text(self) -> str:
        """What `parse_app` reads as this app again, seen from `folder`."""
        name = str(self.path) if self.path is not None else self.module
        return f"{name}:{self.attribute}" if self.attribute else name

    @property
    def preload(self) -> tuple[str, ...]:
        """Names for a zygote to import before it forks.

        An entry is a module's name, the absolute path of a `.py` file (imported under its stem,
        its folder first in `sys.path`), or the absolute path of a folder (put first in
        `sys.path`).
        """
        return (str(self.path),) if self.path is not None else (str(self.folder), self.module)

    def as_entry(self) -> dict[str, str | None]:
        """Plain data, for `from_entry` in another process."""
        path = None if self.path is None else str(self.path)
        return {"module": self.module, "folder": str(self.folder), "path": path}

    @classmethod
    def from_entry(cls, entry: dict[str, str | None]) -> App:
        path = entry.get("path")
        return cls(
            module=str(entry["module"]),
            folder=Path(str(entry["folder"])),
            path=None if path is None else Path(path),
        )


def parse_app(text: str, *, folder: Path) -> App:
    """The app that `pkg.module`, `module:attribute` or `path/to/app.py` names, seen from `folder`.

    Only looks at the text and at whether a file exists. Raises `Invalid`.
    """
    spec, _, attribute = text.partition(":")
    if spec.endswith(".py") or "/" in spec:
        path = (folder / Path(spec).expanduser()).resolve()
        if not path.is_file():
            raise Invalid(f"there is no app file {spec}")
        if not path.stem.isidentifier():
            raise Invalid(f"{path.name} can't be imported: its name is not a Python name")
        return App(module=path.stem, folder=path.parent, path=path, attribute=attribute or None)
    if not spec or not all(part.isidentifier() for part in spec.split(".")):
        raise Invalid(
            f"{text!r} names no app",
            hint="give a module (pkg.tasks) or a file (path/to/app.py)",
        )
    return App(module=spec, folder=folder.resolve(), attribute=attribute or None)


def load_app(app: App) -> ModuleType:
    """Import the app, or return it when it is loaded already. What its code raises passes through.

    Raises `Invalid` when another module has its name already, or when it lacks its attribute.
    """
    _first_in_path(str(app.folder))
    module = _load_file(app.module, app.path) if app.path else importlib.import_module(app.module)
    if app.attribute is not None and not hasattr(module, app.attribute):
        raise Invalid(f"{app.module} has no {app.attribute}")
    return module


def _first_in_path(folder: str) -> None:
    if folder not in sys.path:
        sys.path.insert(0, folder)


def _load_file(name: str, path: Path) -> ModuleType:
    loaded = sys.modules.get(name)
    if loaded is not None:
        file = getattr(loaded, "__file__", None)
        if file is not None and (file == str(path) or Path(file).resolve() == path):
            return loaded
        raise Invalid(
            f"{path.name} can't be loaded as {name}: a module of that name is loaded already"
            f" ({file or 'built in'})",
            hint="give the file another name",
        )
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise Invalid(f"{path.name} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module
