"""`runyard schedules`, `why --at`, `upcoming` and `calendars` against the real server."""

from __future__ import annotations

from pathlib import Path

from runyard.sdk.client import Client
from tests.cli.scheduling import cli, yard
from tests.cli.shell import Shell
from tests.support.server import Server
from tests.support.waiting import eventually

__all__ = ["cli", "yard"]

FAR = "0 2 29 2 *"  # not while the test runs


def test_add_list_show_set_rm(cli: Shell) -> None:
    empty = cli("schedules")
    assert (empty.code, empty.out, empty.err) == (0, "", "no schedules\n")
    made = cli(
        "schedules", "add", "hello", "--cron", FAR, "--name", "leap", "--tz", "Europe/Berlin",
        "--overlap", "buffer_one", "--catch-up", "all", "--param", "n:=5", "--note", "rare",
    )  # fmt: skip
    assert made.code == 0, made.err
    assert made.out.startswith("hello:leap version 1, next ")
    assert "02-29 02:00:00 Europe/Berlin" in made.out
    (row,) = cli("schedules", "list").rows
    assert row[:2] == ["hello:leap", "active"]
    assert "Europe/Berlin" in row
    shown = cli("schedules", "show", "hello", "--json").json
    assert shown["settings"] == {
        "cron": FAR, "timezone": "Europe/Berlin", "overlap": "buffer_one", "catch_up": "all",
        "params": {"n": 5}, "note": "rare",
    }  # fmt: skip
    changed = cli("schedules", "set", "hello:leap", "--every", "400d", "--clear", "note")
    assert changed.out.startswith("hello:leap version 2, next ")
    facts = dict(
        line.split(maxsplit=1)
        for line in cli("schedules", "show", "hello:leap").out.split("\n\n")[0].splitlines()
    )
    assert (facts["every"], facts["overlap"], facts["version"]) == ("400d", "buffer_one", "2")
    assert not {"note", "cron"} & facts.keys()
    assert cli("schedules", "rm", "hello:leap").out == "hello:leap\n"
    assert cli("schedules", "show", "hello:leap").code == 3


def test_the_short_form_and_names(cli: Shell, yard: Client) -> None:
    assert cli("schedules", "add", "hello", "400d").code == 0
    assert cli("schedules", "add", "hello", "@yearly").code == 0
    found = {one.name: one.settings for one in yard.all_schedules(task_id="hello")}
    assert found == {"default": {"every": "400d"}, "default-2": {"cron": "@yearly"}}
    both = cli("schedules", "add", "hello", "30m", "--every", "1h")
    assert both.code == 2
    assert "give one of them" in both.err


def test_refusals_have_a_reason_and_a_status(cli: Shell) -> None:
    wrong = cli("schedules", "add", "hello", "--cron", "0 25 * * *")
    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.err.count("25 is not in 0-23 (at character 3)") == 1
    zone = cli("schedules", "add", "hello", "--every", "1h", "--tz", "Europe/Berln")
    assert zone.code == 2
    assert "Europe/Berlin" in zone.err
    assert cli("schedules", "add", "nobody", "1h").code == 3
    assert cli("schedules", "add", "hello", "400d", "--name", "a").code == 0
    assert cli("schedules", "add", "hello", "400d", "--name", "a").code == 4
    nothing = cli("schedules", "set", "hello:a")
    assert nothing.code == 2
    assert "nothing to change" in nothing.err
    assert cli("schedules", "next").code == 2
    assert cli("schedules", "pause", "hello:b").code == 3


def test_a_definitions_schedule_is_edited_there(cli: Shell, yard: Client) -> None:
    yard.tasks.edit_settings("hello", {"schedule": FAR})
    eventually(lambda: yard.schedules.list(task_id="hello").items, what="the schedule is there")
    refused = cli("schedules", "set", "hello", "--every", "1h")
    assert refused.code == 4
    assert "definition" in refused.err
    assert cli("schedules", "pause", "hello").out == "hello:default paused\n"


def test_dry_runs_save_nothing(cli: Shell, yard: Client) -> None:
    tried = cli("schedules", "add", "hello", "--cron", "0 2 * * *", "--dry-run")
    assert "nothing is saved" in tried.err
    assert {row[0] for row in tried.rows} == {"+"}
    assert yard.schedules.list().items == []
    made = yard.schedules.create("hello", cron="0 2 * * *", timezone="Asia/Kathmandu")
    edit = cli("schedules", "set", "hello", "--cron", "0 2 * * 1-5", "--dry-run")
    assert {row[0] for row in edit.rows} == {"-"}
    assert {row[2] for row in edit.rows} == {"02:00:00"}
    assert {row[4] for row in edit.rows} == {"20:15:00"}  # UTC
    assert yard.schedules.get("hello").version == made.version


def test_next_fires_with_what_the_clocks_do(cli: Shell, yard: Client) -> None:
    shown = cli("schedules", "next", "--cron", "30 2 31 3 *", "--tz", "Europe/Berlin", "-n", "2")
    assert shown.out.startswith("EUROPE/BERLIN")
    assert len(shown.rows) == 2
    assert "02:30" in shown.err
    assert "30" in cli("schedules", "next", "--cron", "30 2 * * *", "--language", "zh").err
    at = cli("schedules", "next", "--at", "2030-03-31 02:30", "--tz", "Europe/Berlin")
    (row,) = at.rows
    assert row[:4] == ["2030-03-31", "02:30:00", "2030-03-31", "01:00:00"]
    assert len(row) > 5, "the gap is told"
    yard.schedules.create("hello", every="400d")
    assert len(cli("schedules", "next", "hello", "-n", "3").rows) == 3
    assert len(cli("schedules", "next", "hello", "-n", "3", "--json").json["items"]) == 3


def test_pause_resume_skip_trigger_and_why(cli: Shell, yard: Client) -> None:
    yard.schedules.create("hello", name="far", cron=FAR, argv=["ann"])
    assert cli("schedules", "pause", "hello:far", "--reason", "holiday").out.endswith("paused\n")
    assert cli("schedules", "show", "hello:far", "--json").json["pause_reason"] == "holiday"
    assert cli("schedules", "list", "--paused").rows[0][1] == "paused"
    assert cli("schedules", "resume", "hello:far").out == "hello:far active\n"
    skipped = cli("schedules", "skip-next", "hello:far", "-n", "2")
    assert skipped.out == "hello:far active, skips the next 2\n"
    run = cli("schedules", "trigger", "hello:far", "--follow")
    assert (run.code, run.out) == (0, "hello ann\n")
    (row,) = cli("schedules", "occurrences", "hello:far").rows
    assert row[3:5] == ["fired", "(triggered)"]
    assert cli("schedules", "occurrences", "hello:far", "--decision", "missed").out == ""
    told = cli("why", "hello:far")
    assert "triggered" in told.out.lower()
    assert told.out.splitlines()[-1].startswith("run ")
    run_id = told.out.splitlines()[-1].removeprefix("run ")
    assert "hello:far" in cli("show", run_id).out
    future = cli("why", "hello", "--at", "2028-02-29T02:00", "--json").json
    assert future["occurrence"] is None
    assert "skip" in future["sentence"]
    assert cli("why", "hello:far", "--at", "teatime").code == 2


def test_fires_are_in_the_ledger(cli: Shell, yard: Client) -> None:
    yard.schedules.create("hello", name="fast", every=1)
    fired = eventually(
        lambda: yard.schedules.occurrences("hello:fast", decision=["fired"]).items,
        what="it fires",
    )
    assert fired[0].run_id is not None
    assert yard.runs.get(fired[0].run_id).schedule_id == "hello:fast"
    assert any("hello:fast" in row for row in cli("upcoming", "--hours", "0.1").rows)
    feed = cli("upcoming", "--ics")
    assert feed.out.startswith("BEGIN:VCALENDAR")
    listed = cli("schedules", "occurrences", "hello:fast", "--since", "5m", "--json").json
    assert listed[-1]["schedule_id"] == "hello:fast"


def test_backfill(cli: Shell, yard: Client) -> None:
    yard.schedules.create("hello", cron="0 2 * * *")
    words = ("schedules", "backfill", "hello", "--from", "2026-01-01", "--to", "2026-01-03 12:00")
    tried = cli(*words, "--dry-run")
    assert [row[0] for row in tried.rows] == ["2026-01-01", "2026-01-02", "2026-01-03"]
    assert "nothing is started" in tried.err
    assert len(cli(*words, "--json").json) == 3
    assert "nothing was planned" in cli(*words).err
    assert cli("schedules", "backfill", "hello", "--from", "soon", "--to", "later").code == 2


CLOSED = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n"
    "DTSTART;VALUE=DATE:20281225\r\nSUMMARY:Closed\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def test_calendars(cli: Shell, yard: Client, tmp_path: Path) -> None:
    assert cli("calendars").err == "no calendars\n"
    made = cli(
        "calendars", "set", "workdays", "--weekdays", "mon,tue,wed,thu,fri", "--holidays", "DE-BY",
        "--exclude", "2028-12-27/2028-12-29", "--note", "office",
    )  # fmt: skip
    assert made.code == 0, made.err
    assert made.out == "workdays: weekdays mon tue wed thu fri, holidays DE-BY, exclude 1\n"
    file = tmp_path / "closed.ics"
    file.write_text(CLOSED)
    assert cli("calendars", "import", str(file)).out == "closed: exclude 1\n"
    shown = cli("calendars", "show", "closed", "--from", "2028-12-24", "-n", "3", "--json").json
    assert [day["included"] for day in shown["days"]] == [True, False, True]
    text = cli("calendars", "show", "workdays", "--from", "2028-12-26", "-n", "2").out
    assert "2028-12-27  Wed  no" in text
    assert [row[0] for row in cli("calendars", "list").rows] == ["closed", "workdays"]
    yard.schedules.create("hello", cron=FAR, calendar="workdays")
    used = cli("calendars", "rm", "workdays")
    assert used.code == 4
    assert "hello:default" in used.err
    assert cli("calendars", "rm", "closed").out == "closed\n"
    assert cli("calendars", "set", "x", "--holidays", "ZZ").code == 2
    assert cli("calendars", "import", str(tmp_path / "none.ics")).code == 2
    assert cli("calendars", "import", "-", stdin=CLOSED).code == 2
    assert cli("calendars", "import", "-", "--name", "again", stdin=CLOSED).code == 0


BROKEN = """\
# /// script
# [tool.runyard]
# schedule = "0 99 * * *"
#
# [[tool.runyard.schedules]]
# name = "good"
# every = "1s"
# ///
print("fired")
"""


def test_a_wrong_schedule_leaves_the_others(
    cli: Shell, yard: Client, shared_server: Server
) -> None:
    shared_server.write_task("half", BROKEN)
    eventually(
        lambda: yard.schedules.occurrences("half:good", decision=["fired"]).items,
        what="the good one fires",
    )
    assert [row[0] for row in cli("schedules", "list", "--task", "half").rows] == ["half:good"]
    shown = cli("tasks", "show", "half").out
    assert "half.py:3: tool.runyard.schedule schedule 'default' is left out" in shown
    yard.tasks.delete("half", cancel_runs=True)
