"""Crontab files as cron reads them: every line accounted for, every job what cron would run."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.definitions.crontab.drafts import ImportRules, about_variable, draft_tasks
from runyard.definitions.crontab.here_document import with_input, without_input
from runyard.definitions.crontab.reading import Job, Line, LineKind, read_crontab
from runyard.definitions.settings import check_settings
from runyard.domain.schedules.spec import CatchUp, Overlap

USER = r"""# m h dom mon dow command
SHELL=/bin/bash
MAILTO="ops@example.org"
'A B' = 'no'
"B" = ' kept '
# Nightly backup
# of everything
0 2 * * * /usr/bin/backup.sh --all # nightly
CRON_TZ=Europe/Berlin
*/5 * * * * date +\%F > /tmp/x%hello%world
@reboot /usr/bin/start
0 25 * * * /bin/wrong
#15 3 * * * /bin/off
# name: my job
30 4 1,15 * 5 cd /x && flock -n /tmp/lock python3 run.py
0~30 ~ 10~/2 * * /bin/random
@every_minute /bin/often
* * * * *
"""

SYSTEM = """\
17 *\t* * *\troot    cd / && run-parts --report /etc/cron.hourly
25 6 * * * root test -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily )
0 3 * * * www-data php /srv/app/clean.php
0 4 * * *
"""


def _jobs(text: str, *, system: bool = False) -> dict[int, Job]:
    lines = read_crontab(text, system=system)
    return {line.number: line.job for line in lines if line.job is not None}


def test_every_line_is_something() -> None:
    lines = read_crontab(USER)
    assert "\n".join(line.text for line in lines) == USER
    kinds = {line.number: line.kind for line in lines}
    assert [n for n, kind in kinds.items() if kind is LineKind.JOB] == [8, 10, 11, 15, 16, 17]
    assert [n for n, kind in kinds.items() if kind is LineKind.WRONG] == [12, 18]
    assert [n for n, kind in kinds.items() if kind is LineKind.VARIABLE] == [2, 3, 4, 5, 9]
    remarks = {line.number: line.remark for line in lines}
    assert "25 is not in 0-23 (at character 3)" in remarks[12]
    assert remarks[13] == "a job that is commented out"
    assert remarks[18] == "this is not a time and a command"


def test_jobs_have_what_stands_above_them() -> None:
    jobs = _jobs(USER)
    assert jobs[8].variables == {
        "SHELL": "/bin/bash", "MAILTO": "ops@example.org", "A B": "no", "B": " kept ",
    }  # fmt: skip
    assert (jobs[8].note, jobs[8].command) == (
        "Nightly backup\nof everything",
        "/usr/bin/backup.sh --all # nightly",
    )
    assert jobs[10].variables["CRON_TZ"] == "Europe/Berlin"
    assert (jobs[10].command, jobs[10].stdin) == ("date +%F > /tmp/x", "hello\nworld\n")
    assert (jobs[15].name, jobs[15].note) == ("my job", "")
    assert jobs[16].cron == "H(0-30) H(0-23) H(10-31)/2 * *"
    assert jobs[17].cron == "* * * * *"


def test_the_system_format_has_a_user() -> None:
    jobs = _jobs(SYSTEM, system=True)
    assert [(job.user, job.cron) for job in jobs.values()] == [
        ("root", "17 * * * *"), ("root", "25 6 * * *"), ("www-data", "0 3 * * *"),
    ]  # fmt: skip
    assert jobs[1].command == "cd / && run-parts --report /etc/cron.hourly"
    assert read_crontab(SYSTEM, system=True)[3].kind is LineKind.WRONG


@pytest.mark.parametrize(
    ("written", "command", "stdin"),
    [
        ("mail bob%Hi%%Bye%", "mail bob", "Hi\n\nBye\n"),
        (r"echo 5\%", "echo 5%", None),
        (r"cat%a\%b", "cat", "a%b\n"),
        ("cat%", "cat", "\n"),
    ],
)
def test_percent_signs(written: str, command: str, stdin: str | None) -> None:
    (job,) = _jobs(f"@daily {written}\n").values()
    assert (job.command, job.stdin) == (command, stdin)


@given(st.text(max_size=200), st.booleans())
def test_no_text_makes_it_raise_and_no_line_is_lost(text: str, system: bool) -> None:
    lines = read_crontab(text, system=system)
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    assert all((line.kind is LineKind.JOB) == (line.job is not None) for line in lines)
    bare = text.removeprefix("\ufeff")
    assert len(lines) == bare.count("\n") + 1


def test_tasks_of_jobs_pass_the_servers_check() -> None:
    drafts = draft_tasks(_jobs(USER).values(), ImportRules(homes={"": "/home/ann"}))
    assert [draft.task_id for draft in drafts] == [
        "backup", "date", "start", "my-job", "random", "often",
    ]  # fmt: skip
    by_id = {draft.task_id: draft for draft in drafts}
    assert [draft.task_id for draft in drafts if draft.refused] == []
    spec = check_settings(by_id["date"].settings, executor="shell")
    (schedule,) = spec.schedules
    assert (schedule.name, schedule.spec.cron) == ("default", "*/5 * * * *")
    assert schedule.spec.timezone == "Europe/Berlin"
    assert (schedule.spec.overlap, schedule.spec.catch_up) == (Overlap.ALLOW_ALL, CatchUp.NONE)
    assert (spec.env, spec.labels, spec.concurrency) == ({"B": " kept "}, ("crontab",), 0)
    assert spec.config["cwd"] == "/home/ann"
    assert spec.config["command"][:2] == ["/bin/bash", "-c"]
    assert any("when the server starts" in remark for remark in by_id["start"].remarks)
    assert by_id["backup"].settings["description"] == "Nightly backup\nof everything"


def test_ids_do_not_depend_on_the_order_of_lines() -> None:
    lines = ["0 1 * * * /bin/sync a", "0 2 * * * /bin/sync b", "0 3 * * * /usr/bin/rsync c"]
    ids = {}
    for order in (lines, lines[::-1]):
        jobs = list(_jobs("\n".join(order)).values())
        drafts = draft_tasks(jobs, ImportRules(prefix="old-"))
        ids[tuple(order)] = {
            job.command: draft.task_id for job, draft in zip(jobs, drafts, strict=True)
        }
    first, second = ids.values()
    assert first == second
    assert first["/usr/bin/rsync c"] == "old-rsync"
    assert len(set(first.values())) == 3
    same = draft_tasks(_jobs("@daily /bin/a\n@weekly /bin/a\n").values(), ImportRules())
    assert len({draft.task_id for draft in same}) == 2


def test_what_can_not_be_a_task_says_why() -> None:
    jobs = _jobs(SYSTEM, system=True).values()
    drafts = draft_tasks(jobs, ImportRules(users=frozenset({"root"})))
    assert [draft.refused is None for draft in drafts] == [True, True, False]
    assert "user www-data" in (drafts[2].refused or "")
    (draft,) = draft_tasks(_jobs("CRON_TZ=Mars/Base\n@daily x\n").values(), ImportRules())
    assert "Mars/Base" in (draft.refused or "")
    (late,) = draft_tasks(_jobs("RANDOM_DELAY=6\n@daily x\n").values(), ImportRules())
    assert late.settings["schedule"]["jitter"] == "6m"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), max_size=30))
def test_input_reaches_the_command_as_cron_gives_it(line: str) -> None:
    stdin = f"{line}\nINPUT\n$HOME `x`\n"
    text = with_input("cat", stdin)
    assert without_input(text) == ("cat", stdin)


def test_the_here_document_is_what_a_shell_reads() -> None:
    text = with_input("cat; exit 3", "a\nINPUT\n$HOME\n")
    done = subprocess.run(["/bin/sh", "-c", text], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "a\nINPUT\n$HOME\n")
    assert without_input("echo plain") == ("echo plain", None)


def test_every_variable_has_a_sentence() -> None:
    said = {
        line.variable[0]: about_variable(*line.variable)
        for line in read_crontab(USER + "RANDOM_DELAY=soon\nRUNYARD_URL=x\nTZ=UTC\n")
        if line.variable is not None
    }
    assert "not by mail" in said["MAILTO"]
    assert said["SHELL"] == "the shell of the jobs below"
    assert said["CRON_TZ"] == "the time zone of the schedules below"
    assert said["A B"].startswith("left out: a name with a blank")
    assert said["RANDOM_DELAY"].startswith("left out: this is no number")
    assert said["RUNYARD_URL"].startswith("left out: the platform")
    assert said["TZ"] == "an environment variable of the jobs below"


def test_lines_are_frozen() -> None:
    (line,) = read_crontab("@daily x")
    assert isinstance(line, Line)
    assert line == read_crontab("@daily x")[0]
