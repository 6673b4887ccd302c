"""Commands that explain: `show` has all of a run, `why` one sentence about a run or a fire."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from runyard.cli import output, times
from runyard.cli.connection import complete_run, connect, find_run
from runyard.cli.options import RUN_HELP, Json, RunWord
from runyard.definitions.schedule_names import split_schedule_id
from runyard.sdk.objects import Attempt, Run

if TYPE_CHECKING:
    from runyard.sdk.client import Client

_PLAIN = {
    "queued": "it starts at once",
    "succeeded": "its last attempt ended well",
    "cancelled": "it was cancelled",
}


def show(context: typer.Context, word: RunWord, as_json: Json = False) -> None:
    """Show all about a run: state, outcome, parameters, attempts."""
    with connect(context) as client:
        run = find_run(client, word)
    if as_json:
        output.write_json(run.raw)
        return
    output.write_facts(_facts(run))
    if run.attempts:
        output.write("")
        output.write_table(
            ("ATTEMPT", "STATUS", "STARTED", "TIME", "EXIT", "CPU", "MEMORY", "ERROR"),
            [_attempt_row(one) for one in run.attempts],
            empty="",
        )
    if run.error is not None and run.error.traceback:
        output.write("")
        output.write(run.error.traceback.rstrip())


def _facts(run: Run) -> list[tuple[str, str | None]]:
    version = f" (version {run.task_version})" if run.task_version else ""
    error = None if run.error is None else output.error_text(run.error.type, run.error.message)
    return [
        ("run", run.id),
        ("task", f"{run.task_id}{version}" if run.task_id else None),
        ("executor", run.executor),
        ("status", run.status),
        ("why", why_sentence(run)),
        ("progress", None if run.progress is None else f"{run.progress:.0f}%"),
        ("message", run.message),
        ("detail", output.compact(run.detail)),
        ("result", output.compact(run.result)),
        ("error", error),
        ("retry", None if run.error is None else run.error.retry),
        ("queue", run.queue),
        ("project", run.project),
        ("priority", str(run.priority) if run.priority else None),
        ("params", output.compact(run.params)),
        ("argv", output.compact(run.argv)),
        ("labels", " ".join(run.labels)),
        ("submitted", _when(run.submitted_at, run.submitted_by)),
        ("not before", times.local(run.not_before)),
        ("schedule", run.schedule_id),
        ("planned for", times.local(run.scheduled_for)),
        ("started", times.local(run.started_at)),
        ("finished", times.local(run.finished_at)),
        ("took", times.span(run.started_at, run.finished_at)),
        ("rerun of", run.rerun_of),
    ]


def _when(moment: datetime | None, by: str) -> str:
    text = times.local(moment)
    return f"{text} by {by}" if by else text


def _attempt_row(one: Attempt) -> tuple[str, ...]:
    return (
        str(one.number),
        one.status,
        times.local(one.started_at),
        times.span(one.started_at, one.finished_at),
        _exit(one.exit_code, one.signal),
        "" if one.cpu_s is None else f"{one.cpu_s:.2f}s",
        _memory(one.peak_memory_bytes),
        "" if one.error is None else output.error_text(one.error.type, one.error.message),
    )


def _exit(code: int | None, signal: int | None) -> str:
    return f"signal {signal}" if signal else "" if code is None else str(code)


def _memory(size_bytes: int | None) -> str:
    return "" if size_bytes is None else f"{size_bytes / 1_048_576:.1f} MiB"


def why(
    context: typer.Context,
    word: Annotated[
        str,
        typer.Argument(
            metavar="RUN|SCHEDULE",
            help=f"{RUN_HELP} Or a schedule: TASK:NAME.",
            autocompletion=complete_run,
        ),
    ],
    at: Annotated[
        str | None,
        typer.Option(
            "--at", metavar="TIME", help="A planned time of a schedule: 02:30, 2026-03-29T02:30."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say in one sentence why a run is where it is, or why a schedule did or did not fire."""
    if at is not None or split_schedule_id(word) is not None:
        _why_schedule(context, word, at, as_json=as_json)
        return
    with connect(context) as client:
        run = find_run(client, word)
    if as_json:
        reason = {"id": run.id, "status": run.status, "waiting_for": run.waiting_for}
        output.write_json({**reason, "why": why_sentence(run), "error": run.raw.get("error")})
    else:
        output.write(f"{run.id} {run.status}: {why_sentence(run)}")


def _why_schedule(context: typer.Context, word: str, at: str | None, *, as_json: bool) -> None:
    with connect(context) as client:
        moment = at if at is not None else _newest(client, word)
        told = client.schedules.why(word, moment)
    if as_json:
        output.write_json(told.raw)
        return
    output.write(told.sentence)
    if told.occurrence is not None and told.occurrence.run_id:
        output.write(f"run {told.occurrence.run_id}")


def _newest(client: Client, schedule_id: str) -> datetime:
    """When the newest decision was planned for, or the next one will be."""
    newest = client.schedules.occurrences(schedule_id, limit=1).items
    if newest and newest[0].planned_at is not None:
        return newest[0].planned_at
    following = client.schedules.get(schedule_id).next_at
    return following or times.now()


def why_sentence(run: Run) -> str:
    if run.waiting_for is not None:
        held = str(run.waiting_for.get("message") or run.waiting_for.get("code"))
        again = run.error.retry if run.error is not None and run.status == "retrying" else None
        return f"{again}; {held}" if again else held
    if run.status == "running":
        if run.cancel_requested_at is not None:
            return "it was asked to end, and its processes are being ended"
        return f"it runs for {times.span(run.started_at, None)}, attempt {run.attempt}"
    if run.status == "cancelled" and run.cancel_reason:
        return f"it was cancelled: {run.cancel_reason}"
    if run.error is not None:
        return output.error_text(run.error.type, run.error.message)
    return _PLAIN.get(run.status, f"it is {run.status.replace('_', ' ')}")
