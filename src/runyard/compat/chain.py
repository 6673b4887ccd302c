"""Runs scripts one after another and hands a context from each to the next; a program of its own.

Started by the TaskRunService dialect with the parameters `scripts` (file names, in order) and
`context`. Every entry of the context is an environment variable of a script; a line
`__CONTEXT__{...}` that it prints is merged into the context. The chain stops, and has failed, after
a script that exits with another code than 0, that prints `ERROR`, or that is not there. The result
holds each script's output and the context after it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import runyard

_MARK = b"__CONTEXT__"
_FAILED = b"ERROR"
_KEPT_BYTES = 600_000  # of all outputs together in the result; the run's log has everything
_CHUNK = 64 * 1024


def main() -> int:
    params = runyard.context().params
    scripts: list[str] = params["scripts"]
    context: dict[str, Any] = dict(params.get("context") or {})
    steps: list[dict[str, Any]] = []
    for place, script in enumerate(scripts):
        reason, output = _run(script, context)
        text = output.decode(errors="replace")
        kept = text[-_KEPT_BYTES // len(scripts) :]
        if len(kept) < len(text):
            kept = f"[... {len(text) - len(kept)} characters before this]\n{kept}"
        now = datetime.now().astimezone().replace(tzinfo=None).isoformat()
        steps.append(
            {"script": script, "output": kept, "context": dict(context), "created_at": now}
        )
        runyard.result({"steps": steps, "context": context})
        runyard.progress(100 * (place + 1) / len(scripts), script)
        if reason:
            _say(f"{script}: {reason}\n".encode())
            return 1
    return 0


def _run(script: str, context: dict[str, Any]) -> tuple[str, bytes]:
    """Why the chain must stop ("" if it need not), and what the script printed."""
    path = Path(script)
    if path.name != script or not path.is_file():
        return "there is no such script", b""
    process = subprocess.Popen(
        [sys.executable, "-u", script],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=_environment(context),
    )
    if process.stdout is None:
        raise RuntimeError("a pipe was asked for")
    output = bytearray()
    while chunk := os.read(process.stdout.fileno(), _CHUNK):
        _say(chunk)
        output += chunk
    status = process.wait()
    _merge(bytes(output), context)
    if status:
        return f"exit code {status}", bytes(output)
    return ("it printed ERROR" if _FAILED in output else ""), bytes(output)


def _merge(output: bytes, context: dict[str, Any]) -> None:
    for line in output.splitlines():
        if line.startswith(_MARK):
            try:
                news = json.loads(line.removeprefix(_MARK))
            except ValueError:
                continue  # an ordinary line that only looks like one
            if isinstance(news, dict):
                context.update(news)


def _environment(context: dict[str, Any]) -> dict[str, str]:
    """Names that no environment can hold are left out."""
    own = {name: value for name, value in os.environ.items() if name != "RUNYARD_EVENTS"}
    given = {
        name: str(value).replace("\0", "")
        for name, value in context.items()
        if name and "=" not in name and "\0" not in name and not name.startswith("RUNYARD_")
    }
    return own | given


def _say(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
