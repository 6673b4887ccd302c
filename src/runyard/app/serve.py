"""Serving: what has to come first, then the server, then perhaps another one in its place."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path

from runyard.app.data_folder import DataFolder
from runyard.app.listening import listen
from runyard.app.logging_setup import set_up_logging
from runyard.app.settings import Settings
from runyard.domain.errors import Invalid
from runyard.engines.local.spawning import Spawner


def serve(settings: Settings) -> int:
    """Serve until a signal ends it; answers the exit status.

    SIGUSR2 replaces this process by a fresh one of the code that is installed then; the listening
    socket is kept and the runs go on. Raises `AlreadyServed`, `Invalid` or `StoreUnavailable`
    before anything is served.
    """
    folder = DataFolder(settings.data)
    folder.open()
    _make("logs", settings.logs_folder)
    _make("tasks", settings.tasks)
    set_up_logging(settings.logs_folder, settings.log_level)
    listener = listen(settings.host, settings.port)
    alone = {
        name: listen(settings.host, port, name=f"_{name}")
        for name, port in settings.dialect_ports.items()
    }
    spawner = Spawner(settings.data)
    spawner.ensure_early()
    # Most of the time to be ready goes into these imports; the supervisor comes up meanwhile.
    import uvloop  # noqa: PLC0415

    from runyard.app.server import Server  # noqa: PLC0415

    server = Server(settings, folder=folder, listener=listener, alone=alone, spawner=spawner)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        restart = runner.run(server.run())
    folder.close()
    logging.shutdown()
    if restart:
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - this is what a restart is
    return 0


def _make(what: str, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Invalid(
            f"the {what} folder {folder} can't be used: {error.strerror}",
            hint=f"name another one with --{what}",
        ) from error
