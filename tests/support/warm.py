"""The `runyard` command in a process of its own, without importing all of it each time.

Importing the server costs ten times what starting it costs, and the suite starts hundreds. So
there is one warm process for each process of the suite; a command is a fork of it that runs
`runyard.cli.main` with its own arguments, environment, folder and descriptors. Tests about the
start itself, and about what is imported, start `python -m runyard`.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

from tests.support.waiting import eventually

_STAND_IN = """#!{python} -IS
# Has the command run by the warm process at {socket}, and ends as it does.
import json, os, signal, socket, sys
warm = socket.socket(socket.AF_UNIX)
warm.connect({socket!r})
asked = {{"argv": sys.argv[1:], "env": dict(os.environ), "cwd": os.getcwd()}}
socket.send_fds(warm, [json.dumps(asked).encode() + b"\\n"], [0, 1, 2])
answers = warm.makefile("rb")
pid = int(answers.readline())
def pass_on(number, frame):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
    signal.signal(number, pass_on)
for fd in (0, 1, 2):
    os.close(fd)  # who reads the command's output must see it end with the command
status = os.waitstatus_to_exitcode(int(answers.readline()))
if status < 0:
    signal.signal(-status, signal.SIG_DFL)
    os.kill(os.getpid(), -status)
os._exit(status)
"""


class Command:
    """A running command, with what tests use of `subprocess.Popen`."""

    def __init__(self, pid: int, answers: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._answers = answers
        self._said = b""
        try:
            self._handle = os.pidfd_open(pid)
        except ProcessLookupError:  # over and gone already
            self._handle = -1

    def poll(self) -> int | None:
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        status = self._look(timeout)
        if status is None:
            raise subprocess.TimeoutExpired("runyard", timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None and self._handle >= 0:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _look(self, timeout: float | None) -> int | None:
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.returncode is None:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not select.select([self._answers], [], [], left)[0]:
                return None
            said = self._answers.recv(64)
            assert said, "the warm process is gone"
            self._said += said
            if self._said.endswith(b"\n"):
                self.returncode = os.waitstatus_to_exitcode(int(self._said))
                self._answers.close()
                if self._handle >= 0:
                    os.close(self._handle)
        return self.returncode


class Warm:
    """The warm process of this process of the suite."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="rywarm", dir="/tmp")
        folder = Path(self._folder.name)
        self._socket = folder / "socket"
        program = Path(__file__).with_name("warm_main.py")
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(program), str(self._socket)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            cwd="/",
        )
        self.programs = folder / "bin"
        self.programs.mkdir()
        self.command = self.programs / "runyard"
        """A program that stands for `runyard`: same arguments, output, signals and status."""
        self.command.write_text(_STAND_IN.format(python=sys.executable, socket=str(self._socket)))
        self.command.chmod(0o755)
        eventually(self._is_up, what="the warm process is up")

    def _is_up(self) -> bool:
        if self._process.poll() is not None:
            pytest.fail("the warm process could not start")
        return self._socket.exists()

    def start(
        self, argv: Sequence[str], *, env: Mapping[str, str], cwd: Path, stdout: int, stderr: int
    ) -> Command:
        """Start `runyard ARGV`; its stdin is empty."""
        client = socket.socket(socket.AF_UNIX)
        client.connect(str(self._socket))
        asked = {"argv": list(argv), "env": dict(env), "cwd": str(cwd)}
        null = os.open(os.devnull, os.O_RDONLY)
        data = json.dumps(asked).encode() + b"\n"
        sent = socket.send_fds(client, [data], [null, stdout, stderr])
        client.sendall(data[sent:])
        os.close(null)
        pid = b""
        while not pid.endswith(b"\n"):
            pid += client.recv(1)
        return Command(int(pid), client)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._folder.cleanup()


@cache
def warm() -> Warm:
    """Started when it is asked for first; ends with the suite."""
    return Warm()


@pytest.fixture(scope="session", autouse=True)
def end_of_the_warm_process() -> Iterator[None]:
    yield
    if warm.cache_info().currsize:
        warm().close()
        warm.cache_clear()
