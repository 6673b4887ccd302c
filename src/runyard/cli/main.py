"""The `runyard` command: its sub-commands, and how its errors leave it."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

import runyard
from runyard.cli import (
    ask,
    calendars,
    exits,
    exporting,
    importing,
    init,
    inspecting,
    logs,
    output,
    queues,
    runs,
    schedule_acts,
    schedules,
    serve,
    submit,
    system,
    tasks,
    versions,
)
from runyard.cli.connection import Connection
from runyard.domain import errors as domain
from runyard.sdk.errors import ClientError

app = typer.Typer(
    name="runyard",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(asked: bool) -> None:
    if asked:
        output.write(f"runyard {runyard.__version__}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    url: Annotated[
        str | None,
        typer.Option(envvar="RUNYARD_URL", help="The server. [default: http://127.0.0.1:5000]"),
    ] = None,
    token: Annotated[str | None, typer.Option(envvar="RUNYARD_TOKEN", help="An API token.")] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Run Python tasks, now or at a date, and never silently."""
    del version
    context.obj = Connection(url=url, token=token)


for command in (
    serve.serve,
    serve.stop,
    serve.restart,
    init.init,
    submit.run,
    runs.ps,
    runs.runs,
    inspecting.show,
    inspecting.why,
    logs.logs,
    runs.cancel,
    runs.rerun,
    schedule_acts.upcoming,
    ask.ask,
    system.status,
    system.watch,
    system.executors,
    system.reload,
):
    app.command()(command)
app.add_typer(tasks.app, name="tasks")
app.add_typer(queues.app, name="queues")
app.add_typer(schedules.app, name="schedules")
app.add_typer(calendars.app, name="calendars")
app.add_typer(importing.app, name="import")
app.add_typer(exporting.app, name="export")

__all__ = ["app", "main", "versions"]


def main() -> None:
    """Run the command line and exit. An error on purpose is one line on stderr and a hint."""
    try:
        app(prog_name="runyard")
    except ClientError as error:
        _leave(exits.of_error(error), error.message, error.hint, error.problems)
    except domain.NotFound as error:
        _leave(exits.NOT_FOUND, error.message, error.hint)
    except (domain.Conflict, domain.AlreadyServed) as error:
        _leave(exits.CONFLICT, error.message, error.hint)
    except domain.Invalid as error:
        _leave(exits.USAGE, error.message, error.hint)
    except domain.RunyardError as error:
        _leave(exits.FAILED, error.message, error.hint)
    except KeyboardInterrupt:
        sys.exit(exits.INTERRUPTED)
    finally:
        _flush()


def _flush() -> None:
    """Who read our output may have seen enough; Python must not complain about it at exit."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _leave(
    status: int,
    message: str,
    hint: str | None,
    problems: list[dict[str, str]] | None = None,
) -> None:
    output.complain(message, hint)
    for problem in problems or ():
        if problem["message"] in message:
            continue  # said already
        output.note(f"  {problem.get('where', '')}: {output.one_line(problem['message'])}")
    sys.exit(status)
