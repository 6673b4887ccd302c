"""Reads a crontab file, line by line, as cron itself reads it (Vixie cron and cronie).

Nothing is dropped: every line of the file is a `Line` that says what it is. User crontabs have
five fields and a command; system ones (`/etc/crontab`, `/etc/cron.d`) a user between the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from runyard.domain.errors import Invalid
from runyard.domain.schedules.cron_expression import parse_cron

_VARIABLE = re.compile(
    r"""\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s="']+))\s*=\s*(?P<value>.*)"""
)
_SYSTEM_JOB = re.compile(r"(?P<cron>@\S+|(?:\S+\s+){4}\S+)\s+(?P<user>\S+)\s+(?P<command>\S.*)")
_USER_JOB = re.compile(r"(?P<cron>@\S+|(?:\S+\s+){4}\S+)\s+(?P<command>\S.*)")
_SOMEWHERE = re.compile(r"(?P<low>\d*)~(?P<high>\d*)(?P<step>/\d+)?")
_NAME = re.compile(r"#\s*name:\s*(?P<name>\S.*)", re.IGNORECASE)
_COLUMN_TITLES = re.compile(r"#?\s*m(in(ute)?)?s?\s+h(our)?s?\s+d", re.IGNORECASE)
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))  # of each field
_WORDS = {"@every_minute": "* * * * *"}


class LineKind(StrEnum):
    BLANK = "blank"
    COMMENT = "comment"
    VARIABLE = "variable"
    JOB = "job"
    WRONG = "wrong"  # neither cron nor we can read it


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a line asks for, with the variables that stand above it.

    `cron` is an expression that Runyard reads, `command` the line for the shell with `%` resolved,
    `stdin` what follows the first `%` (its lines end with a newline). `name` and `note` come from
    the comments directly above.
    """

    line: int
    cron: str
    command: str
    stdin: str | None = None
    user: str | None = None
    variables: dict[str, str] = field(default_factory=dict)
    name: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the file. `remark` says what a person should know about it."""

    number: int  # from 1
    text: str
    kind: LineKind
    remark: str = ""
    variable: tuple[str, str] | None = None  # name and value
    job: Job | None = None


@dataclass(slots=True)
class _State:
    variables: dict[str, str] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)


def read_crontab(text: str, *, system: bool = False) -> tuple[Line, ...]:
    """Every line of a crontab file, in order; never raises."""
    state = _State()
    return tuple(
        _read_line(number, line, state, system=system)
        for number, line in enumerate(_lines(text), start=1)
    )


def _lines(text: str) -> Iterator[str]:
    for line in text.removeprefix("\ufeff").split("\n"):
        yield line.removesuffix("\r")


def _read_line(number: int, text: str, state: _State, *, system: bool) -> Line:
    bare = text.strip()
    if not bare:
        state.comments.clear()
        return Line(number=number, text=text, kind=LineKind.BLANK)
    if bare.startswith("#"):
        state.comments.append(bare)
        is_job = _is_job(bare.lstrip("# \t"), system=system)
        remark = "a job that is commented out" if is_job else ""
        return Line(number=number, text=text, kind=LineKind.COMMENT, remark=remark)
    if match := _VARIABLE.fullmatch(text):
        name = next(match[one] for one in ("double", "single", "bare") if match[one] is not None)
        value = _unquoted(match["value"].strip())
        state.variables[name] = value
        state.comments.clear()
        return Line(number=number, text=text, kind=LineKind.VARIABLE, variable=(name, value))
    line = _read_job(number, text, state, system=system)
    state.comments.clear()
    return line


def _unquoted(value: str) -> str:
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if is_quoted else value


def _is_job(text: str, *, system: bool) -> bool:
    match = (_SYSTEM_JOB if system else _USER_JOB).fullmatch(text)
    if match is None:
        return False
    try:
        parse_cron(_expression(match["cron"]))
    except Invalid:
        return False
    return True


def _read_job(number: int, text: str, state: _State, *, system: bool) -> Line:
    match = (_SYSTEM_JOB if system else _USER_JOB).fullmatch(text.strip())
    if match is None:
        shape = "a time, a user and a command" if system else "a time and a command"
        return Line(number=number, text=text, kind=LineKind.WRONG, remark=f"this is not {shape}")
    cron = _expression(match["cron"])
    try:
        parse_cron(cron)
    except Invalid as error:
        return Line(number=number, text=text, kind=LineKind.WRONG, remark=error.message)
    command, stdin = _split_input(match["command"])
    name, note = _about(state.comments)
    job = Job(
        line=number,
        cron=cron,
        command=command,
        stdin=stdin,
        user=match["user"] if system else None,
        variables=dict(state.variables),
        name=name,
        note=note,
    )
    return Line(number=number, text=text, kind=LineKind.JOB, job=job)


def _expression(written: str) -> str:
    """The expression in our words: `~` (a random value, drawn at load) is `H`."""
    if written.startswith("@"):
        return _WORDS.get(written.lower(), written)
    fields = written.split()
    return " ".join(
        ",".join(_drawn(item, low=low, high=high) for item in one.split(","))
        for one, (low, high) in zip(fields, _RANGES, strict=True)
    )


def _drawn(item: str, *, low: int, high: int) -> str:
    match = _SOMEWHERE.fullmatch(item)
    if match is None:
        return item
    return f"H({match['low'] or low}-{match['high'] or high}){match['step'] or ''}"


def _split_input(written: str) -> tuple[str, str | None]:
    r"""The command, and its input: the first `%` ends the one, more are newlines, `\%` is `%`."""
    parts = [part.replace(r"\%", "%") for part in re.split(r"(?<!\\)%", written)]
    if len(parts) == 1:
        return parts[0], None
    return parts[0], "\n".join(parts[1:]).removesuffix("\n") + "\n"


def _about(comments: list[str]) -> tuple[str | None, str]:
    """The name and the note in the comments directly above a job."""
    names = [match["name"] for one in comments if (match := _NAME.fullmatch(one))]
    kept = [
        one.lstrip("#").strip()
        for one in comments
        if not _NAME.fullmatch(one) and not _COLUMN_TITLES.match(one.lstrip("# "))
    ]
    is_note = not any(_is_job(one, system=False) or _is_job(one, system=True) for one in kept)
    return (names[-1] if names else None), "\n".join(kept).strip() if is_note else ""
