"""What is done with a schedule: pause, resume, trigger, skip, backfill; and what it did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from runyard.cli import output, times
from runyard.cli.connection import complete_task, connect
from runyard.cli.options import CancelOnInterrupt, Json, Reason
from runyard.cli.schedule_options import Params, ScheduleId
from runyard.cli.submit import conclude, read_params

if TYPE_CHECKING:
    from runyard.sdk.schedule_objects import Occurrence, Schedule, UpcomingFire


def register(app: typer.Typer) -> None:
    app.command()(pause)
    app.command()(resume)
    app.command()(trigger)
    app.command("skip-next")(skip_next)
    app.command()(backfill)
    app.command()(occurrences)


def pause(
    context: typer.Context, schedule: ScheduleId, reason: Reason = "", as_json: Json = False
) -> None:
    """Let a schedule fire no more for now; its runs go on."""
    with connect(context) as client:
        _tell_state(client.schedules.pause(schedule, reason), as_json=as_json)


def resume(context: typer.Context, schedule: ScheduleId, as_json: Json = False) -> None:
    """Let it fire again; what it missed is made up for as its catch-up policy says."""
    with connect(context) as client:
        _tell_state(client.schedules.resume(schedule), as_json=as_json)


def skip_next(
    context: typer.Context,
    schedule: ScheduleId,
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="So many more.")] = 1,
    as_json: Json = False,
) -> None:
    """Skip the next planned fires; the ledger keeps them as skipped."""
    with connect(context) as client:
        _tell_state(client.schedules.skip_next(schedule, count), as_json=as_json)


def _tell_state(one: Schedule, *, as_json: bool) -> None:
    if as_json:
        output.write_json(one.raw)
        return
    skips = f", skips the next {one.skip_next}" if one.skip_next else ""
    output.write(f"{one.id} {'paused' if one.paused else 'active'}{skips}")


def trigger(
    context: typer.Context,
    schedule: ScheduleId,
    *,
    params: Params = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Show the log; exit as the run does.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", "-w", help="Wait for the end; exit as the run does.")
    ] = False,
    cancel_on_interrupt: CancelOnInterrupt = False,
    as_json: Json = False,
) -> None:
    """Run it now, besides its plan."""
    with connect(context) as client:
        run = client.schedules.trigger(schedule, read_params(params or []))
        if follow or wait:
            conclude(
                client, run, follow=follow, as_json=as_json, cancel_on_interrupt=cancel_on_interrupt
            )
        elif as_json:
            output.write_json(run.raw)
        else:
            output.write(run.id)


def backfill(
    context: typer.Context,
    schedule: ScheduleId,
    *,
    start: Annotated[
        str, typer.Option("--from", metavar="TIME", help="In its zone, or with an offset.")
    ],
    end: Annotated[str, typer.Option("--to", metavar="TIME", help="Not included.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show which fires.")] = False,
    as_json: Json = False,
) -> None:
    """Run what was planned in a past window and has not run."""
    with connect(context) as client:
        found = client.schedules.backfill(
            schedule, times.wall_clock(start), times.wall_clock(end), dry_run=dry_run
        )
    if as_json:
        output.write_json([one.raw for one in found])
        return
    if dry_run and found:
        output.note(f"would run {len(found)}; nothing is started")
    write_occurrences(found, empty="nothing was planned there that has not run")


def occurrences(
    context: typer.Context,
    schedule: ScheduleId,
    *,
    decision: Annotated[
        list[str] | None, typer.Option("--decision", metavar="WORD", help="fired, missed ...")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="A time, or how long ago: 10m.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=500)] = 50,
    as_json: Json = False,
) -> None:
    """List what was decided about each planned fire, newest first."""
    with connect(context) as client:
        page = client.schedules.occurrences(
            schedule,
            decision=decision or (),
            since=None if since is None else times.parse_since(since),
            until=None if until is None else times.parse_since(until),
            limit=limit,
        )
    if as_json:
        output.write_json([one.raw for one in page.items])
    else:
        write_occurrences(page.items)


def write_occurrences(
    found: Sequence[Occurrence], *, empty: str = "nothing is decided yet"
) -> None:
    output.write_table(
        ("PLANNED", "DECISION", "RUN", "WHY"), [_row(one) for one in found], empty=empty
    )


def _row(one: Occurrence) -> tuple[str, ...]:
    many = f" (and {one.count - 1} more)" if one.count > 1 else ""
    origin = "" if one.origin == "planned" else f" ({one.origin})"
    return (
        times.planned(one.planned_local) + many,
        one.decision + origin,
        one.run_id or "",
        one.rule,
    )


def upcoming(
    context: typer.Context,
    *,
    hours: Annotated[float, typer.Option("--hours", min=0.01, max=8760, help="So far ahead.")] = 24,
    task: Annotated[str | None, typer.Option("--task", autocompletion=complete_task)] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=500)] = 100,
    ics: Annotated[bool, typer.Option("--ics", help="Print an iCalendar feed.")] = False,
    as_json: Json = False,
) -> None:
    """List what fires next, over all schedules."""
    until = times.ahead(hours)
    with connect(context) as client:
        if ics:
            output.write(client.schedules.upcoming_feed(until=until, task_id=task).rstrip("\r\n"))
            return
        found = client.schedules.upcoming(until=until, limit=limit, task_id=task)
    if as_json:
        output.write_json(found.raw)
        return
    output.write_table(
        ("LOCAL", "IN", "SCHEDULE", "ZONE", "NOTE"),
        [_upcoming_row(one) for one in found.items],
        empty=f"nothing fires in the next {hours:g} hours",
    )
    if found.more:
        output.note(f"there are more; these are the first {len(found.items)}")


def _upcoming_row(one: UpcomingFire) -> tuple[str, ...]:
    return (
        times.planned(one.local),
        times.age(one.due or one.at).removeprefix("in "),
        one.schedule_id,
        one.timezone,
        f"{one.skipped}: {one.note}" if one.skipped else one.note,
    )
