"""The first program of a run whose environment is not there yet: builds it, then becomes the run.

Started as `python -m runyard.process.prelude ORDER` within the run process, so cancel, timeout and
log are what they are for any run. ORDER is JSON: `environment` (a `Place.spec`), `kind`, `argv`,
`path`, `code_path` and `env`, which is exactly what the script shall see.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from runyard.process.environments import BuildFailed, Place, build

_NOT_STARTABLE = 126
_FROM_OUTSIDE = ("RUNYARD_EVENTS", "RUNYARD_SUPERVISOR")
_NOT_FOUND = 127


def main(arguments: list[str]) -> int:
    """Does not return when all goes well."""
    os.environ.pop("PYTHONPATH", None)  # it was for us, not for uv or the script
    order = json.loads(arguments[0])
    place = Place.of(order["environment"])
    try:
        build(place, say=_say)
    except (BuildFailed, OSError) as error:
        _say(str(error))
        _send({"type": "error", "error": {"type": "environment", "message": str(error)}})
        return 1
    _send({"type": "ready"})
    return _become(order, place)


def _become(order: dict[str, Any], place: Place) -> int:
    argv = _script_argv(order, place) if order["kind"] == "script" else order["argv"]
    env = order["env"] | {name: os.environ[name] for name in _FROM_OUTSIDE if name in os.environ}
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.execvpe(argv[0], argv, env)  # noqa: S606
    except OSError as error:
        message = f"{argv[0]!r} can't be started: {error.strerror}"
        _say(message)
        _send({"type": "error", "error": {"type": "not_startable", "message": message}})
        return _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_STARTABLE


def _script_argv(order: dict[str, Any], place: Place) -> list[str]:
    """A fresh interpreter for the script; `-u` because output must be prompt."""
    path, code_path = Path(order["path"]), Path(order["code_path"])
    argv = [str(place.python), "-u"]
    if not (path.is_file() and path.read_bytes() == code_path.read_bytes()):
        # The file has changed since: `cold.py` runs the frozen content under the file's name.
        argv += [str(Path(__file__).with_name("cold.py")), str(code_path)]
    return [*argv, str(path), *order["argv"]]


def _say(text: str) -> None:
    sys.stderr.write(f"runyard: {text}\n")
    sys.stderr.flush()


def _send(event: dict[str, Any]) -> None:
    channel = os.environ.get("RUNYARD_EVENTS")
    if channel:
        with Path(channel).open("ab", buffering=0) as file:
            file.write(json.dumps(event).encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
