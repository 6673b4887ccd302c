"""One life of the server: open everything, answer until a signal comes, close in order."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

import uvicorn

from runyard.api.app import close_streams, create_app
from runyard.app.build import Yard
from runyard.app.data_folder import DataFolder
from runyard.app.listening import hand_on, port_of, url_of
from runyard.app.settings import Settings
from runyard.dialects import all as dialects
from runyard.dialects.mounting import Dialects
from runyard.engines.local.spawning import Spawner
from runyard.runtime.address import RunningServer

log = logging.getLogger("runyard.server")

_CLOSE_CONNECTIONS_WITHIN_S = 3
_KEEP_ALIVE_S = 75  # pages poll every 5 to 10 s: their connection must still be there
_KILLED_BY_SECOND_SIGNAL = 130


class Server:
    """From the opened data folder to the last closed connection.

    SIGTERM and SIGINT: stop claiming, close, and leave running processes to the supervisor
    (`on_stop = "leave"`), or first wait for them (`"drain"`). A second signal ends at once, and
    also leaves the runs. SIGUSR2: end so that a fresh server can take over. SIGHUP: read the app
    module again.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        folder: DataFolder,
        listener: socket.socket,
        alone: Mapping[str, socket.socket],  # listeners of single dialects
        spawner: Spawner,
    ) -> None:
        self._settings = settings
        self._alone = alone
        self._spawner = spawner
        self._folder = folder
        self._listener = listener
        self._stop = asyncio.Event()
        self._restart = False

    async def run(self) -> bool:
        """Answers whether a fresh server is to take this one's place."""
        with self._signals():
            async with Yard.opened(self._settings, self._spawner) as yard:
                self._on_reload = yard.reload_soon
                _tune_garbage_collection()
                await self._answer(yard)
                going_on = yard.running()
        if going_on:
            log.info("%d runs go on; the next server on this data folder adopts them", going_on)
        return self._restart

    async def _answer(self, yard: Yard) -> None:
        url = url_of(self._listener)
        self._folder.announce(
            RunningServer(pid=os.getpid(), url=url, started_at=datetime.now(UTC).isoformat())
        )
        app = create_app(
            lambda: yard.service,
            bound_host=self._settings.host,
            extra_origins=self._settings.origins,
            foreign=Dialects(
                dialects.load,
                names=dialects.NAMES,
                service=lambda: yard.service,
                ports={port_of(one): name for name, one in self._alone.items()},
            ),
        )
        config = uvicorn.Config(
            app,
            http="httptools",
            ws="runyard.api.ready_frames:ReadyFramesProtocol",
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_CLOSE_CONNECTIONS_WITHIN_S,
            h11_max_incomplete_event_size=64 * 1024,
        )
        server = _QuietServer(config)
        sockets = [self._listener, *self._alone.values()]
        answering = asyncio.create_task(server.serve(sockets=sockets))
        stopping = asyncio.create_task(self._stop.wait())
        failing = asyncio.create_task(yard.failed())
        log.info("serving %s on %s", self._settings.tasks, url)
        for name, listener in self._alone.items():
            log.info("serving %s alone on %s", name, url_of(listener))
        await asyncio.wait({answering, stopping, failing}, return_when=asyncio.FIRST_COMPLETED)
        if self._restart:
            hand_on(self._listener)
            for name, listener in self._alone.items():
                hand_on(listener, name=f"_{name}")
        elif self._stop.is_set() and self._settings.on_stop == "drain":
            log.info("waiting for %d runs to end", yard.running())
            await yard.drain()
        close_streams(app)
        server.should_exit = True
        await answering
        stopping.cancel()
        failing.cancel()
        if failing.done() and not failing.cancelled():
            failing.result()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        handlers: dict[signal.Signals, Callable[[], None]] = {
            signal.SIGTERM: self._end,
            signal.SIGINT: self._end,
            signal.SIGUSR2: self._replace,
            signal.SIGHUP: self._reload,
        }
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler)
        try:
            yield
        finally:
            for number in handlers:
                loop.remove_signal_handler(number)

    def _end(self) -> None:
        if self._stop.is_set():
            log.warning("ending at once")
            logging.shutdown()
            os._exit(_KILLED_BY_SECOND_SIGNAL)
        self._stop.set()

    def _replace(self) -> None:
        self._restart = True
        self._stop.set()

    def _reload(self) -> None:
        if self._on_reload is not None:
            self._on_reload()

    _on_reload: Callable[[], None] | None = None


def _tune_garbage_collection() -> None:
    """What is there now stays; looking through it for cycles again and again costs a bulk submit
    more than storing it. Runs are freed by reference count, so cycles are few.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


class _QuietServer(uvicorn.Server):
    """Signals are ours: uvicorn must not take them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
