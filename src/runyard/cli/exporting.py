"""`runyard export`: schedules as a crontab or as systemd units, for a life without Runyard."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from runyard.cli import output
from runyard.cli.connection import complete_task, connect
from runyard.cli.options import Json
from runyard.domain.errors import Invalid
from runyard.sdk.calls import DEFAULT_URL

if TYPE_CHECKING:
    from runyard.definitions.crontab.exported import Exported
    from runyard.sdk.client import Client
    from runyard.sdk.objects import Task
    from runyard.sdk.schedule_objects import Schedule

app = typer.Typer(help="Write schedules for cron or systemd.", rich_markup_mode=None)

TaskOption = Annotated[
    str | None,
    typer.Option("--task", help="The schedules of this task only.", autocompletion=complete_task),
]
TasksDir = Annotated[
    str | None,
    typer.Option(
        "--tasks",
        metavar="DIR",
        help="The tasks folder: scripts are started from it, not through the server.",
    ),
]


@app.callback()
def exporting() -> None:
    """Write schedules for cron or systemd."""


@app.command()
def crontab(context: typer.Context, *, task: TaskOption = None, tasks_dir: TasksDir = None) -> None:
    """Print a crontab; what cron can't say stands in it as a comment, with the reason."""
    from runyard.definitions.crontab.writing import write_crontab  # noqa: PLC0415 (Pydantic)

    with connect(context) as client:
        found = _exported(client, task, tasks_dir)
    output.write(write_crontab(found).rstrip("\n"))


@app.command()
def systemd(
    context: typer.Context,
    folder: Annotated[str, typer.Argument(metavar="[DIR]", help="Where the units go.")] = ".",
    *,
    task: TaskOption = None,
    tasks_dir: TasksDir = None,
    as_json: Json = False,
) -> None:
    """Write a service and a timer for each schedule into a folder."""
    from runyard.definitions.crontab.systemd import write_units  # noqa: PLC0415 (Pydantic)

    with connect(context) as client:
        units = [write_units(one) for one in _exported(client, task, tasks_dir)]
    files = {f"{one.name}.service": one.service for one in units}
    files |= {f"{one.name}.timer": one.timer for one in units if one.timer is not None}
    _write(Path(folder), files)
    if as_json:
        listed = [{"name": u.name, "timer": u.timer is not None, "reason": u.reason} for u in units]
        output.write_json(listed)
        return
    for one in units:
        output.write(one.name)
        if one.timer is None:
            output.note(f"  no timer: {one.reason}")
    if files:
        output.note("install them with: systemctl enable --now NAME.timer")


def _write(folder: Path, files: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Invalid(f"{error.filename} can't be written: {error.strerror}") from None


def _exported(client: Client, task_id: str | None, tasks_dir: str | None) -> list[Exported]:
    tasks = {one.id: one for one in client.all_tasks() if task_id in (None, one.id)}
    schedules = [one for one in client.all_schedules() if one.task_id in tasks]
    url = None if client.address.url == DEFAULT_URL else client.address.url
    return [_export(tasks[one.task_id], one, tasks_dir, url=url) for one in schedules]


def _export(task: Task, schedule: Schedule, tasks_dir: str | None, *, url: str | None) -> Exported:
    from runyard.definitions.crontab.exported import Exported  # noqa: PLC0415
    from runyard.definitions.schedule_settings import check_schedule  # noqa: PLC0415

    spec = check_schedule(schedule.settings)
    how = None if spec.params else _own_command(task, list(spec.argv or ()), tasks_dir)
    asked = _through_server(task, schedule.settings, url)
    if how is None:
        how = {"command": asked, "through_server": True}
    return Exported(
        schedule_id=schedule.id,
        spec=spec,
        server_command=asked,
        title=str(task.spec.get("title") or task.id),
        paused=schedule.paused or task.paused,
        **how,
    )


def _own_command(task: Task, argv: list[str], tasks_dir: str | None) -> dict[str, Any] | None:
    """What starts the task's code directly; None where only the server can."""
    spec = task.spec
    env = dict(spec.get("env") or {})
    if spec.get("executor") == "shell":
        return _shell_command(spec.get("config") or {}, argv, env, tasks_dir)
    if spec.get("executor") == "script" and tasks_dir is not None and task.path:
        needs = spec.get("dependencies") or spec.get("requires_python")
        words = ["uv", "run", "--script"] if needs else ["python3"]
        folder = str(Path(tasks_dir).resolve())
        return {"command": shlex.join([*words, task.path, *argv]), "cwd": folder, "env": env}
    return None


def _shell_command(
    config: dict[str, Any], argv: list[str], env: dict[str, str], tasks_dir: str | None
) -> dict[str, Any] | None:
    cwd = config.get("cwd") or tasks_dir
    if cwd is not None and not Path(cwd).is_absolute():
        cwd = None if tasks_dir is None else str(Path(tasks_dir).resolve() / cwd)
        if cwd is None:
            return None  # relative to a folder that is not known here
    how = {"cwd": cwd, "env": {**env, **(config.get("env") or {})}}
    match config.get("command"):
        case str() as line if not argv:
            return {**how, "command": line}
        case [str() as shell, "-c", str() as line] if not argv and shell.startswith("/"):
            return {**how, "command": line, "shell": shell}
        case [*words]:
            return {**how, "command": shlex.join([*words, *argv])}
        case _:
            return None


def _through_server(task: Task, settings: dict[str, Any], url: str | None) -> str:
    """Asks for a run and waits for its end. cron's PATH is short, so the command has its folder."""
    words = [shutil.which("runyard") or "runyard", *(("--url", url) if url else ())]
    words += ["run", task.id, "--wait"]
    for name, value in (settings.get("params") or {}).items():
        text = f"{name}={value}" if isinstance(value, str) else f"{name}:={json.dumps(value)}"
        words += ["--param", text]
    for one in settings.get("argv") or ():
        words += ["--arg", one]
    return shlex.join(words)
