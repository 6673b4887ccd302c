"""Schedules as crontabs and systemd timers: what is written fires when the schedule does."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from runyard.definitions.crontab.exported import Exported
from runyard.definitions.crontab.here_document import with_input
from runyard.definitions.crontab.reading import read_crontab
from runyard.definitions.crontab.systemd import timer_lines, write_units
from runyard.definitions.crontab.writing import cron_line, write_crontab
from runyard.definitions.schedule_settings import check_schedule
from runyard.domain.schedules.spec import CatchUp, Overlap, ScheduleSpec
from runyard.domain.schedules.timeline import make_timeline

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _item(**fields: Any) -> Exported:
    return Exported(**{"server_command": "runyard run long --wait", **fields})


def _fires(spec: ScheduleSpec, count: int, *, key: str = "t:default") -> list[datetime]:
    timeline = make_timeline(spec, default_zone="UTC", anchor=NOW, key=key, calendar=None)
    found: list[datetime] = []
    for fire in timeline.after(NOW):
        if fire.skipped is None:
            found.append(fire.at)
        if len(found) == count:
            break
    return found


@pytest.mark.parametrize(
    "cron",
    ["0 2 * * *", "*/5 9-17 1,15 * 5", "H H(2-4) * * *", "0 0 ? * MON-FRI", "30 22-2 * * fri-mon",
     "@weekly", "15 3 */2 * 3", "0 0 * march thursday", "0 12 13 * ?"],
)  # fmt: skip
def test_a_crontab_line_fires_when_the_schedule_does(cron: str) -> None:
    spec = ScheduleSpec(cron=cron)
    line, reason = cron_line(spec, key="t:default")
    assert line is not None, reason
    assert "H" not in line
    assert _fires(ScheduleSpec(cron=line), 40) == _fires(spec, 40)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"cron": "0 0 L * *"}, "L, W or #"),
        ({"cron": "0 0 * * 5#2"}, "L, W or #"),
        ({"cron": "*/10 * * * * *"}, "seconds"),
        ({"cron": "0 0 13 * 5", "day_match": "and"}, "day_match"),
        ({"at": "2026-05-01"}, "once"),
        ({"every": "7m"}, "evenly"),
        ({"rrule": "FREQ=DAILY"}, "rrule"),
        ({"cron": "@daily", "end": "2026-05-01", "max_fires": 3}, "end, max_fires"),
        ({"cron": "@daily", "calendar": "workdays"}, "calendar"),
    ],
)
def test_what_cron_can_not_say_has_a_reason(settings: dict[str, Any], reason: str) -> None:
    spec = check_schedule(settings)
    line, why = cron_line(spec, key="t:default")
    assert line is None
    assert reason in why
    text = write_crontab([_item(schedule_id="t:default", spec=spec, command="x")])
    assert f"# cron can't say it: {why}" in text
    assert [one for one in read_crontab(text) if one.job is not None] == []


def test_a_line_break_never_reaches_the_crontab() -> None:
    item = _item(
        schedule_id="t:default",
        spec=ScheduleSpec(cron="@daily"),
        command="x",
        env={"A": "1\n* * * * * evil"},
    )
    text = write_crontab([item])
    assert "more than one line" in text
    assert [one for one in read_crontab(text) if one.job is not None] == []


@pytest.mark.parametrize(
    ("every", "line"),
    [("5m", "*/5 * * * *"), ("1h", "0 * * * *"), ("6h", "0 */6 * * *"), ("1d", "0 0 * * *")],
)
def test_intervals_that_divide_evenly(every: str, line: str) -> None:
    assert cron_line(check_schedule({"every": every}), key="")[0] == line


def test_what_is_written_is_read_again() -> None:
    items = [
        _item(
            schedule_id="backup:default",
            spec=ScheduleSpec(cron="0 2 * * *", timezone="Europe/Berlin"),
            command=with_input("mail -s '100%' ann", "hi\n50%\n"),
            env={"A": "x y"},
            cwd="/srv/it's",
            title="Backup",
        ),
        _item(
            schedule_id="a:default",
            spec=ScheduleSpec(cron="@daily", overlap=Overlap.ALLOW_ALL, catch_up=CatchUp.NONE),
            command="echo a",
            shell="/bin/bash",
        ),
        _item(
            schedule_id="off:default", spec=ScheduleSpec(cron="@daily"), command="x", paused=True
        ),
        _item(schedule_id="long:default", spec=ScheduleSpec(cron="@daily"), command="a\nb"),
    ]
    text = write_crontab(items)
    jobs = {one.job.name: one.job for one in read_crontab(text) if one.job is not None}
    assert set(jobs) == {"backup:default", "a:default", "long:default"}
    backup = jobs["backup:default"]
    assert backup.variables["CRON_TZ"] == "Europe/Berlin"
    assert backup.command == ("export A='x y'; cd '/srv/it'\"'\"'s' || exit; mail -s '100%' ann")
    assert backup.stdin == "hi\n50%\n"
    assert "overlap = skip is left out" in backup.note
    assert jobs["a:default"].command == "/bin/bash -c 'echo a'"
    assert "CRON_TZ" not in jobs["a:default"].variables
    assert jobs["long:default"].command == "runyard run long --wait"
    assert "# paused: @daily x" in text


_CALENDAR = [
    "0 2 * * *", "*/5 9-17 1,15 * *", "0 0 13 * 5", "15 3 * 1,6-8 MON-FRI", "0 0 L * *",
    "0 0 L-2,10 * *", "0 8 * * 5#2,1#5", "0 8 * * 5L", "*/10 * * * * *", "0 0 */3 * 3",
    "H H * * *", "0 7 29 2 *",
]  # fmt: skip


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
@pytest.mark.parametrize("cron", _CALENDAR)
def test_a_timer_fires_when_the_schedule_does(cron: str) -> None:
    spec = ScheduleSpec(cron=cron, timezone="America/New_York")
    lines, reason = timer_lines(spec, key="t:default")
    assert lines is not None, reason
    fires: set[datetime] = set()
    for line in lines:
        fires |= _elapses(line.removeprefix("OnCalendar="), 12)
    assert sorted(fires)[:12] == _fires(spec, 12)


def _elapses(event: str, count: int) -> set[datetime]:
    command = ["systemd-analyze", "calendar", event, f"--iterations={count}",
               f"--base-time={NOW:%Y-%m-%d %H:%M:%S} UTC"]  # fmt: skip
    env = {"TZ": "UTC", "PATH": "/usr/bin:/bin", "LC_ALL": "C"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    return {
        datetime.strptime(line.split()[-3] + line.split()[-2], "%Y-%m-%d%H:%M:%S").replace(
            tzinfo=UTC
        )
        for line in done.stdout.splitlines()
        if line.strip().startswith(("Next elapse:", "Iter. #"))
    }


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        ({"every": "90s"}, ["OnActiveSec=90s", "OnUnitActiveSec=90s"]),
        ({"every": "90s", "at_once": True}, ["OnActiveSec=0", "OnUnitActiveSec=90s"]),
        ({"cron": "@reboot"}, ["OnBootSec=0"]),
        ({"at": "2026-05-01 08:00+02:00"}, ["OnCalendar=2026-05-01 06:00:00 UTC"]),
        (
            {"at": "2026-05-01 08:00", "timezone": "Asia/Tokyo"},
            ["OnCalendar=2026-05-01 08:00:00 Asia/Tokyo"],
        ),
        ({"cron": "0 0 15W * *"}, None),
        ({"cron": "0 0 28 * 5L", "day_match": "and"}, None),
        ({"rrule": "FREQ=DAILY"}, None),
    ],
)
def test_other_triggers(settings: dict[str, Any], lines: list[str] | None) -> None:
    assert timer_lines(check_schedule(settings), key="t:default")[0] == lines


def test_units_escape_what_systemd_would_replace() -> None:
    item = _item(
        schedule_id="a b:x",
        spec=ScheduleSpec(cron="0 2 * * *", jitter=timedelta(minutes=5), catch_up=CatchUp.ALL),
        command='echo "$HOME" 5% \\\n done',
        env={"A": 'x "y" $z'},
        title="50% off",
        paused=True,
    )
    units = write_units(item)
    assert units.name == "runyard-a-b-x"
    assert "Description=50%% off\n" in units.service
    assert 'Environment="A=x \\"y\\" $z"\n' in units.service
    assert 'ExecStart=/bin/sh -c "echo \\"$$HOME\\" 5%% \\\\\\n done"\n' in units.service
    assert units.timer is not None
    assert "RandomizedDelaySec=300s\nFixedRandomDelay=true\nPersistent=true\n" in units.timer
    assert "was paused" in units.timer
    assert "catch_up = all is left out" in units.timer
    none = write_units(_item(schedule_id="a:x", spec=ScheduleSpec(rrule="x"), command="y"))
    assert none.timer is None
    assert "There is no timer: it has rrule." in none.service


def test_zones_are_those_of_the_schedule() -> None:
    spec = ScheduleSpec(cron="0 2 * * *", timezone="Asia/Kathmandu")
    assert timer_lines(spec, key="")[0] == ["OnCalendar=*-*-* 02:00:00 Asia/Kathmandu"]
    assert _fires(spec, 1)[0].astimezone(ZoneInfo("Asia/Kathmandu")).hour == 2
