"""Runs the `runyard` command, in a pipe or on a terminal of its own."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.sdk.scripts import environment
from tests.support.warm import warm


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def rows(self) -> list[list[str]]:
        """The cells of a printed table, without its header."""
        return [line.split() for line in self.out.splitlines()[1:]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    url: str

    def environment(self, **more: str) -> dict[str, str]:
        return environment(RUNYARD_URL=self.url, TERM="xterm", **more)

    def __call__(self, *words: str, stdin: str = "", **env: str) -> Ended:
        """Run a command in a pipe to its end."""
        done = subprocess.run(
            [str(warm().command), *words],
            env=self.environment(**env),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        return Ended(code=done.returncode, out=done.stdout, err=done.stderr)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command in a pipe and let it run."""
        return subprocess.Popen(
            [str(warm().command), *words],
            env=self.environment(PYTHONUNBUFFERED="1"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def on_terminal(self, *words: str, asks: str = "", typed: str = "") -> Ended:
        """Run a command on a terminal of 120 columns; `typed` is typed once it shows `asks`."""
        leader, follower = pty.openpty()
        process = subprocess.Popen(
            [str(warm().command), *words],
            env=self.environment(COLUMNS="120", LINES="40"),
            stdin=follower,
            stdout=follower,
            stderr=follower,
        )
        os.close(follower)
        shown = _read_terminal(
            leader, lambda: process.poll() is not None, asks=asks.encode(), typed=typed.encode()
        )
        os.close(leader)
        return Ended(code=process.wait(10), out=shown, err="")


def _read_terminal(leader: int, ended: Callable[[], bool], *, asks: bytes, typed: bytes) -> str:
    shown = b""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        over = ended()
        while select.select([leader], [], [], 0.02)[0]:
            try:
                shown += os.read(leader, 1 << 16)
            except OSError:  # all who had the terminal open have ended
                return shown.decode()
        if typed and asks in shown:
            os.write(leader, typed)
            typed = b""
        if over:
            return shown.decode()
    raise AssertionError(f"the command did not end; it showed {shown!r}")
