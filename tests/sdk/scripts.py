"""Runs a piece of Python as a run process would be: with a pipe as `$RUNYARD_EVENTS`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

SOURCE = Path(__file__).parents[2] / "src"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    code: int
    stdout: str
    stderr: str
    events: list[dict[str, Any]]
    raw: bytes


def run_inside(code: str, *, python: str = sys.executable, **env: str) -> Finished:
    """Run `code` with the event pipe as descriptor `/dev/fd/N`, read to its end meanwhile."""
    reader, writer = os.pipe()
    chunks: list[bytes] = []

    def pump() -> None:
        while chunk := os.read(reader, 1 << 16):
            chunks.append(chunk)

    process = subprocess.Popen(
        [python, "-c", dedent(code)],
        env=environment(RUNYARD_EVENTS=f"/dev/fd/{writer}", **env),
        pass_fds=(writer,),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writer)
    thread = threading.Thread(target=pump)
    thread.start()
    stdout, stderr = process.communicate(timeout=240)
    thread.join(60)
    os.close(reader)
    raw = b"".join(chunks)
    events = [json.loads(line) for line in raw.splitlines()]
    return Finished(code=process.returncode, stdout=stdout, stderr=stderr, events=events, raw=raw)


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUNYARD")}
    return {**kept, "PYTHONPATH": str(SOURCE), **more}
