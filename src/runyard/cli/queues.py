"""`runyard queues`: list lanes, set their limits, pause and resume them."""

from __future__ import annotations

from typing import Annotated

import typer

from runyard.cli import output
from runyard.cli.connection import connect
from runyard.cli.options import Json
from runyard.domain.errors import Invalid
from runyard.sdk.objects import Queue

app = typer.Typer(
    help="List queues, set limits, pause.", invoke_without_command=True, rich_markup_mode=None
)


@app.callback()
def queues(context: typer.Context) -> None:
    """List queues, set limits, pause. Without a command: list them."""
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
        ("QUEUE", "LIMIT", "RUNNING", "WAITING", "STATE"),
        [_row(queue) for queue in found],
        empty="no queues",
    )


def _row(queue: Queue) -> tuple[str, ...]:
    return (
        queue.name,
        "none" if queue.limit is None else str(queue.limit),
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
    if number != "none" and not number.isdecimal():
        raise Invalid(f"{number!r} is not a limit", hint="give a number, or none")
    with connect(context) as client:
        _tell(
            client.queues.set_limit(name, None if number == "none" else int(number)),
            as_json=as_json,
        )


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
        output.write(f"{queue.name} {'paused' if queue.paused else 'active'}, {limit_text}")
