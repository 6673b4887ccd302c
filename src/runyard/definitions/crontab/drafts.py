"""The tasks that a crontab's jobs become, and what of each job has no counterpart."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from runyard.definitions.crontab.here_document import with_input
from runyard.definitions.crontab.reading import Job
from runyard.definitions.settings import check_settings
from runyard.definitions.task_ids import MAX_BYTES, check_task_id
from runyard.domain.errors import Invalid
from runyard.domain.schedules.spec import CatchUp, Overlap

LABEL = "crontab"  # of every task that was imported
DEFAULT_TIMEOUT = "1d"
_SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh", "mksh"})
_PROGRAM = re.compile(r"[A-Za-z][\w.+-]*")
_TAKE_ONE = frozenset({"cd", "flock", "test"})  # and their argument is no program either
_WRAPPERS = frozenset(
    {"nice", "ionice", "timeout", "env", "sudo", "exec", "chronic", "time", "nohup", "setsid"}
    | {"python", "python3", "perl", "php", "ruby", "node", "uv", "run", "if", "then", "root"}
)
_PLAIN_SHELL = "/bin/sh"
_BY_MAIL = "left out: output goes to the run's log, not by mail"
_SERVERS_USER = "left out: runs have the server's user"
_OWN = {  # become settings
    "SHELL": "the shell of the jobs below",
    "HOME": "the folder in which the jobs below start",
    "CRON_TZ": "the time zone of the schedules below",
    "RANDOM_DELAY": "the jitter of the schedules below",
}
_LEFT_OUT = {
    **dict.fromkeys(("MAILTO", "MAILFROM", "CONTENT_TYPE", "CONTENT_TRANSFER_ENCODING"), _BY_MAIL),
    **dict.fromkeys(("LOGNAME", "USER"), _SERVERS_USER),
}
_TITLE_LENGTH = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRules:
    """How jobs become tasks.

    `users` are those whose jobs may be imported, as the server runs everything as one user; None:
    any. `homes` are the folders in which cron starts each user's jobs ("" is the crontab's owner).
    """

    prefix: str = ""
    users: frozenset[str] | None = None
    homes: Mapping[str, str] = field(default_factory=dict)
    overlap: Overlap = Overlap.ALLOW_ALL  # cron starts a job beside its earlier run
    catch_up: CatchUp = CatchUp.NONE  # cron makes up for nothing
    timeout: str = DEFAULT_TIMEOUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A task to be made: `settings` as a typed task has them. `refused`: why it can't be."""

    line: int
    task_id: str
    settings: dict[str, Any]
    remarks: tuple[str, ...] = ()
    refused: str | None = None


def draft_tasks(jobs: Iterable[Job], rules: ImportRules) -> list[Draft]:
    """One task for each job, in order; the same file gives the same tasks.

    Ids come from names and commands. Where two would be the same, all of them get a few signs of
    a digest, so that the order of the lines means nothing.
    """
    listed = list(jobs)
    stems = [_stem(job, rules.prefix) for job in listed]
    count = Counter(stems)
    seen: Counter[str] = Counter()
    drafts = []
    for job, stem in zip(listed, stems, strict=True):
        task_id = stem
        if count[stem] > 1:
            digest = _digest(job)
            seen[digest] += 1
            again = f"-{seen[digest]}" if seen[digest] > 1 else ""
            task_id = f"{stem}-{digest}{again}"
        drafts.append(_draft(job, task_id, rules))
    return drafts


def _stem(job: Job, prefix: str) -> str:
    words = re.sub(r"[^\w.-]+", "-", job.name or _program(job.command)).strip("-._").lower()
    short = words.encode()[: MAX_BYTES // 2].decode(errors="ignore")
    stem = f"{prefix}{short or 'job'}"
    try:
        return check_task_id(stem)
    except Invalid:
        return check_task_id(f"{prefix}job-{_digest(job)}")


def _program(command: str) -> str:
    """The name of what the command starts, without its folder and what only wraps it."""
    try:
        words = shlex.split(command, comments=True)
    except ValueError:
        words = command.split()
    is_argument = False
    for word in words:
        name = PurePosixPath(word).name
        if not _PROGRAM.fullmatch(name):
            continue
        if is_argument:
            is_argument = False
        elif name in _TAKE_ONE:
            is_argument = True
        elif name not in _WRAPPERS and name not in _SHELLS:
            return PurePosixPath(name).stem
    return "job"


def _digest(job: Job) -> str:
    text = "\0".join([job.user or "", job.command, job.stdin or ""])
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def _draft(job: Job, task_id: str, rules: ImportRules) -> Draft:
    remarks: list[str] = []
    settings = {
        "title": _title(job),
        "description": job.note,
        "labels": [LABEL],
        "concurrency": 0 if rules.overlap is Overlap.ALLOW_ALL else 1,
        "timeout": rules.timeout,
        "env": _environment(job),
        "config": _config(job, rules, remarks),
        "schedule": _schedule(job, rules, remarks),
    }
    kept = {key: value for key, value in settings.items() if value not in ("", {})}
    refused = _wrong(kept)
    if job.user is not None and rules.users is not None and job.user not in rules.users:
        refused = f"it is a job of the user {job.user}, and runs have the server's user"
    return Draft(
        line=job.line,
        task_id=task_id,
        settings={"type": "shell", **kept},
        remarks=tuple(dict.fromkeys(remarks)),
        refused=refused,
    )


def _wrong(settings: Mapping[str, Any]) -> str | None:
    try:
        check_settings(settings, executor="shell")
    except Invalid as error:
        return error.message
    return None


def _title(job: Job) -> str:
    text = " ".join((job.name or job.command).split())
    return text if len(text) <= _TITLE_LENGTH else f"{text[: _TITLE_LENGTH - 3]}..."


def about_variable(name: str, value: str) -> str:
    """What becomes of a line `NAME=VALUE`."""
    if name in _LEFT_OUT:
        return _LEFT_OUT[name]
    if name == "RANDOM_DELAY" and not value.isdecimal():
        return "left out: this is no number of minutes"
    if name in _OWN:
        return _OWN[name]
    if name.startswith("RUNYARD_"):
        return "left out: the platform sets such names"
    if re.search(r"\s", name):
        return "left out: a name with a blank can't be passed on"
    return "an environment variable of the jobs below"


def _environment(job: Job) -> dict[str, str]:
    return {
        name: value
        for name, value in job.variables.items()
        if name not in _OWN and not about_variable(name, value).startswith("left out")
    }


def _config(job: Job, rules: ImportRules, remarks: list[str]) -> dict[str, Any]:
    shell = job.variables.get("SHELL", _PLAIN_SHELL)
    line = job.command
    if job.stdin is not None:
        if PurePosixPath(shell).name not in _SHELLS:
            remarks.append(f"its input (after %) may not work with {shell}")
        line = with_input(line, job.stdin)
    command = line if shell == _PLAIN_SHELL else [shell, "-c", line]
    home = job.variables.get("HOME") or rules.homes.get(job.user or "")
    return {"command": command} if home is None else {"command": command, "cwd": home}


def _schedule(job: Job, rules: ImportRules, remarks: list[str]) -> dict[str, Any]:
    schedule: dict[str, Any] = {"cron": job.cron}
    if zone := job.variables.get("CRON_TZ"):
        schedule["timezone"] = zone
    delay = job.variables.get("RANDOM_DELAY", "")
    if delay.isdecimal():
        schedule["jitter"] = f"{int(delay)}m"
    if job.cron.lower() == "@reboot":
        remarks.append("@reboot fires when the server starts, not when the machine does")
    schedule["overlap"] = rules.overlap.value
    schedule["catch_up"] = rules.catch_up.value
    return schedule
