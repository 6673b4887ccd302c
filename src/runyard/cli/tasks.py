"""`runyard tasks`: list, read, write, rename, pause tasks and look at their versions."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from runyard.cli import output, times
from runyard.cli.connection import complete_task, connect
from runyard.cli.options import Json, Reason, TaskName
from runyard.domain.errors import Invalid
from runyard.sdk.objects import Task

if TYPE_CHECKING:
    from runyard.sdk.task_operations import TaskFilter

app = typer.Typer(help="List and edit tasks.", invoke_without_command=True, rich_markup_mode=None)

_TEMPLATE = '''# /// script
# requires-python = ">=3.11"
# dependencies = []
#
# [tool.runyard]
# title = "{title}"
# timeout = "10m"
# ///
"""What this task does."""

print("hello from {title}")
'''


@app.callback()
def tasks(context: typer.Context) -> None:
    """List and edit tasks. Without a command: list them."""
    if context.invoked_subcommand is None:
        listing(context)


@app.command("list")
def listing(
    context: typer.Context,
    q: Annotated[str | None, typer.Option("--search", "-s", metavar="TEXT")] = None,
    queue: Annotated[str | None, typer.Option()] = None,
    label: Annotated[str | None, typer.Option()] = None,
    broken: Annotated[bool, typer.Option("--broken", help="With problems only.")] = False,
    as_json: Json = False,
) -> None:
    """List tasks."""
    asked = {"q": q, "queue": queue, "label": label, "broken": broken or None}
    which = cast("TaskFilter", {name: v for name, v in asked.items() if v is not None})
    with connect(context) as client:
        found = list(client.all_tasks(**which))
    if as_json:
        output.write_json([task.raw for task in found])
        return
    output.write_table(
        ("TASK", "TYPE", "QUEUE", "VERSION", "STATE", "CHANGED", "TITLE"),
        [_row(task) for task in found],
        empty="no tasks",
    )


def _row(task: Task) -> tuple[str, ...]:
    spec = task.spec
    count = len(task.problems)
    problems = f"{count} problem{'s' if count > 1 else ''}" if count else ""
    return (
        task.id,
        str(spec.get("executor", "")),
        str(spec.get("queue") or spec.get("executor", "")),
        str(task.version),
        problems or ("paused" if task.paused else "ok"),
        times.age(task.updated_at),
        str(spec.get("title") or ""),
    )


@app.command()
def show(
    context: typer.Context,
    name: TaskName,
    *,
    content: Annotated[
        bool, typer.Option("--content", "-c", help="Only the content, as it is.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show a task: settings, problems, or its content."""
    with connect(context) as client:
        task = client.tasks.get(name)
    if as_json:
        output.write_json(task.raw)
    elif content:
        sys.stdout.write(task.content or "")
    else:
        output.write_facts(_facts(task))
        for problem in task.problems:
            line = f"{task.path or task.id}:{problem['line']}: " if problem.get("line") else ""
            output.write(f"{line}{problem.get('where', '')} {problem['message']}".strip())


def _facts(task: Task) -> list[tuple[str, str | None]]:
    spec = task.spec
    settings = {
        name: value
        for name, value in spec.items()
        if value not in (None, "", [], {}) and name not in {"title", "description", "executor"}
    }
    return [
        ("task", task.id),
        ("title", spec.get("title")),
        ("description", spec.get("description")),
        ("type", spec.get("executor")),
        ("state", "paused" if task.paused else None),
        ("version", str(task.version)),
        ("file", task.path),
        ("changed", times.local(task.updated_at)),
        *((name, v if isinstance(v, str) else output.compact(v)) for name, v in settings.items()),
    ]


@app.command()
def new(
    context: typer.Context,
    name: str,
    file: Annotated[
        str | None, typer.Option("--file", "-f", metavar="FILE", help="Its content; - is stdin.")
    ] = None,
    edit_it: Annotated[bool, typer.Option("--edit", "-e", help="Open the editor first.")] = False,
    message: Annotated[str, typer.Option("--message", "-m", help="Kept with the version.")] = "",
    as_json: Json = False,
) -> None:
    """Create a script task, from a file or a template."""
    text = _TEMPLATE.replace("{title}", name) if file is None else _read(file)
    if edit_it:
        text = _edited(text, name)
    with connect(context) as client:
        _tell(client.tasks.create(name, text, message=message), as_json=as_json)


@app.command()
def edit(
    context: typer.Context,
    name: TaskName,
    *,
    file: Annotated[
        str | None,
        typer.Option("--file", "-f", metavar="FILE", help="New content instead of the editor."),
    ] = None,
    message: Annotated[str, typer.Option("--message", "-m", help="Kept with the version.")] = "",
    as_json: Json = False,
) -> None:
    """Edit a task's content in $VISUAL or $EDITOR, and save it as a new version."""
    with connect(context) as client:
        task = client.tasks.get(name)
        before = task.content or ""
        after = _edited(before, name) if file is None else _read(file)
        if after == before:
            output.note("nothing changed")
            return
        saved = client.tasks.replace(name, after, expected_hash=task.content_hash, message=message)
        _tell(saved, as_json=as_json)


def _read(file: str) -> str:
    if file == "-":
        return sys.stdin.read()
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} can't be read: {error}") from None


def _edited(text: str, name: str) -> str:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory(prefix="runyard-") as folder:
        path = Path(folder) / f"{Path(name).name or 'task'}.py"
        path.write_text(text, encoding="utf-8")
        try:
            status = subprocess.run([*shlex.split(editor), str(path)], check=False).returncode
        except OSError as error:
            raise Invalid(
                f"the editor {editor!r} can't be started: {error.strerror}",
                hint="set EDITOR, or give the content with --file",
            ) from None
        if status != 0:
            raise Invalid(f"the editor ended with {status}; nothing is saved")
        return path.read_text(encoding="utf-8")


def _tell(task: Task, *, as_json: bool) -> None:
    if as_json:
        output.write_json(task.raw)
        return
    output.write(f"{task.id} version {task.version}")
    for problem in task.problems:
        line = f"line {problem['line']}: " if problem.get("line") else ""
        output.note(f"  problem: {line}{problem['message']}")


@app.command()
def rm(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="TASK...", autocompletion=complete_task)],
    cancel_runs: Annotated[
        bool, typer.Option("--cancel-runs", help="Also cancel what waits and runs.")
    ] = False,
) -> None:
    """Delete tasks and their files; versions and runs are kept."""
    with connect(context) as client:
        for name in names:
            cancelled = client.tasks.delete(name, cancel_runs=cancel_runs)
            output.write(name)
            if cancelled:
                output.note(f"  {len(cancelled)} runs cancelled")


@app.command()
def rename(context: typer.Context, name: TaskName, new_name: str, as_json: Json = False) -> None:
    """Rename a task; its history goes with it."""
    with connect(context) as client:
        _tell(client.tasks.rename(name, new_name), as_json=as_json)


@app.command()
def pause(
    context: typer.Context, name: TaskName, reason: Reason = "", as_json: Json = False
) -> None:
    """Start no more runs of a task; what runs goes on."""
    with connect(context) as client:
        _tell_state(client.tasks.pause(name, reason), as_json=as_json)


@app.command()
def resume(context: typer.Context, name: TaskName, as_json: Json = False) -> None:
    """Start runs of a paused task again."""
    with connect(context) as client:
        _tell_state(client.tasks.resume(name), as_json=as_json)


def _tell_state(task: Task, *, as_json: bool) -> None:
    if as_json:
        output.write_json(task.raw)
    else:
        output.write(f"{task.id} {'paused' if task.paused else 'active'}")
