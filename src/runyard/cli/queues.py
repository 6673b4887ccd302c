"""`runyard queues`: list lanes, set their limits and rates, pause and resume them."""

from __future__ import annotations

from typing import Annotated

import typer

from runyard.cli import output
from runyard.cli.connection import connect
from runyard.cli.options import Json
from runyard.domain.errors import Invalid
from runyard.sdk.objects import Queue

_NONE = "none"

app = typer.Typer(
    help="List queues, set limits and rates, pause.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


@app.callback()
def queues(context: typer.Context) -> None:
    """List queues, set limits and rates, pause. Without a command: list them."""
    if context.invoked_subcommand is None:
        listing(context)


@app.command("list")
def listing(context: typer.Context, as_json: Json = False) -> None:
    """List queues and what is on them."""
    with connect(context) as client:
        found = client.queues.list()
    if as_json:
        output.write_json([queue.raw for queue in found])
        return
    output.write_table(
        ("QUEUE", "LIMIT", "RATE", "RUNNING", "WAITING", "STATE"),
        [_row(queue) for queue in found],
        empty="no queues",
    )


def _row(queue: Queue) -> tuple[str, ...]:
    return (
        queue.name,
        "none" if queue.limit is None else str(queue.limit),
        queue.rate or "none",
        str(queue.running),
        str(queue.waiting),
        "paused" if queue.paused else "active",
    )


@app.command()
def limit(
    context: typer.Context,
    name: str,
    number: Annotated[str, typer.Argument(metavar="N|none", help="Runs at once.")],
    as_json: Json = False,
) -> None:
    """Set how many runs of a queue go at once; none: no limit of its own."""
    with connect(context) as client:
        _tell(client.queues.set_limit(name, _limit(number)), as_json=as_json)


@app.command("set")
def change(
    context: typer.Context,
    name: str,
    number: Annotated[
        str | None, typer.Option("--limit", metavar="N|none", help="Runs at once.")
    ] = None,
    rate: Annotated[
        str | None,
        typer.Option(metavar="RATE|none", help='Starts: "100/h", "5/s", "30/10m burst 5".'),
    ] = None,
    as_json: Json = False,
) -> None:
    """Set a queue's limit, and how often its runs may start; none: any number."""
    if number is None and rate is None:
        raise Invalid("nothing to set", hint="give --limit or --rate")
    wanted = None if number is None else _limit(number)
    with connect(context) as client:
        if rate is not None:
            queue = client.queues.set_rate(name, None if rate == _NONE else rate)
        if number is not None:
            queue = client.queues.set_limit(name, wanted)
        _tell(queue, as_json=as_json)


def _limit(number: str) -> int | None:
    if number != _NONE and not number.isdecimal():
        raise Invalid(f"{number!r} is not a limit", hint="give a number, or none")
    return None if number == _NONE else int(number)


@app.command()
def pause(context: typer.Context, name: str, as_json: Json = False) -> None:
    """Start nothing more from a queue; what runs goes on."""
    with connect(context) as client:
        _tell(client.queues.pause(name), as_json=as_json)


@app.command()
def resume(context: typer.Context, name: str, as_json: Json = False) -> None:
    """Start runs from a paused queue again."""
    with connect(context) as client:
        _tell(client.queues.resume(name), as_json=as_json)


def _tell(queue: Queue, *, as_json: bool) -> None:
    if as_json:
        output.write_json(queue.raw)
    else:
        limit_text = "no limit" if queue.limit is None else f"limit {queue.limit}"
        state = "paused" if queue.paused else "active"
        rate_text = "" if queue.rate is None else f", rate {queue.rate}"
        output.write(f"{queue.name} {state}, {limit_text}{rate_text}")
