"""A `Launch` as the supervisor's JSON: environment variables, interpreter and isolation decided."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any, assert_never

import orjson

from runyard.domain.errors import Invalid
from runyard.domain.tasks import Isolation, Limits
from runyard.engines.contract import Launch, LaunchKind, split_key
from runyard.process.environments import Environments, needs_own

_KEPT = frozenset(
    {
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "LANG",
        "TZ",
        "TMPDIR",
        "SHELL",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    }
)
_BUILD_S = 1800.0  # what building an environment may take, unless the timeout is longer


def clean_base(environ: Mapping[str, str]) -> dict[str, str]:
    """What a run inherits of the server's environment: who and where it is, never secrets."""
    return {
        name: value
        for name, value in environ.items()
        if name in _KEPT or name.startswith("LC_") or name.lower().endswith("_proxy")
    }


class Encoder:
    """Knows the clean base and the environments (None: an engine that can't make any)."""

    def __init__(self, *, environments: Environments | None, environ: Mapping[str, str]) -> None:
        self._environments = environments
        self._base = clean_base(environ)
        # How the server was told to reach its package index is meant for its builds, too.
        self._uv = {name: value for name, value in environ.items() if name.startswith("UV_")}

    def encode(self, launch: Launch) -> dict[str, Any]:
        """Raises Invalid, saying why, for what can't be started here."""
        match launch.kind:
            case LaunchKind.SCRIPT:
                if launch.path is None or launch.code_path is None:
                    raise Invalid("a script launch needs `path` and `code_path`")
                return self._in_environment(launch)
            case LaunchKind.COMMAND:
                if not launch.argv or not launch.argv[0]:
                    raise Invalid("a command launch needs the command in `argv`")
                return self._in_environment(launch)
            case LaunchKind.FUNCTION:
                if not launch.target:
                    raise Invalid("a function launch needs its `target`")
                if needs_own(launch.dependencies, launch.requires_python):
                    raise Invalid(
                        "a function runs in the server's own Python; `dependencies` and "
                        "`requires-python` are for scripts"
                    )
                return self._plain(launch)
            case LaunchKind.EXTERNAL:
                raise Invalid("external work has no process that the local engine could start")
            case _:
                assert_never(launch.kind)

    def _in_environment(self, launch: Launch) -> dict[str, Any]:
        if not needs_own(launch.dependencies, launch.requires_python):
            return self._plain(launch)
        if self._environments is None:
            raise Invalid("this engine can't give a script a Python environment of its own")
        place = self._environments.place(launch.dependencies, launch.requires_python)
        plain = self._plain(launch)
        plain["env"] = _activated(plain["env"], place.folder, own=launch.env)
        if place.is_ready():
            plain["python"] = str(place.python)
            return plain
        return self._building(plain, spec=place.spec())

    def _building(self, plain: dict[str, Any], *, spec: dict[str, Any]) -> dict[str, Any]:
        """The run itself builds its environment first, then turns into what was asked for.

        So cancel, timeout, log and the death of the server are what they are for any run.
        """
        order = {
            "environment": spec,
            "kind": plain["kind"],
            "argv": plain["argv"],
            "path": plain["path"],
            "code_path": plain["code_path"],
            "env": plain["env"],
        }
        return plain | {
            "kind": LaunchKind.COMMAND.value,
            "argv": [
                sys.executable,
                "-P",
                "-m",
                "runyard.process.prelude",
                orjson.dumps(order).decode(),
            ],
            "env": self._base
            | self._uv
            | {name: value for name, value in plain["env"].items() if name.startswith("RUNYARD_")}
            | {"PYTHONPATH": _package_root()},
            "python": None,
            "exec": False,
            # A short timeout is meant for the script: it must not keep the environment from ever
            # being built. It counts from when the prelude says `ready`.
            "prepare_timeout_s": _BUILD_S,
        }

    def _plain(self, launch: Launch) -> dict[str, Any]:
        timeout, heartbeat = launch.timeout, launch.heartbeat
        return {
            "key": launch.key,
            "kind": launch.kind.value,
            "task_id": launch.task_id,
            "log_path": str(launch.log_path),
            "cwd": str(launch.cwd),
            "env": self._environment(launch),
            "argv": list(launch.argv),
            "path": _text(launch.path),
            "code_path": _text(launch.code_path),
            "target": launch.target,
            "params": launch.params,
            "context": launch.context,
            "isolation": launch.isolation.value,
            "preload": list(launch.preload),
            "limits": _limits(launch.limits),
            "timeout_s": None if timeout is None else timeout.total_seconds(),
            "grace_s": launch.grace.total_seconds(),
            "heartbeat_s": None if heartbeat is None else heartbeat.total_seconds(),
            "python": None,
            "exec": launch.kind is LaunchKind.SCRIPT and launch.isolation is Isolation.COLD,
        }

    def _environment(self, launch: Launch) -> dict[str, str]:
        env = self._base | launch.env
        for name, value in launch.env.items():
            if not isinstance(value, str) or "\0" in value or "\0" in name or "=" in name:
                raise Invalid(f"environment variable {name!r} can't be set to {value!r}")
        run_id, number = split_key(launch.key)
        env["RUNYARD_RUN"] = launch.key
        env.setdefault("RUNYARD_RUN_ID", run_id)
        env.setdefault("RUNYARD_ATTEMPT", str(number))
        env.setdefault("RUNYARD_TASK", launch.task_id)
        if "RUNYARD_CONTEXT" not in env:
            env["RUNYARD_CONTEXT"] = orjson.dumps(launch.context).decode()
        return env


@lru_cache(maxsize=256)
def _limits(limits: Limits) -> dict[str, Any]:
    return asdict(limits)


def _activated(env: dict[str, str], folder: Path, *, own: Mapping[str, str]) -> dict[str, str]:
    """So that the programs of the environment are found, as in an activated one."""
    path = f"{folder / 'bin'}{os.pathsep}{env.get('PATH', os.defpath)}"
    return env | {"VIRTUAL_ENV": own.get("VIRTUAL_ENV", str(folder)), "PATH": path}


def _package_root() -> str:
    return str(Path(__file__).resolve().parents[3])


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
