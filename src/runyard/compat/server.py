"""The server behind a compatible API: one that is named, one that runs here, or an own one.

An own server belongs to this process: it is started on first use, on a free port, and stopped at
exit. What it runs then goes on, and the next server on the same data folder takes it over.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import httpx2

from runyard.sdk import http
from runyard.sdk.calls import Address
from runyard.sdk.errors import NoServer

_READY_WITHIN_S = 120.0
_STOPPED_WITHIN_S = 30.0
_LOOK_EVERY_S = 0.05
_ANSWERS_WITHIN_S = 60.0

_starting = threading.Lock()
_own: dict[Path, subprocess.Popen[bytes]] = {}


def data_folder(data: str | Path | None = None) -> Path:
    """The given one, else `RUNYARD_DATA`, else `.runyard` here; absolute."""
    return Path(data or os.environ.get("RUNYARD_DATA") or ".runyard").expanduser().absolute()


def find_server(
    url: str | None = None,
    *,
    data: str | Path | None = None,
    tasks: str | Path | None = None,
) -> str:
    """The address of the server to use, which answers.

    `url` or `RUNYARD_URL` name one. Otherwise the server of the data folder is used, and started
    when there is none. Raises `NoServer` when it does not come up.
    """
    named = url or os.environ.get("RUNYARD_URL")
    if named:
        return named.rstrip("/")
    folder = data_folder(data)
    with _starting:
        return _announced(folder) or _start(folder, tasks)


def _announced(folder: Path) -> str | None:
    """Where the server of the data folder says it is, if it answers there."""
    try:
        facts = json.loads((folder / "server.json").read_bytes())
        address = str(facts["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return address if _answers(address) else None


def _answers(address: str) -> bool:
    try:
        answer = httpx2.get(f"{address}/api/system/health", timeout=5.0, trust_env=False)
    except httpx2.TransportError:
        return False
    return answer.status_code == 200


def _start(folder: Path, tasks: str | Path | None) -> str:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    options = ["--port", "0", "--data", str(folder)]
    if tasks is not None:
        options += ["--tasks", str(tasks)]
    with (folder / "embedded.log").open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "runyard", "serve", *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for the program, which then stops it in order
        )
    if not _own:
        atexit.register(stop_own_servers)
    _own[folder] = process
    deadline = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < deadline:
        address = _announced(folder)
        if address is not None:
            return address
        if process.poll() is not None:
            break
        time.sleep(_LOOK_EVERY_S)
    raise NoServer(
        f"the server on {folder} did not come up; {folder / 'embedded.log'} says why",
        code="no_server",
    )


def stop_own_servers() -> None:
    """Stop what `find_server` started; called at exit."""
    while _own:
        _, process = _own.popitem()
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOPPED_WITHIN_S)


class Wire:
    """Requests to one dialect of a server; may be used by several threads.

    The server is looked for with the first request, by the rules of `find_server`.
    """

    def __init__(
        self,
        dialect: str,
        *,
        url: str | None = None,
        data: str | Path | None = None,
        tasks: str | Path | None = None,
    ) -> None:
        self._prefix = f"/{dialect}"
        self._url = url
        self._data = data
        self._tasks = tasks
        self._client: httpx2.Client | None = None
        self._opening = threading.Lock()

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """The status and the JSON of the answer. Raises `ClientError` when there is none."""
        client = self._opened()
        try:
            answer = client.request(method, self._prefix + path, json=body)
        except httpx2.TransportError as error:
            raise http.explain(error, str(client.base_url)) from error
        return answer.status_code, answer.json() if answer.content else None

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _opened(self) -> httpx2.Client:
        with self._opening:
            if self._client is None:
                found = find_server(self._url, data=self._data, tasks=self._tasks)
                options = http.options(Address.of(found, None))
                self._client = httpx2.Client(**options, timeout=_ANSWERS_WITHIN_S)
                weakref.finalize(self, self._client.close)  # these APIs know no `close`
            return self._client
