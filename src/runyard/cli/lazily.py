"""Commands by name, each imported and built when it is asked for.

Building all of them is an eighth of what it takes the server to start, and `runyard serve` needs
one.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

import typer
from typer.core import TyperGroup


class Lazily(MutableMapping[str, Any]):
    """The commands of `homes`: name to `module:object`, a function or an app of sub-commands.

    They are in that order, and whoever asks for their names alone loads none of them.
    """

    def __init__(self, homes: Mapping[str, str]) -> None:
        self._homes = dict(homes)
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._built:
            self._built[name] = _build(name, self._homes[name])
        return self._built[name]

    def __contains__(self, name: object) -> bool:
        return name in self._homes  # what a Mapping does by itself is to build it

    def __setitem__(self, name: str, command: Any) -> None:
        self._homes[name] = ""
        self._built[name] = command

    def __delitem__(self, name: str) -> None:
        del self._homes[name]
        self._built.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)


def group_of(homes: Mapping[str, str]) -> type[TyperGroup]:
    """A class of command groups that have the commands of `homes`, see `Lazily`."""

    class LazyGroup(TyperGroup):
        def __init__(self, **given: Any) -> None:
            super().__init__(**{**given, "commands": Lazily(homes)})

        def list_commands(self, ctx: Any) -> list[str]:
            del ctx
            return list(self.commands)

    return LazyGroup


def _build(name: str, home: str) -> Any:
    module, _, attribute = home.partition(":")
    found = getattr(importlib.import_module(module), attribute)
    alone = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=name)
        group: Any = typer.main.get_command(alone)
        return group.commands[name]
    alone.command(name)(found)
    return typer.main.get_command(alone)
