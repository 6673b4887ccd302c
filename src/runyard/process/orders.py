"""A launch as it arrives from the server, checked, and the order that a zygote gets for it."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from runyard.process.zygotes import Recipe

_KINDS = frozenset({"script", "function", "command"})
_NEEDS_FRESH = ("PYTHON", "LD_", "MALLOC_", "GLIBC_")
_LOCALE = ("LANG", "LC_")


class Order:
    """One attempt to start. `env` is complete; durations are seconds, sizes bytes."""

    __slots__ = (
        "argv", "code_path", "context", "cpu_s", "cwd", "env", "fresh", "grace_s", "key", "kind",
        "launch", "log_path", "memory_bytes", "open_files", "output_bytes", "path", "pooled",
        "preload", "prepare_timeout_s", "python", "sys_path", "target", "timeout_s",
    )  # fmt: skip

    def __init__(self, launch: dict[str, Any]) -> None:
        """Raises ValueError, in words, for what cannot be started."""
        self.launch = launch
        self.key = _text(launch, "key")
        self.kind = _text(launch, "kind")
        if self.kind not in _KINDS:
            raise ValueError(f"a supervisor can't start the kind {self.kind!r}")
        self.log_path = _text(launch, "log_path")
        self.cwd = _text(launch, "cwd")
        self.env = _environment(launch, self.key)
        self.argv = [str(word) for word in launch.get("argv") or ()]
        self.path = launch.get("path")
        self.code_path = launch.get("code_path") or self.path
        self.target = launch.get("target")
        self.python = launch.get("python")
        self.preload = tuple(launch.get("preload") or ())
        self.sys_path = tuple(launch.get("sys_path") or ())
        self.timeout_s = launch.get("timeout_s")
        self.prepare_timeout_s = launch.get("prepare_timeout_s")
        grace_s = launch.get("grace_s")
        self.grace_s = 5.0 if grace_s is None else float(grace_s)
        limits = launch.get("limits") or {}
        self.memory_bytes = limits.get("memory_bytes")
        self.cpu_s = limits.get("cpu_s")
        self.open_files = limits.get("open_files")
        self.output_bytes = limits.get("output_bytes")
        isolation = launch.get("isolation")
        # What the kernel limits for a whole process can't be limited for one job of a worker.
        own_process = (self.memory_bytes, self.cpu_s, self.open_files) != (None, None, None)
        self.pooled = self.kind == "function" and isolation == "pool" and not own_process
        self.fresh = self.kind == "script" and bool(
            launch.get("exec") or isolation == "cold" or _needs_fresh(self.env)
        )
        self._check()

    def _check(self) -> None:
        if self.kind == "script" and not self.path:
            raise ValueError("a script needs its path")
        if self.kind == "command" and not self.argv:
            raise ValueError("a command needs an argument vector")
        if self.kind == "function" and not self.target:
            raise ValueError("a function needs its target")

    @property
    def recipe(self) -> Recipe:
        """The kind of zygote that can fork this. The locale is set when an interpreter starts."""
        locale = tuple(item for item in sorted(self.env.items()) if item[0].startswith(_LOCALE))
        return self.python or sys.executable, self._modules, self.sys_path, locale

    @property
    def _modules(self) -> tuple[str, ...]:
        """What the zygote of this order imports before it forks."""
        if self.kind == "command" or self.fresh:
            return ()
        if self.kind == "function":
            module = str(self.target).partition(":")[0]
            return (*self.preload, module) if module not in self.preload else self.preload
        return self.preload

    def for_worker(self, key: str) -> dict[str, Any]:
        """The order for a worker of the pool that will do this and others like it."""
        order = self.for_zygote(compiles=False)
        return order | {
            "key": key,
            "kind": "worker",
            "fds": 4,
            "cwd": "/",
            "env": {},
            "launch": None,
        }

    def for_zygote(self, *, compiles: bool) -> dict[str, Any]:
        return {
            "key": self.key,
            "kind": self.kind,
            "fds": 3,
            "exec": self.fresh,
            "compiles": compiles,
            "code_path": self.code_path,
            "path": self.path,
            "argv": self.argv,
            "cwd": self.cwd,
            "env": self.env,
            "open_files": self.open_files,
            "cpu_s": self.cpu_s,
            "target": self.target,
            "launch": self.launch if self.kind == "function" else None,
        }


def _text(launch: dict[str, Any], name: str) -> str:
    value = launch.get(name)
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError(f"the launch has no usable {name!r}")
    return value


def _environment(launch: dict[str, Any], key: str) -> dict[str, str]:
    env = {str(name): str(value) for name, value in (launch.get("env") or {}).items()}
    run_id, _, attempt = key.rpartition(".")
    env["RUNYARD_RUN"] = key
    env.setdefault("RUNYARD_RUN_ID", run_id)
    env.setdefault("RUNYARD_ATTEMPT", attempt)
    return env


def _needs_fresh(env: dict[str, str]) -> bool:
    """Whether a variable must be there when the interpreter starts, so that a fork is too late."""
    return any(name.startswith(_NEEDS_FRESH) for name in env)
