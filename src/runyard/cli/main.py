"""The `runyard` command: its sub-commands, and how its errors leave it."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

import runyard
from runyard.cli import exits, output
from runyard.cli.connection import Connection
from runyard.cli.lazily import group_of
from runyard.domain import errors as domain
from runyard.sdk.errors import ClientError

_COMMANDS = {
    "serve": "serve:serve",
    "stop": "serve:stop",
    "restart": "serve:restart",
    "init": "init:init",
    "run": "submit:run",
    "ps": "runs:ps",
    "runs": "runs:runs",
    "show": "inspecting:show",
    "why": "inspecting:why",
    "logs": "logs:logs",
    "cancel": "runs:cancel",
    "rerun": "runs:rerun",
    "upcoming": "schedule_acts:upcoming",
    "ask": "ask:ask",
    "status": "system:status",
    "watch": "system:watch",
    "executors": "system:executors",
    "reload": "system:reload",
    "tasks": "versions:app",  # which adds its commands to those of `tasks`
    "queues": "queues:app",
    "schedules": "schedules:app",
    "calendars": "calendars:app",
    "import": "importing:app",
    "export": "exporting:app",
}

app = typer.Typer(
    name="runyard",
    cls=group_of({name: f"runyard.cli.{home}" for name, home in _COMMANDS.items()}),
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
