"""`runyard logs`: print a run's log, or follow it to the run's end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from runyard.cli import exits, following, output, times
from runyard.cli.connection import connect, find_run
from runyard.cli.options import CancelOnInterrupt, Json, RunWord

if TYPE_CHECKING:
    from collections.abc import Callable

    from runyard.sdk.client import Client
    from runyard.sdk.objects import LogLine, LogPage, Run


def logs(
    context: typer.Context,
    word: RunWord,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="To the run's end; exit as the run does.")
    ] = False,
    tail: Annotated[int | None, typer.Option("--tail", "-n", min=1, help="Last lines.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="A time, or how long ago: 10m.")
    ] = None,
    with_time: Annotated[bool, typer.Option("--time", "-t", help="With each line's time.")] = False,
    cancel_on_interrupt: CancelOnInterrupt = False,
    as_json: Json = False,
) -> None:
    """Print a run's log; with --json one object a line: offset, at, stream, text."""
    with connect(context) as client:
        run = find_run(client, word)
        show = _shown(as_json=as_json, with_time=with_time)
        offset = _print_so_far(client, run, _first_page(client, run, tail, since), show)
        if not follow:
            return
        if as_json:
            for line in client.follow(run, offset=offset):
                show(line)
            final = client.wait(run)
        else:
            final = following.follow(
                client,
                run,
                offset=offset,
                with_time=with_time,
                cancel_on_interrupt=cancel_on_interrupt,
            )
            following.tell_outcome(final)
    raise typer.Exit(exits.of_outcome(final.status))


def _shown(*, as_json: bool, with_time: bool) -> Callable[[LogLine], None]:
    if as_json:
        return lambda line: output.write_json(line.raw, lines=True)
    return lambda line: output.write(following.render(line, with_time=with_time))


def _first_page(client: Client, run: Run, tail: int | None, since: str | None) -> LogPage:
    if tail is not None:
        return client.runs.log(run.id, tail=tail)
    if since is not None:
        return client.runs.log(run.id, since=times.parse_since(since))
    return client.runs.log(run.id, offset=0)


def _print_so_far(client: Client, run: Run, page: LogPage, show: Callable[[LogLine], None]) -> int:
    """Print what is written by now; answers the byte offset after it."""
    while True:
        for line in page.lines:
            show(line)
        if page.complete or not page.lines or page.next_offset >= page.size:
            return page.next_offset
        page = client.runs.log(run.id, offset=page.next_offset)
