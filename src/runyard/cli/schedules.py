"""`runyard schedules`: list, make, change, pause and delete schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

import typer

from runyard.cli import output, schedule_acts, times
from runyard.cli import schedule_options as options
from runyard.cli.connection import complete_schedule, complete_task, connect
from runyard.cli.options import Json, TaskName
from runyard.domain.errors import Invalid

if TYPE_CHECKING:
    from runyard.sdk.schedule_objects import Fire, PlanChange, Schedule
    from runyard.sdk.schedule_operations import ScheduleFilter

_TO_SECONDS = len("2026-01-01 00:00:00")

app = typer.Typer(
    help="When tasks run by themselves.", invoke_without_command=True, rich_markup_mode=None
)
schedule_acts.register(app)


@app.callback()
def schedules(context: typer.Context) -> None:
    """When tasks run by themselves. Without a command: list schedules."""
    if context.invoked_subcommand is None:
        listing(context)


@app.command("list")
def listing(
    context: typer.Context,
    *,
    task: Annotated[str | None, typer.Option("--task", autocompletion=complete_task)] = None,
    q: Annotated[str | None, typer.Option("--search", "-s", metavar="TEXT")] = None,
    paused: Annotated[bool | None, typer.Option("--paused/--active")] = None,
    broken: Annotated[bool, typer.Option("--broken", help="With problems only.")] = False,
    as_json: Json = False,
) -> None:
    """List schedules."""
    asked = {"task_id": task, "q": q, "paused": paused, "broken": broken or None}
    which = cast("ScheduleFilter", {name: v for name, v in asked.items() if v is not None})
    with connect(context) as client:
        found = list(client.all_schedules(**which))
    if as_json:
        output.write_json([one.raw for one in found])
        return
    output.write_table(
        ("SCHEDULE", "STATE", "NEXT", "IN", "ZONE", "WHEN"),
        [_row(one) for one in found],
        empty="no schedules",
    )


def _row(one: Schedule) -> tuple[str, ...]:
    return (
        one.id,
        _state(one),
        "" if one.paused else _next(one),
        "" if one.paused else times.age(one.next_at).removeprefix("in "),
        one.timezone,
        one.description.get("en", ""),
    )


def _next(one: Schedule) -> str:
    return "" if one.next_local is None else times.planned(one.next_local)[:_TO_SECONDS]


def _state(one: Schedule) -> str:
    if one.deleted_at is not None:
        return "deleted"
    if one.problem:
        return "problem"
    if one.paused:
        return "paused"
    return "active" if one.next_at is not None or one.settings.get("cron") == "@reboot" else "over"


@app.command()
def show(context: typer.Context, schedule: options.ScheduleId, as_json: Json = False) -> None:
    """Show a schedule: its settings, its state, its last fires."""
    with connect(context) as client:
        found = client.schedules.get(schedule)
        newest = client.schedules.occurrences(found.id, limit=10).items
    if as_json:
        output.write_json({**found.raw, "occurrences": [one.raw for one in newest]})
        return
    output.write_facts(_facts(found))
    output.write("")
    schedule_acts.write_occurrences(newest)


def _facts(one: Schedule) -> list[tuple[str, str | None]]:
    settings = {name: v for name, v in one.settings.items() if name != "timezone"}
    return [
        ("schedule", one.id),
        ("when", one.description.get("en")),
        ("zone", one.timezone),
        ("state", _state(one)),
        ("reason", one.pause_reason if one.paused else None),
        ("problem", one.problem),
        ("next", _next(one)),
        ("skips", f"the next {one.skip_next}" if one.skip_next else None),
        ("fires", str(one.fires)),
        ("failures", f"{one.failures} in a row" if one.failures else None),
        ("source", one.source),
        ("version", str(one.version)),
        ("changed", times.local(one.updated_at)),
        *((name, v if isinstance(v, str) else output.compact(v)) for name, v in settings.items()),
    ]


@app.command()
@options.with_keys()
def add(
    context: typer.Context,
    task: TaskName,
    trigger: options.TriggerText = None,
    *,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="`default` if not given.")
    ] = None,
    keys: options.Keys,
    message: options.Message = "",
    dry_run: options.DryRun = False,
    as_json: Json = False,
) -> None:
    """Give a task a schedule: --cron, --every, --at, --rrule, or the trigger in short."""
    keys = options.with_trigger(keys, trigger)
    with connect(context) as client:
        if dry_run:
            change = client.schedules.try_create(task, name=name, **keys)
            _tell_change(change, as_json=as_json)
        else:
            made = client.schedules.create(task, name=name, message=message, **keys)
            _tell(made, as_json=as_json)


@app.command("set")
@options.with_keys()
def change(
    context: typer.Context,
    schedule: options.ScheduleId,
    trigger: options.TriggerText = None,
    *,
    clear: Annotated[
        list[str] | None, typer.Option("--clear", metavar="KEY", help="Back to the default.")
    ] = None,
    keys: options.Keys,
    message: options.Message = "",
    dry_run: options.DryRun = False,
    as_json: Json = False,
) -> None:
    """Change what is given and leave the rest; another trigger takes the old one's place."""
    keys = options.with_trigger(keys, trigger)
    keys |= {name.replace("-", "_"): None for name in clear or ()}
    if not keys:
        raise Invalid("nothing to change", hint="give for instance --cron or --clear end")
    with connect(context) as client:
        if dry_run:
            _tell_change(client.schedules.try_edit(schedule, keys), as_json=as_json)
        else:
            saved = client.schedules.edit(schedule, keys, message=message)
            _tell(saved, as_json=as_json)


def _tell(one: Schedule, *, as_json: bool) -> None:
    if as_json:
        output.write_json(one.raw)
        return
    following = _next(one)
    state = _state(one)
    when = f"next {following} {one.timezone}" if following and state == "active" else state
    output.write(f"{one.id} version {one.version}, {when}")
    if one.problem:
        output.note(f"  problem: {one.problem}")


def _tell_change(change: PlanChange, *, as_json: bool) -> None:
    if as_json:
        output.write_json(change.raw)
        return
    output.note(f"nothing is saved; {change.schedule.description.get('en', '')}")
    rows = [("+", one) for one in change.appear] + [("-", one) for one in change.disappear]
    rows.sort(key=lambda row: (row[1].local, row[0]))
    output.write_table(
        ("", "LOCAL", "UTC", "NOTE"),
        [(sign, *fire_row(fire)) for sign, fire in rows],
        empty="no fire of the next 30 days changes",
    )
    if change.more:
        output.note(f"and more after {times.local(change.until)}")


def fire_row(fire: Fire) -> tuple[str, str, str]:
    note = f"{fire.skipped}: {fire.note}" if fire.skipped else fire.note
    at = "" if fire.at is None else f"{fire.at:%Y-%m-%d %H:%M:%S}"
    return times.planned(fire.local), at, note


@app.command()
def rm(
    context: typer.Context,
    schedules: Annotated[
        list[str], typer.Argument(metavar="SCHEDULE...", autocompletion=complete_schedule)
    ],
) -> None:
    """Delete schedules; what they did stays readable, and their runs go on."""
    with connect(context) as client:
        for one in schedules:
            client.schedules.delete(one)
            output.write(one)


@app.command("next")
@options.with_keys(options.WHEN)
def following(
    context: typer.Context,
    schedule: Annotated[
        str | None,
        typer.Argument(metavar="[SCHEDULE]", autocompletion=complete_schedule),
    ] = None,
    *,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=1000)] = 10,
    keys: options.Keys,
    language: Annotated[str, typer.Option("--language", metavar="en|zh")] = "en",
    as_json: Json = False,
) -> None:
    """Show the next fires of a schedule, or of one that is not made: --cron "0 2 * * *"."""
    if (schedule is None) == (not keys):
        raise Invalid("give either a schedule, or what it would say", hint="--cron, --every ...")
    with connect(context) as client:
        if schedule is not None:
            found = client.schedules.next_fires(schedule, count)
            raw, fires, zone, said = found.raw, found.items, found.timezone, ""
        else:
            preview = client.schedules.preview(count=count, language=language, **keys)
            raw, fires, zone = preview.raw, preview.fires, preview.timezone
            said = preview.description
    if as_json:
        output.write_json(raw)
        return
    if said:
        output.note(f"{said} ({zone})")
    output.write_table(
        (zone.upper() or "LOCAL", "UTC", "NOTE"),
        [fire_row(one) for one in fires],
        empty="it does not fire any more",
    )
