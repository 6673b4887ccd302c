"""`runyard calendars`: the days on which schedules may fire."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from runyard.cli import output, times
from runyard.cli.connection import complete_calendar, connect
from runyard.cli.options import Json
from runyard.domain.errors import Invalid

if TYPE_CHECKING:
    from runyard.sdk.schedule_objects import Calendar

app = typer.Typer(
    help="Days on which schedules may fire.", invoke_without_command=True, rich_markup_mode=None
)
Name = Annotated[str, typer.Argument(metavar="NAME", autocompletion=complete_calendar)]


@app.callback()
def calendars(context: typer.Context) -> None:
    """Days on which schedules may fire. Without a command: list calendars."""
    if context.invoked_subcommand is None:
        listing(context)


@app.command("list")
def listing(context: typer.Context, as_json: Json = False) -> None:
    """List calendars."""
    with connect(context) as client:
        found = client.calendars.list()
    if as_json:
        output.write_json([one.raw for one in found])
        return
    output.write_table(
        ("CALENDAR", "WEEKDAYS", "HOLIDAYS", "DAYS", "CHANGED", "NOTE"),
        [_row(one) for one in found],
        empty="no calendars",
    )


def _row(one: Calendar) -> tuple[str, ...]:
    return (
        one.name,
        " ".join(one.weekdays) if one.weekdays is not None else "all",
        " ".join(one.holidays),
        f"-{len(one.exclude)} +{len(one.include)}",
        times.age(one.updated_at),
        one.note,
    )


@app.command()
def show(
    context: typer.Context,
    name: Name,
    *,
    start: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="The first day; today.")
    ] = None,
    count: Annotated[int, typer.Option("--days", "-n", min=0, max=3700)] = 14,
    as_json: Json = False,
) -> None:
    """Show what a calendar says, and its next days."""
    first = date.today() if start is None else _day(start)  # noqa: DTZ011 (this machine's)
    with connect(context) as client:
        found = client.calendars.get(name)
        days = client.calendars.days(name, first, first + timedelta(days=count)) if count else []
    if as_json:
        output.write_json({**found.raw, "days": [one.raw for one in days]})
        return
    output.write_facts(
        [
            ("calendar", found.name),
            ("weekdays", None if found.weekdays is None else " ".join(found.weekdays)),
            ("holidays", " ".join(found.holidays)),
            ("exclude", output.compact(found.exclude)),
            ("include", output.compact(found.include)),
            ("note", found.note),
            ("changed", f"{times.local(found.updated_at)} by {found.author}"),
        ]
    )
    if days:
        output.write("")
        output.write_table(
            ("DAY", "", "FIRES", "WHY"),
            [
                (one.day.isoformat(), f"{one.day:%a}", "yes" if one.included else "no", one.reason)
                for one in days
            ],
            empty="",
        )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text!r} is not a day", hint="write 2026-12-24") from None


@app.command("set")
def change(
    context: typer.Context,
    name: Name,
    *,
    weekdays: Annotated[
        str | None, typer.Option("--weekdays", metavar="DAYS", help="mon,tue,wed,thu,fri")
    ] = None,
    holidays: Annotated[
        list[str] | None,
        typer.Option("--holidays", metavar="COUNTRY", help="DE, or a part of it: DE-BY."),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option("--exclude", metavar="DAY", help="2026-12-24 or 2026-12-24/2026-12-31."),
    ] = None,
    include: Annotated[
        list[str] | None, typer.Option("--include", metavar="DAY", help="Holds before all others.")
    ] = None,
    note: Annotated[str, typer.Option("--note", metavar="TEXT")] = "",
    as_json: Json = False,
) -> None:
    """Make a calendar, or replace the one of this name."""
    with connect(context) as client:
        saved = client.calendars.save(
            name,
            weekdays=None if weekdays is None else _listed(weekdays),
            holidays=holidays or (),
            exclude=exclude or (),
            include=include or (),
            note=note,
        )
    _tell(saved, as_json=as_json)


def _listed(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


@app.command("import")
def import_ics(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE.ics", help="- is stdin.")],
    *,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="The file's, if not given.")
    ] = None,
    include: Annotated[
        bool, typer.Option("--include", help="Fire on the days of its events, and on no others.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make or replace a calendar from an iCalendar file: no fires on the days of its events."""
    if file == "-" and name is None:
        raise Invalid("what is read from stdin has no name", hint="give --name")
    chosen = name if name is not None else Path(file).stem
    text = sys.stdin.read() if file == "-" else _read(file)
    with connect(context) as client:
        _tell(client.calendars.import_ics(chosen, text, include=include), as_json=as_json)


def _read(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} can't be read: {error}") from None


@app.command()
def rm(
    context: typer.Context,
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", autocompletion=complete_calendar)
    ],
) -> None:
    """Delete calendars that no schedule goes by."""
    with connect(context) as client:
        for name in names:
            client.calendars.delete(name)
            output.write(name)


def _tell(one: Calendar, *, as_json: bool) -> None:
    if as_json:
        output.write_json(one.raw)
        return
    facts: dict[str, Any] = {
        "weekdays": " ".join(one.weekdays or ()),
        "holidays": " ".join(one.holidays),
        "exclude": len(one.exclude) or None,
        "include": len(one.include) or None,
    }
    said = ", ".join(f"{key} {value}" for key, value in facts.items() if value)
    output.write(f"{one.name}: {said or 'every day'}")
