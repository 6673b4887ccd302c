"""Options and arguments that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from runyard.cli.connection import complete_run, complete_task

RUN_HELP = "An id or a unique part of it, `last`, or a task (its newest run)."

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RunWord = Annotated[str, typer.Argument(metavar="RUN", help=RUN_HELP, autocompletion=complete_run)]
TaskName = Annotated[str, typer.Argument(metavar="TASK", autocompletion=complete_task)]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Kept with it.")]
CancelOnInterrupt = Annotated[
    bool,
    typer.Option("--cancel-on-interrupt", help="Ctrl-C cancels the run instead of only detaching."),
]
