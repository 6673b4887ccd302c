"""`runyard run`: ask for a run, and perhaps watch it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from runyard.cli import exits, following, output, times
from runyard.cli.connection import complete_task, connect
from runyard.cli.options import CancelOnInterrupt, Json
from runyard.domain.errors import Invalid

if TYPE_CHECKING:
    from runyard.sdk.client import Client
    from runyard.sdk.objects import Run
    from runyard.sdk.operations import SubmitOptions


def run(  # noqa: PLR0913 (a command's options)
    context: typer.Context,
    *,
    name: Annotated[
        str | None, typer.Argument(metavar="TASK", autocompletion=complete_task)
    ] = None,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[-- ARGS]", help="Plain arguments.")
    ] = None,
    params: Annotated[
        list[str] | None,
        typer.Option("--param", "-p", metavar="K=V", help="A parameter; K:=JSON for a JSON value."),
    ] = None,
    args: Annotated[
        list[str] | None, typer.Option("--arg", metavar="ARG", help="One plain argument.")
    ] = None,
    executor: Annotated[
        str | None,
        typer.Option("--executor", metavar="TYPE", help="A one-off run of a type, without task."),
    ] = None,
    config: Annotated[
        str, typer.Option("--config", metavar="JSON", help="Its configuration.")
    ] = "{}",
    if_busy: Annotated[
        str | None, typer.Option(metavar="WHAT", help="queue, reject, skip or replace.")
    ] = None,
    priority: Annotated[int | None, typer.Option(help="Higher first.")] = None,
    delay: Annotated[
        str | None, typer.Option(metavar="DURATION", help="Start so much later: 90, 10m, 2h.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help='Not before: 14:30, "2026-05-01 08:00".')
    ] = None,
    labels: Annotated[
        list[str] | None, typer.Option("--label", metavar="WORD", help="To find it by.")
    ] = None,
    timeout: Annotated[str | None, typer.Option(metavar="DURATION", help="Of one attempt.")] = None,
    version: Annotated[int | None, typer.Option(help="An older version of the task.")] = None,
    key: Annotated[
        str | None,
        typer.Option("--idempotency-key", metavar="KEY", help="The same key never runs twice."),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Show the log; exit as the run does.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", "-w", help="Wait for the end; exit as the run does.")
    ] = False,
    cancel_on_interrupt: CancelOnInterrupt = False,
    as_json: Json = False,
) -> None:
    """Run a task now, or at a time.

    Prints the run's id. With --follow or --wait the exit status is the outcome: 0 succeeded,
    1 failed, 124 timed out, 130 cancelled (or detached by Ctrl-C), 70 crashed. With --json the log
    goes to stderr, and stdout has the run, in the end its final state.
    """
    options = _options(
        argv=[*(args or []), *(arguments or [])] or None,
        if_busy=if_busy,
        priority=priority,
        delay_s=None if delay is None else times.seconds(delay),
        not_before=None if at is None else times.parse_moment(at),
        labels=labels or None,
        timeout_s=None if timeout is None else times.seconds(timeout),
        version=version,
    )
    if (name is None) == (executor is None):
        raise typer.BadParameter("give either a task or --executor", param_hint="TASK")
    given = read_params(params or [])
    with connect(context) as client:
        if executor is None:
            started = client.submit(name or "", given, idempotency_key=key, **options)
        else:
            started = client.runs.submit_one_off(
                executor, _read_config(config), given, idempotency_key=key, **options
            )
        _afterwards(
            client, started, follow=follow, wait=wait, as_json=as_json, cancel=cancel_on_interrupt
        )


def _options(**given: Any) -> SubmitOptions:
    """What was given, without the rest."""
    return cast("SubmitOptions", {k: value for k, value in given.items() if value is not None})


def _afterwards(
    client: Client, started: Run, *, follow: bool, wait: bool, as_json: bool, cancel: bool
) -> None:
    if not follow and not wait:
        if as_json:
            output.write_json(started.raw)
        else:
            output.write(started.id)
            if started.is_final:
                following.tell_outcome(started)
        return
    if not as_json and wait and not follow:
        output.write(started.id)
    conclude(client, started, follow=follow, as_json=as_json, cancel_on_interrupt=cancel)


def conclude(
    client: Client, started: Run, *, follow: bool, as_json: bool, cancel_on_interrupt: bool
) -> None:
    """Watch the run to its end and exit as it did."""
    if follow:
        output.note(f"run {started.id}")
        final = following.follow(
            client,
            started,
            cancel_on_interrupt=cancel_on_interrupt,
            to=sys.stderr if as_json else None,
        )
    else:
        final = following.wait(client, started, cancel_on_interrupt=cancel_on_interrupt)
    if as_json:
        output.write_json(final.raw)
    else:
        following.tell_outcome(final)
    raise typer.Exit(exits.of_outcome(final.status))


def read_params(words: list[str]) -> dict[str, Any] | None:
    """`k=v` is text (the task's declaration gives it its type), `k:=v` is JSON."""
    found: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.rstrip(":"):
            raise Invalid(f"--param {word!r} is not NAME=VALUE", hint="write --param count=5")
        if name.endswith(":"):
            try:
                found[name[:-1]] = json.loads(value)
            except ValueError as error:
                raise Invalid(f"--param {word!r}: {value!r} is not JSON ({error})") from None
        else:
            found[name] = value
    return found or None


def _read_config(text: str) -> dict[str, Any]:
    try:
        config = json.loads(text)
    except ValueError as error:
        raise Invalid(f"--config is not JSON: {error}") from None
    if not isinstance(config, dict):
        raise Invalid("--config is not a JSON object")
    return config
