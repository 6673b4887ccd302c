"""`runyard ask`: say in plain words what to do, see what is understood, and agree to it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from runyard.cli import exits, output
from runyard.cli.connection import complete_task, connect
from runyard.cli.options import Json

if TYPE_CHECKING:
    from runyard.sdk.objects import Interpretation


def ask(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="SENTENCE", help="English or Chinese.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    task: Annotated[
        str | None,
        typer.Option(
            "--task", metavar="TASK", help="Which is meant.", autocompletion=complete_task
        ),
    ] = None,
    user: Annotated[str | None, typer.Option("--user", metavar="ID", help="Whose tasks.")] = None,
    as_json: Json = False,
) -> None:
    """Say in plain words what to do; it is shown first, and done when you agree.

    Without a terminal and without --yes it is only shown.
    """
    text = " ".join(words)
    with connect(context) as client:
        found = client.interpret(text, user_id=user, target=task)
        if not as_json:
            _show(found)
        if not found.sure:
            if as_json:
                output.write_json(found.raw)
            raise typer.Exit(exits.CONFLICT if found.candidates else exits.NOT_FOUND)
        if found.intent != "list" and (yes or (not as_json and _agreed())):
            found = client.interpret(text, confirm=True, user_id=user, target=task or _meant(found))
            if not as_json:
                _tell(found)
    if as_json:
        output.write_json(found.raw)


def _meant(found: Interpretation) -> str | None:
    """What was agreed to is what is done, though others may have come meanwhile."""
    return None if found.target is None else str(found.target["id"])


def _agreed() -> bool:
    if not (sys.stdin.isatty() and output.is_terminal()):
        output.note("nothing is done; --yes does it")
        return False
    return typer.confirm("Do it?", default=False)


def _show(found: Interpretation) -> None:
    output.write(output.one_line(found.understood))
    if found.intent == "list" or not found.sure:
        output.write_table(
            ("TASK", "TITLE"),
            [(str(one["id"]), str(one["title"])) for one in found.candidates],
            empty="no tasks",
        )


def _tell(found: Interpretation) -> None:
    result = found.result or {}
    task = result.get("task_id", "")
    run = result.get("run_id")
    output.write(f"done: {task}" + (f" run {run}" if run else ""))
