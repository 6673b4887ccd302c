"""`runyard import crontab`: make a task of each job, and account for every line."""

from __future__ import annotations

import getpass
import json
import pwd
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from runyard.cli import exits, output
from runyard.cli.connection import connect
from runyard.cli.options import Json
from runyard.domain.errors import Invalid
from runyard.sdk.errors import Conflict, NotFound
from runyard.sdk.errors import Invalid as ClientInvalid

if TYPE_CHECKING:
    from runyard.definitions.crontab.drafts import Draft, ImportRules
    from runyard.definitions.crontab.reading import Line
    from runyard.sdk.client import Client
    from runyard.sdk.objects import Task

E = TypeVar("E", bound=StrEnum)

app = typer.Typer(help="Make tasks of what runs elsewhere.", rich_markup_mode=None)

_NOT_IMPORTED = frozenset({"wrong", "refused", "differs", "taken"})
_SHOWN = 60  # characters of a line
_MESSAGE = "imported from a crontab"
LABEL = "crontab"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What became of one line of the file."""

    line: int
    result: str
    task: str | None = None
    remarks: tuple[str, ...] = ()
    text: str = ""


@app.callback()
def importing() -> None:
    """Make tasks of what runs elsewhere."""


@app.command()
def crontab(  # noqa: PLR0913 (a command's options)
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A crontab; - is stdin.")],
    *,
    system: Annotated[
        bool, typer.Option("--system", help="With a user before each command, as /etc/crontab.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be made.")
    ] = False,
    prefix: Annotated[
        str, typer.Option("--prefix", metavar="TEXT", help="Before each task's name.")
    ] = "",
    overlap: Annotated[
        str, typer.Option("--overlap", metavar="HOW", help="Of every schedule; cron runs both.")
    ] = "allow_all",
    catch_up: Annotated[
        str, typer.Option("--catch-up", metavar="HOW", help="Of every schedule; cron never does.")
    ] = "none",
    timeout: Annotated[
        str, typer.Option("--timeout", metavar="DURATION", help="Of every run; cron has none.")
    ] = "1d",
    cwd: Annotated[
        str | None,
        typer.Option("--cwd", metavar="DIR", help="Where jobs start; their user's home."),
    ] = None,
    any_user: Annotated[
        bool, typer.Option("--any-user", help="Also jobs of other users; all run as the server.")
    ] = False,
    paused: Annotated[
        bool, typer.Option("--paused", help="Pause the schedules until cron is switched off.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace imported tasks that were changed since.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a shell task with its schedule of each job of a crontab file.

    Every line is accounted for. Importing a file again changes nothing. The exit status is 1 when
    a job could not be imported.
    """
    from runyard.definitions.crontab.drafts import (  # noqa: PLC0415 (Pydantic)
        ImportRules,
        draft_tasks,
    )
    from runyard.definitions.crontab.reading import read_crontab  # noqa: PLC0415

    lines = read_crontab(_read(file), system=system)
    rules = _rules(
        ImportRules(prefix=prefix, timeout=timeout, users=None if any_user else _users()),
        overlap=overlap,
        catch_up=catch_up,
        cwd=cwd,
    )
    drafts = draft_tasks([line.job for line in lines if line.job is not None], rules)
    by_line = {draft.line: draft for draft in drafts}
    with connect(context) as client:
        importer = Importer(client=client, dry_run=dry_run, paused=paused, overwrite=overwrite)
        entries = [importer.entry(line, by_line.get(line.number)) for line in lines]
    _tell(entries, dry_run=dry_run, as_json=as_json)


def _read(file: str) -> str:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise Invalid(f"{file} can't be read: {error.strerror}") from None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _users() -> frozenset[str]:
    return frozenset({getpass.getuser()})


def _rules(rules: ImportRules, *, overlap: str, catch_up: str, cwd: str | None) -> ImportRules:
    from runyard.domain.schedules.spec import CatchUp, Overlap  # noqa: PLC0415

    return replace(
        rules,
        overlap=_word(Overlap, overlap, "--overlap"),
        catch_up=_word(CatchUp, catch_up, "--catch-up"),
        homes=_Homes(cwd),
    )


def _word(kind: type[E], text: str, option: str) -> E:
    try:
        return kind(text)
    except ValueError:
        known = ", ".join(one.value for one in kind)
        raise Invalid(f"{option} {text!r} is not known", hint=f"one of {known}") from None


class _Homes(Mapping[str, str]):
    """The folder in which cron starts each user's jobs: that given, else the user's home."""

    def __init__(self, given: str | None) -> None:
        self._given = given

    def __getitem__(self, user: str) -> str:
        if self._given is not None:
            return self._given
        return pwd.getpwnam(user).pw_dir if user else str(Path.home())

    def __iter__(self) -> Iterator[str]:
        return iter([one.pw_name for one in pwd.getpwall()])

    def __len__(self) -> int:
        return len(pwd.getpwall())


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """Makes the tasks, or says what it would make."""

    client: Client
    dry_run: bool
    paused: bool
    overwrite: bool

    def entry(self, line: Line, draft: Draft | None) -> Entry:
        """What becomes of a line; a refusal of the server is an entry too."""
        from runyard.definitions.crontab.drafts import about_variable  # noqa: PLC0415

        text = line.text.strip()
        if draft is None:
            remark = line.remark if line.variable is None else about_variable(*line.variable)
            remarks = (remark,) if remark else ()
            return Entry(line=line.number, result=line.kind.value, text=text, remarks=remarks)
        result, reason = ("refused", draft.refused) if draft.refused else self._import(draft)
        return Entry(
            line=line.number,
            result=result,
            task=draft.task_id,
            text=text,
            remarks=(*((reason,) if reason else ()), *draft.remarks),
        )

    def _import(self, draft: Draft) -> tuple[str, str | None]:
        try:
            task = self.client.tasks.get(draft.task_id)
        except NotFound:
            return self._create(draft)
        if LABEL not in task.spec.get("labels", ()):
            return "taken", "another task has this name; give a --prefix"
        if _settings(task) == draft.settings:
            return "unchanged", None
        if not self.overwrite:
            return "differs", "it was changed here or in the file; --overwrite replaces it"
        if not self.dry_run:
            content = json.dumps(draft.settings, ensure_ascii=False)
            self.client.tasks.replace(
                draft.task_id, content, expected_hash=task.content_hash, message=_MESSAGE
            )
        return "replaced", None

    def _create(self, draft: Draft) -> tuple[str, str | None]:
        if self.dry_run:
            return "created", None
        rest = {key: v for key, v in draft.settings.items() if key not in {"type", "config"}}
        try:
            self.client.tasks.create_typed(
                draft.task_id, "shell", draft.settings["config"], settings=rest, message=_MESSAGE
            )
        except (ClientInvalid, Conflict) as error:
            return "refused", error.message
        if self.paused:
            self.client.schedules.pause(f"{draft.task_id}:default", "imported")
        return "created", None


def _settings(task: Task) -> Any:
    try:
        return json.loads(task.content or "")
    except ValueError:
        return None


def _tell(entries: list[Entry], *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        output.write_json([asdict(entry) for entry in entries])
    else:
        told = [one for one in entries if one.task or one.remarks]
        output.write_table(
            ("LINE", "RESULT", "TASK", "WHAT"), [_row(one) for one in told], empty="no jobs in it"
        )
        _sum_up(entries, dry_run=dry_run)
    if any(one.result in _NOT_IMPORTED for one in entries):
        raise typer.Exit(exits.FAILED)


def _row(one: Entry) -> tuple[str, ...]:
    text = one.text if len(one.text) <= _SHOWN else f"{one.text[: _SHOWN - 3]}..."
    remarks = "; ".join(one.remarks)
    what = f"{text}: {remarks}" if remarks and one.task is None else remarks or text
    return str(one.line), one.result, one.task or "", what


def _sum_up(entries: list[Entry], *, dry_run: bool) -> None:
    count = Counter(one.result for one in entries if one.task or one.result == "wrong")
    said = ", ".join(f"{number} {result}" for result, number in count.items())
    if said:
        output.note(f"{'nothing is saved: ' if dry_run else ''}{said}")
    if count["created"] and not dry_run:
        output.note("cron still runs these jobs: take them out of the crontab (crontab -e)")
