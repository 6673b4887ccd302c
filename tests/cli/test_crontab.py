"""`runyard import crontab` and `runyard export` against the real server."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest

from runyard.definitions.crontab.reading import read_crontab
from runyard.sdk.client import Client
from tests.cli.scheduling import cli, yard
from tests.cli.shell import Shell

__all__ = ["cli", "yard"]

TABLE = """\
SHELL=/bin/bash
MAILTO=ops@example.org
GREETING='good day'
# Nightly backup
0 2 29 2 * echo "backup $GREETING" # nightly
CRON_TZ=Europe/Berlin
5 2 29 2 * cat%hello%world
0 25 * * * /bin/wrong
@reboot true
"""


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "crontab"
    path.write_text(TABLE)
    return str(path)


def test_every_line_is_told_and_a_dry_run_makes_nothing(
    cli: Shell, yard: Client, table: str
) -> None:
    tried = cli("import", "crontab", table, "--dry-run", "--json")
    assert tried.code == 1  # there is a wrong line
    results = {entry["line"]: (entry["result"], entry["task"]) for entry in tried.json}
    assert results == {
        1: ("variable", None), 2: ("variable", None), 3: ("variable", None),
        4: ("comment", None), 5: ("created", "echo"), 6: ("variable", None),
        7: ("created", "cat"), 8: ("wrong", None), 9: ("created", "true"), 10: ("blank", None),
    }  # fmt: skip
    assert [task.id for task in yard.all_tasks()] == ["hello"]
    text = cli("import", "crontab", "-", "--dry-run", stdin=TABLE)
    assert "not by mail" in text.out
    assert "nothing is saved: 3 created, 1 wrong" in text.err


def test_importing_twice_changes_nothing(
    cli: Shell, yard: Client, table: str, tmp_path: Path
) -> None:
    first = cli("import", "crontab", table, "--cwd", str(tmp_path))
    assert "3 created" in first.err
    assert "cron still runs these jobs" in first.err
    tasks = {task.id: task for task in yard.all_tasks(label="crontab")}
    assert set(tasks) == {"echo", "cat", "true"}
    assert tasks["echo"].spec["description"] == "Nightly backup"
    schedule = yard.schedules.get("cat")
    assert (schedule.timezone, schedule.settings["overlap"]) == ("Europe/Berlin", "allow_all")
    again = cli("import", "crontab", table, "--cwd", str(tmp_path))
    assert "3 unchanged" in again.err
    versions = {task.id: task.version for task in yard.all_tasks(label="crontab")}
    assert versions == {task.id: task.version for task in tasks.values()}
    echo = yard.submit("echo", wait_s=60)
    lines = [line.text for line in yard.runs.log(echo.id).lines if line.stream == "stdout"]
    assert lines == ["backup good day"]
    cat = yard.submit("cat", wait_s=60)
    lines = [line.text for line in yard.runs.log(cat.id).lines if line.stream == "stdout"]
    assert lines == ["hello", "world"]


def test_what_was_changed_is_left_alone(cli: Shell, yard: Client, table: str) -> None:
    yard.tasks.create("true", "print(1)\n")
    cli("import", "crontab", table)
    yard.tasks.edit_settings("echo", {"title": "mine"})
    told = {
        entry["task"]: entry["result"]
        for entry in cli("import", "crontab", table, "--json").json
        if entry["task"]
    }
    assert told == {"echo": "differs", "cat": "unchanged", "true": "taken"}
    assert yard.tasks.get("echo").spec["title"] == "mine"
    over = cli("import", "crontab", table, "--overwrite", "--prefix", "", "--json").json
    assert {one["task"]: one["result"] for one in over if one["task"]}["echo"] == "replaced"
    assert yard.tasks.get("echo").spec["title"] != "mine"
    prefixed = cli("import", "crontab", table, "--prefix", "old-", "--paused", "--json").json
    assert {one["task"] for one in prefixed if one["task"]} == {"old-echo", "old-cat", "old-true"}
    assert yard.schedules.get("old-true").paused


def test_the_system_format_and_other_users(cli: Shell, yard: Client) -> None:
    me = getpass.getuser()
    text = f"0 2 29 2 * {me} echo mine\n0 2 29 2 * nobody echo theirs\n"
    told = cli("import", "crontab", "-", "--system", "--json", stdin=text)
    assert told.code == 1
    assert [one["result"] for one in told.json if one["task"]] == ["created", "refused"]
    assert "user nobody" in told.json[1]["remarks"][0]
    both = cli("import", "crontab", "-", "--system", "--any-user", "--json", stdin=text)
    assert [one["result"] for one in both.json if one["task"]] == ["unchanged", "created"]
    assert cli("import", "crontab", "/no/such/file").code == 2
    assert cli("import", "crontab", "-", "--overlap", "maybe", stdin=text).code == 2


def test_export_says_what_fires(cli: Shell, yard: Client, table: str, tmp_path: Path) -> None:
    cli("import", "crontab", table, "--cwd", "/tmp")
    yard.schedules.create("hello", cron="0 0 L * *", argv=["x y"])
    written = cli("export", "crontab")
    assert written.code == 0, written.err
    jobs = {one.job.name: one.job for one in read_crontab(written.out) if one.job}
    assert set(jobs) == {"echo:default", "cat:default", "true:default"}
    assert jobs["cat:default"].stdin == "hello\nworld\n"
    assert jobs["echo:default"].cron == "0 2 29 2 *"
    assert "# cron can't say it: it has L, W or # in a day field" in written.out
    units = tmp_path / "units"
    done = cli("export", "systemd", str(units), "--tasks", str(tmp_path))
    assert done.code == 0, done.err
    service = (units / "runyard-hello-default.service").read_text()
    assert "ExecStart=/bin/sh -c \"python3 hello.py 'x y'\"" in service
    timer = (units / "runyard-hello-default.timer").read_text()
    assert "OnCalendar=*-*~01 00:00:00\n" in timer
    only = cli("export", "crontab", "--task", "hello")
    assert "cat:default" not in only.out
