"""Commands about the server as a whole: status, executors, reload, watch."""

from __future__ import annotations

from typing import Annotated

import typer

from runyard.cli import output, times
from runyard.cli.connection import connect, find_run
from runyard.cli.options import Json
from runyard.sdk.objects import Change, Run


def status(context: typer.Context, as_json: Json = False) -> None:
    """Show how the server is."""
    with connect(context) as client:
        system = client.system.get()
        url = client.address.url
    if as_json:
        output.write_json(system.raw)
        return
    supervisor = system.supervisor
    connected = "connected" if supervisor.get("connected") else "not connected"
    counts = ", ".join(f"{count} {name}" for name, count in system.runs.items() if count)
    output.write_facts(
        [
            ("server", f"{url} (version {system.version})"),
            ("up", times.short(system.uptime_s)),
            ("tasks", f"{system.tasks} in {system.tasks_dir}"),
            ("data", f"{system.data_dir} ({system.store})"),
            ("workers", str(system.max_workers)),
            ("supervisor", f"{connected}, process {supervisor.get('pid')}"),
            ("runs", counts or "none"),
        ]
    )
    for problem in system.problems:
        output.note(f"problem: {problem}")


def executors(context: typer.Context, as_json: Json = False) -> None:
    """List the types that tasks can have."""
    with connect(context) as client:
        found = client.executors.list()
    if as_json:
        output.write_json([one.raw for one in found])
        return
    output.write_table(
        ("TYPE", "FROM", "DESCRIPTION"),
        [(one.name, one.source, one.description) for one in found],
        empty="no executors",
    )


def reload(context: typer.Context, as_json: Json = False) -> None:
    """Read the app module again."""
    with connect(context) as client:
        answer = client.system.reload()
    if as_json:
        output.write_json(answer)
        return
    output.write_facts(
        [
            (name, value if isinstance(value, str) else output.compact(value))
            for name, value in answer.items()
        ]
    )


def watch(
    context: typer.Context,
    word: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="Only changes of this run.")
    ] = None,
    since: Annotated[
        int | None, typer.Option(metavar="SEQ", help="From this change number on.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what changes, as it happens, until Ctrl-C; with --json one change a line."""
    with connect(context) as client:
        run_id = None if word is None else find_run(client, word).id
        try:
            for change in client.stream(since=since, run_id=run_id):
                if as_json:
                    output.write_json(change.raw, lines=True)
                else:
                    _show(change)
        except KeyboardInterrupt:
            raise typer.Exit from None


def _show(change: Change) -> None:
    columns = (f"{times.now().astimezone():%H:%M:%S}", str(change.seq), change.kind)
    text = "  ".join((*columns, output.one_line(_sentence(change))))
    if output.is_terminal():
        from rich.text import Text  # noqa: PLC0415 (only a terminal needs it)

        style = output.STYLES.get(str(change.object.get("status")), "")
        output.console().print(Text(text, style=style), soft_wrap=True)
    else:
        output.write_now(text)


def _sentence(change: Change) -> str:
    thing = change.object
    match change.kind:
        case "run":
            run = Run.of(thing)
            progress = "" if run.progress is None else f"{run.progress:.0f}%"
            parts = (run.id, run.task_id or run.executor, run.status, progress, run.message or "")
            return "  ".join(filter(None, parts))
        case "task":
            gone = "deleted" if thing.get("deleted_at") else f"version {thing.get('version')}"
            return f"{thing.get('id')}  {gone}"
        case _:
            paused = "paused" if thing.get("paused") else "active"
            return f"{thing.get('name') or thing.get('id')}  {paused}"
