"""The warm process: has everything of Runyard imported, and forks to be the `runyard` command.

Run as `python -P warm_main.py SOCKET`; ends when its stdin ends. A client connects, sends one JSON
line {argv, env, cwd} with three descriptors (stdin, stdout, stderr), and is told the process id
and, when it is over, the wait status, each as a line.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import random
import selectors
import signal
import socket
import sys
import threading
import time
import traceback
from contextlib import suppress
from typing import Any, TextIO

MODULES = (
    "runyard.cli.main",
    "runyard.app.serve",
    "runyard.app.server",
    "runyard.sdk.client",
    "runyard.store.migrate",
    "alembic.command",
    "uvloop",
    "httpx2",
    "websockets.sync.client",
    "rich.console",
    "rich.progress",
    "rich.table",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.protocols.websockets.websockets_sansio_impl",
    "uvicorn.lifespan.off",
    "sqlalchemy.dialects.sqlite",
    "sqlalchemy.dialects.postgresql.psycopg",
)
_MOST_BYTES = 1 << 20


def main(path: str) -> None:
    for module in MODULES:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # what is there now is neither looked through nor copied by the forks
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{path}.new")
    listener.listen(64)
    os.rename(f"{path}.new", path)
    child = _serve(listener)
    _become(child)


def _serve(listener: socket.socket) -> dict[str, Any]:
    """Returns in each fork, with what it is to be; in the warm process itself never."""
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    selector.register(0, selectors.EVENT_READ)
    living: dict[int, tuple[int, socket.socket]] = {}  # by pidfd
    while True:
        for key, _ in selector.select():
            if key.fd == 0:
                _leave(living)
            if key.fd in living:
                pid, client = living.pop(key.fd)
                _, status = os.waitpid(pid, 0)
                _tell(client, status)
                client.close()
                selector.unregister(key.fd)
                os.close(key.fd)
                continue
            client, _ = listener.accept()
            asked, fds = _receive(client)
            if asked is None:
                client.close()
                continue
            pid = os.fork()
            if pid == 0:
                _take(fds)
                ours = [listener, client, *(other for _, other in living.values())]
                for mine in ours:
                    mine.close()
                for fd in living:
                    os.close(fd)
                selector.close()
                return asked
            for fd in fds:
                os.close(fd)
            pidfd = os.pidfd_open(pid)
            living[pidfd] = (pid, client)
            selector.register(pidfd, selectors.EVENT_READ)
            _tell(client, pid)


def _leave(living: dict[int, tuple[int, socket.socket]]) -> None:
    """The suite is over, or was killed: then nothing of it stays behind."""
    for pid, _ in living.values():
        os.kill(pid, signal.SIGKILL)
    os._exit(0)


def _receive(client: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    """None for a client that went away in the middle of its wish."""
    data, fds, _, _ = socket.recv_fds(client, _MOST_BYTES, 3)
    while not data.endswith(b"\n"):
        more = client.recv(_MOST_BYTES)
        if not more:
            for fd in fds:
                os.close(fd)
            return None, []
        data += more
    asked: dict[str, Any] = json.loads(data)
    return asked, fds


def _tell(client: socket.socket, number: int) -> None:
    try:
        client.sendall(b"%d\n" % number)
    except OSError:
        return  # it no longer waits for the answer


def _take(fds: list[int]) -> None:
    for wanted, fd in enumerate(fds):
        os.dup2(fd, wanted)
        os.close(fd)


def _become(asked: dict[str, Any]) -> None:
    """What the interpreter does before `python -m runyard ...` in that place."""
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["cwd"])
    time.tzset()
    random.seed()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["runyard", *asked["argv"]]
    sys.orig_argv = [sys.executable, "-m", "runyard", *asked["argv"]]
    sys.path.insert(0, asked["cwd"])
    sys.stdin = open(0, closefd=False, encoding="utf-8")  # noqa: SIM115
    sys.stdout = _stream(1, "strict")
    sys.stderr = _stream(2, "backslashreplace")
    from runyard.cli.main import main as command

    status: object = 0
    try:
        command()
    except SystemExit as leaving:
        status = leaving.code
    except BaseException:  # noqa: BLE001 - as at the top of a program
        traceback.print_exc()
        status = 1
    _end(status)


def _end(status: object) -> None:
    """As the interpreter would, except that it takes nothing apart that nobody will use."""
    if status is not None and not isinstance(status, int):
        print(status, file=sys.stderr)
        status = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(BrokenPipeError):
            stream.flush()
    os._exit(status or 0)


def _stream(fd: int, errors: str) -> TextIO:
    prompt = bool(os.environ.get("PYTHONUNBUFFERED"))
    stream = os.fdopen(fd, "w", encoding="utf-8", errors=errors, closefd=False)
    stream.reconfigure(
        line_buffering=fd == 2 or prompt or os.isatty(fd),
        write_through=prompt,
    )
    return stream


if __name__ == "__main__":
    main(sys.argv[1])
