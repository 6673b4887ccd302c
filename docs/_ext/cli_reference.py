"""The directive `runyard-cli`: every command of the command line, from its own definition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from runyard.cli.main import app


def commands(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    """(`runyard tasks list`, the command) for every command that does something."""
    for name, command in sorted(group.commands.items()):
        full = f"{path} {name}"
        if hasattr(command, "commands"):
            yield full, command
            yield from commands(command, full)
        else:
            yield full, command


def reference() -> str:
    """The reference as Markdown, with a level 2 heading for each command."""
    root = typer.main.get_command(app)
    sections = [_section(path, command) for path, command in commands(root, "runyard")]
    return "\n".join(["## runyard", "", *_options(root), "", *sections])


def _section(path: str, command: Any) -> str:
    context = command.make_context(path, [], resilient_parsing=True)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    lines = [f"## {path}", "", (command.help or "").strip(), "", "```text", usage, "```", ""]
    return "\n".join([*lines, *_options(command), ""])


def _options(command: Any) -> list[str]:
    rows = [_row(parameter) for parameter in command.params if not getattr(parameter, "hidden", 0)]
    rows = [row for row in rows if row]
    return ["| option | |", "| --- | --- |", *rows] if rows else []


def _row(parameter: Any) -> str:
    if parameter.name in {"install_completion", "show_completion", "help"}:
        return ""
    value = parameter.metavar or getattr(parameter.type_descriptor.annotation, "__name__", "")
    if isinstance(parameter, typer.core.TyperArgument):
        shown = f"*{value if parameter.metavar else parameter.name.upper()}*"
    else:
        names = ", ".join(f"`{name}`" for name in parameter.opts)
        shown = names if parameter.is_flag else f"{names} *{value}*"
    said = (parameter.help or "").replace("K=V", "`K=V`").replace("K:=JSON", "`K:=JSON`")
    return "| " + " | ".join(_plain(cell) for cell in (shown, said)) + " |"


def _plain(text: str) -> str:
    """Text whose signs mean nothing to Markdown's tables and links."""
    return text.replace("|", "\\|").replace("[", "\\[").replace("<", "&lt;")


class CliReference(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        return self.parse_text_to_nodes(reference(), allow_section_headings=True)


def setup(sphinx: Sphinx) -> dict[str, Any]:
    sphinx.add_directive("runyard-cli", CliReference)
    return {"parallel_read_safe": True}
