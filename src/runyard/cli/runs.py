"""Commands on runs: list them, cancel them, run them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from runyard.cli import output, times
from runyard.cli.connection import complete_run, complete_task, connect, find_run
from runyard.cli.options import RUN_HELP, CancelOnInterrupt, Json, Reason, RunWord
from runyard.cli.submit import conclude, read_params
from runyard.domain.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runyard.sdk.objects import Run
    from runyard.sdk.operations import RunFilter

_FILTERS = {
    "status": "status",
    "task": "task_id",
    "queue": "queue",
    "project": "project",
    "executor": "executor",
    "label": "label",
    "q": "q",
}

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Ids only.")]
Number = Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")]


def ps(
    context: typer.Context,
    everything: Annotated[
        bool, typer.Option("--all", "-a", help="Also runs that are over.")
    ] = False,
    limit: Number = 50,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """List the runs that wait or run now, newest first."""
    which: RunFilter = {} if everything else {"status": "live"}
    _list(context, which, limit=limit, quiet=quiet, as_json=as_json)


def runs(  # noqa: PLR0913 (a command's options)
    context: typer.Context,
    *,
    task: Annotated[str | None, typer.Option("--task", autocompletion=complete_task)] = None,
    status: Annotated[
        str | None,
        typer.Option(help="Statuses, by comma; also the groups waiting, live, final."),
    ] = None,
    queue: Annotated[str | None, typer.Option()] = None,
    project: Annotated[str | None, typer.Option()] = None,
    executor: Annotated[str | None, typer.Option()] = None,
    label: Annotated[str | None, typer.Option()] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="A time, or how long ago: 10m.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME")] = None,
    finished_since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Over, ended at this time or later.")
    ] = None,
    finished_until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Over, ended before this time.")
    ] = None,
    q: Annotated[str | None, typer.Option("--search", "-s", metavar="TEXT")] = None,
    limit: Number = 50,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """List runs, newest first."""
    which: RunFilter = {}
    named = {
        "task_id": task, "status": status, "queue": queue, "project": project,
        "executor": executor, "label": label, "q": q,
    }  # fmt: skip
    moments = {
        "since": since, "until": until,
        "finished_since": finished_since, "finished_until": finished_until,
    }  # fmt: skip
    which.update({name: text for name, text in named.items() if text is not None})  # type: ignore[typeddict-item]
    which.update({n: times.parse_since(t) for n, t in moments.items() if t is not None})  # type: ignore[typeddict-item]
    _list(context, which, limit=limit, quiet=quiet, as_json=as_json)


def _list(
    context: typer.Context, which: RunFilter, *, limit: int, quiet: bool, as_json: bool
) -> None:
    with connect(context) as client:
        found = list(client.all_runs(limit=limit, **which))
    if as_json:
        output.write_json([run.raw for run in found])
    elif quiet:
        for run in found:
            output.write(run.id)
    else:
        write_runs(found)


def write_runs(found: Iterable[Run]) -> None:
    output.write_table(
        ("RUN", "TASK", "STATUS", "PROGRESS", "SUBMITTED", "TIME", "MESSAGE"),
        [_row(run) for run in found],
        empty="no runs",
    )


def _row(run: Run) -> tuple[str, ...]:
    message = run.message or ""
    if run.error is not None:
        message = output.error_text(run.error.type, run.error.message)
    elif run.cancel_reason and run.status == "cancelled":
        message = run.cancel_reason
    return (
        run.id,
        run.task_id or f"({run.executor})",
        run.status,
        "" if run.progress is None else f"{run.progress:.0f}%",
        times.age(run.submitted_at),
        times.span(run.started_at, run.finished_at),
        message,
    )


def cancel(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN]...", help=RUN_HELP, autocompletion=complete_run),
    ] = None,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            metavar="K=V",
            help=f"Instead of RUN: all live runs with {', '.join(_FILTERS)}; all given must hold.",
        ),
    ] = None,
    reason: Reason = "",
    wait: Annotated[bool, typer.Option("--wait", "-w", help="Until they are over.")] = False,
    as_json: Json = False,
) -> None:
    """Cancel runs: their whole process trees are ended. Prints the ids."""
    if bool(words) == bool(filters):
        raise typer.BadParameter("give either runs or --filter", param_hint="RUN")
    with connect(context) as client:
        if filters:
            ids = client.runs.cancel_matching(_read_filters(filters), reason)
        else:
            targets = [find_run(client, word) for word in words or ()]
            ids = [client.cancel(target.id, reason).id for target in targets]
        if wait:
            for run_id in ids:
                client.wait(run_id)
        if as_json:
            output.write_json([client.runs.get(run_id).raw for run_id in ids])
            return
    for run_id in ids:
        output.write(run_id)
    if not ids:
        output.note("no live run matches")


def _read_filters(words: list[str]) -> RunFilter:
    found: dict[str, list[str]] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or name not in _FILTERS:
            raise Invalid(
                f"--filter {word!r} is not understood",
                hint=f"write NAME=VALUE with one of {', '.join(_FILTERS)}",
            )
        found.setdefault(_FILTERS[name], []).append(value)
    which: RunFilter = {}
    for name, values in found.items():
        which[name] = values[0] if name == "q" else values  # type: ignore[literal-required]
    return which


def rerun(  # noqa: PLR0913 (a command's options)
    context: typer.Context,
    word: RunWord,
    *,
    arguments: Annotated[list[str] | None, typer.Argument(metavar="[-- ARGS]")] = None,
    params: Annotated[
        list[str] | None,
        typer.Option("--param", "-p", metavar="K=V", help="New parameters instead of the old."),
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="The version that ran, not the newest.")
    ] = False,
    follow: Annotated[bool, typer.Option("--follow", "-f")] = False,
    wait: Annotated[bool, typer.Option("--wait", "-w")] = False,
    cancel_on_interrupt: CancelOnInterrupt = False,
    as_json: Json = False,
) -> None:
    """Run again, with the same or new parameters. Prints the new run's id."""
    with connect(context) as client:
        old = find_run(client, word)
        new = client.rerun(
            old.id, params=read_params(params or []), argv=arguments or None, exact=exact
        )
        if follow or wait:
            conclude(
                client,
                new,
                follow=follow,
                as_json=as_json,
                cancel_on_interrupt=cancel_on_interrupt,
            )
    if as_json:
        output.write_json(new.raw)
    else:
        output.write(new.id)
