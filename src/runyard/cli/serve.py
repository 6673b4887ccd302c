"""`runyard serve`, `stop` and `restart`: the server's process from the command line."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from runyard.cli import exits, output
from runyard.domain.errors import Conflict, NotFound
from runyard.runtime import address
from runyard.runtime.address import RunningServer

_STOP_WITHIN_S = 60.0
_LOOK_EVERY_S = 0.05

Data = Annotated[
    Path,
    typer.Option("--data", metavar="DIR", envvar="RUNYARD_DATA", help="The server's data folder."),
]


def serve(  # noqa: PLR0913 (a command's options)
    *,
    tasks: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of scripts. [default: tasks]")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where it keeps all. [default: .runyard]")
    ] = None,
    logs: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Run logs. [default: in the data folder]")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address. [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="0: any free one. [default: 5000]")] = None,
    app: Annotated[
        str | None, typer.Option(metavar="MODULE_OR_FILE", help="Decorated functions.")
    ] = None,
    reload: Annotated[
        bool | None, typer.Option("--reload", help="Read --app again when its files change.")
    ] = None,
    max_workers: Annotated[int | None, typer.Option(help="Runs at once. [default: 5]")] = None,
    timeout: Annotated[
        str | None,
        typer.Option(metavar="DURATION", help="Of runs whose task names none. [default: 3600]"),
    ] = None,
    db: Annotated[
        str | None, typer.Option(metavar="URL", help="[default: SQLite in the data folder]")
    ] = None,
    auth: Annotated[
        str | None, typer.Option(help="none: loopback addresses only. [default: none]")
    ] = None,
    on_stop: Annotated[
        str | None, typer.Option(help="leave runs to go on, or drain. [default: leave]")
    ] = None,
    labels: Annotated[
        list[str] | None, typer.Option("--label", metavar="WORD", help="What this node offers.")
    ] = None,
    dialect_ports: Annotated[
        list[str] | None,
        typer.Option(
            "--dialect-port", metavar="NAME=PORT", help="A listener that serves one dialect alone."
        ),
    ] = None,
    origins: Annotated[
        list[str] | None,
        typer.Option("--origin", metavar="URL", help="Whose pages may use this server, too."),
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="Of schedules that name none. [default: the system's]"),
    ] = None,
    log_level: Annotated[str | None, typer.Option(help="[default: INFO]")] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Settings. [default: runyard.toml]")
    ] = None,
) -> None:
    """Start the server. Each option is also RUNYARD_<NAME> and a key of the settings file."""
    gc.disable()  # all that is imported now stays; the server turns it on when it is up
    settings = _part_of_app("settings").load_settings(
        config=config,
        tasks=tasks,
        data=data,
        logs=logs,
        host=host,
        port=port,
        app=app,
        reload=reload,
        max_workers=max_workers,
        timeout=timeout,
        db=db,
        auth=auth,
        on_stop=on_stop,
        labels=tuple(labels) if labels else None,
        dialect_ports=dialect_ports or None,
        origins=origins or None,
        timezone=timezone,
        log_level=log_level,
    )
    raise typer.Exit(_part_of_app("serve").serve(settings))


def _part_of_app(name: str) -> Any:
    """The composition root is above the command line, so it is only found when it is needed."""
    return importlib.import_module(f"runyard.app.{name}")


def stop(
    data: Data = Path(".runyard"),
    now: Annotated[
        bool, typer.Option("--now", help="At once, without closing in order. Runs go on.")
    ] = False,
) -> None:
    """Stop the server of a data folder and wait until it has ended. Its runs go on."""
    server = _find(data)
    _signal(server, signal.SIGTERM)
    if now:
        with contextlib.suppress(NotFound):
            _signal(server, signal.SIGTERM)
    _until(lambda: not _is_alive(server), f"server {server.pid} has not stopped")
    output.write(f"stopped {server.url} (process {server.pid})")


def restart(data: Data = Path(".runyard")) -> None:
    """Replace the server of a data folder by a fresh one, of the code that is installed now.

    Its runs go on, and no connection is refused meanwhile.
    """
    server = _find(data)
    _signal(server, signal.SIGUSR2)

    def fresh() -> bool:
        new = address.read(data)
        return new is not None and new.started_at != server.started_at

    _until(lambda: fresh() or not _is_alive(server), f"server {server.pid} has not come back")
    if not fresh():
        raise Conflict(
            f"server {server.pid} ended and no other came up",
            hint="start it with runyard serve; its log says why",
        )
    output.write(f"restarted {server.url} (process {server.pid})")


def _find(data: Path) -> RunningServer:
    server = address.read(data)
    if server is None or not _is_alive(server):
        raise NotFound(
            f"no server runs on the data folder {data}", hint="name another one with --data"
        )
    return server


def _is_alive(server: RunningServer) -> bool:
    try:
        os.kill(server.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    # A zombie has ended; only its parent has not looked yet.
    with contextlib.suppress(OSError):
        stat = Path(f"/proc/{server.pid}/stat").read_text(encoding="utf-8")
        return stat.rpartition(")")[2].split()[0] != "Z"
    return True


def _signal(server: RunningServer, number: signal.Signals) -> None:
    try:
        os.kill(server.pid, number)
    except ProcessLookupError:
        raise NotFound(f"server {server.pid} has ended already") from None
    except PermissionError:
        raise Conflict(f"server {server.pid} belongs to another user") from None


def _until(reached: Any, otherwise: str) -> None:
    deadline = time.monotonic() + _STOP_WITHIN_S
    while not reached():
        if time.monotonic() > deadline:
            output.complain(f"{otherwise} within {_STOP_WITHIN_S:.0f} s")
            raise typer.Exit(exits.FAILED)
        time.sleep(_LOOK_EVERY_S)
