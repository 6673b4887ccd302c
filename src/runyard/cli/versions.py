"""`runyard tasks versions | diff | restore`: the saved contents of a task."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from runyard.cli import output, times
from runyard.cli.connection import connect
from runyard.cli.options import Json, TaskName
from runyard.cli.tasks import app
from runyard.domain.errors import Invalid


@app.command()
def versions(context: typer.Context, name: TaskName, as_json: Json = False) -> None:
    """List the saved contents of a task, newest first."""
    with connect(context) as client:
        found = client.tasks.versions(name)
    if as_json:
        output.write_json([version.raw for version in found])
        return
    output.write_table(
        ("VERSION", "SAVED", "AUTHOR", "CONTENT", "MESSAGE"),
        [
            (str(v.version), times.local(v.created_at), v.author, v.content_hash[:12], v.message)
            for v in found
        ],
        empty="no versions",
    )


@app.command()
def diff(
    context: typer.Context,
    name: TaskName,
    older: Annotated[int | None, typer.Argument(help="Default: the one before NEWER.")] = None,
    newer: Annotated[int | None, typer.Argument(help="Default: the newest.")] = None,
) -> None:
    """Show what changed between two versions, as a unified diff."""
    with connect(context) as client:
        last = client.tasks.get(name).version if newer is None else newer
        first = last - 1 if older is None else older
        if first < 1:
            raise Invalid(f"{name} has one version only: nothing to compare it with")
        text = client.tasks.diff(name, first, last)
    if output.is_terminal():
        _write_coloured(text)
    else:
        sys.stdout.write(text)


def _write_coloured(text: str) -> None:
    from rich.text import Text  # noqa: PLC0415 (only a terminal needs it)

    screen = output.console()
    for line in text.splitlines():
        style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
        screen.print(Text(line, style=style), soft_wrap=True)


@app.command()
def restore(context: typer.Context, name: TaskName, version: int, as_json: Json = False) -> None:
    """Make an old content the newest version."""
    with connect(context) as client:
        task = client.tasks.restore(name, version)
    if as_json:
        output.write_json(task.raw)
    else:
        output.write(f"{task.id} version {task.version}")
