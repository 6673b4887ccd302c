"""What a zygote works out before it forks, so that the run process has less to do.

Every page of memory that a run process writes to has to be copied for it; what is done here, once
and before the fork, costs it nothing. Loaded by `zygote.py` under any CPython >= 3.8.
"""

# No pathlib, late imports and an old Python are the point of this file.
# ruff: noqa: PLC0415, PTH116, PTH123

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    Signature = tuple[int, int, int]

_MARKER = b"RUNYARD_RUN="
_CODES = 256


class Surroundings:
    """The environment of the zygote, what a run's differs in, and the marker of the newest run."""

    def __init__(self) -> None:
        os.environ.pop("LD_BIND_NOW", None)  # it was for us only
        self._variables = dict(os.environ)
        self.place = _find_marker()
        try:
            self.memory = os.open("/proc/self/mem", os.O_WRONLY | os.O_CLOEXEC)
        except OSError:
            self.memory = -1  # only pure forks of a run are harder to find then

    def mark(self, key: str) -> None:
        """Make the kernel show `key` as ours ("": none); the fork that follows inherits it."""
        address, room = self.place
        data = key.encode()
        if self.memory >= 0 and room >= len(data):
            try:
                os.pwrite(self.memory, data.ljust(room), address)
            except OSError:
                self.memory = -1

    def changes(self, order: dict[str, Any]) -> tuple[list[tuple[bytes, bytes]], list[str], bool]:
        """(variables to set, variables to remove, whether the time zone is another)."""
        env, own = order["env"], self._variables
        removed = [name for name in own if name not in env]
        forked = order["kind"] != "command" and not order["exec"]
        if forked and "LC_CTYPE" in removed and not env.keys() & {"LC_ALL", "LANG"}:
            removed.remove("LC_CTYPE")  # python itself set it, for the C locale
        changed = [
            (os.fsencode(name), os.fsencode(value))
            for name, value in env.items()
            if own.get(name) != value
        ]
        return changed, removed, own.get("TZ") != env.get("TZ")


class CodeCache:
    """Code objects by frozen path. The first run of a path compiles in the run process, for the
    compiler might crash on it or warn; from the second on the zygote's own copy is used."""

    def __init__(self) -> None:
        self._codes: dict[str, tuple[CodeType, bytes, Signature | None] | None] = {}
        self._tried: set[str] = set()  # compiled here, with or without success

    def get(self, order: dict[str, Any]) -> tuple[tuple[CodeType, bytes, bool] | None, bool]:
        """(code, source, whether the file at the shown path is known to say the same), if known;
        and whether it was compiled just now."""
        path = order["code_path"]
        if path is None or order["kind"] != "script" or order["exec"]:
            return None, False
        shown = order["path"]
        name = path + "\0" + shown
        if name not in self._codes:
            if len(self._codes) >= _CODES:
                oldest = next(iter(self._codes))
                del self._codes[oldest]
                self._tried.discard(oldest)
            self._codes[name] = None
            return None, False
        known = self._codes[name]
        compiled = order["compiles"] and name not in self._tried
        if compiled:
            self._tried.add(name)
            known = self._codes[name] = _compile(path, shown)
        if known is None:
            return None, compiled
        code, source, signature = known
        return (code, source, signature is not None and signature == _signature(shown)), compiled


def _compile(path: str, shown: str) -> tuple[CodeType, bytes, Signature | None] | None:
    try:
        with open(path, "rb") as file:
            source = file.read()
        code = _compile_strictly(source, shown)
    except Exception:  # noqa: BLE001 - the run process will meet it again and show it
        return None
    signature = _signature(shown)
    try:
        with open(shown, "rb") as file:
            same = file.read() == source
    except OSError:
        same = False
    return code, source, signature if same else None


def _compile_strictly(source: bytes, shown: str) -> CodeType:
    """Raises for what the compiler only warns of. `warnings` is imported only if it is already:
    what a run finds in `sys.modules` is what it would find without us."""
    import _warnings

    mutated = getattr(_warnings, "_filters_mutated", None)
    if mutated is None or "warnings" in sys.modules:
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return compile(source, shown, "exec", dont_inherit=True)
    filters: Any = _warnings.filters
    filters.insert(0, ("error", None, Warning, None, 0))
    mutated()
    try:
        return compile(source, shown, "exec", dont_inherit=True)
    finally:
        del filters[0]
        mutated()


def _signature(path: str) -> Signature | None:
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _find_marker() -> tuple[int, int]:
    """Where the kernel shows our environment (address, length of the marker's value), or (0, 0).

    The supervisor starts a zygote with `RUNYARD_RUN=` and blanks as its very first variable; the
    key of a run is written there, and so do all its forks carry it in /proc/<pid>/environ.
    """
    try:
        with open("/proc/self/stat", "rb") as file:
            stat = file.read()
        with open("/proc/self/environ", "rb") as file:
            environ = file.read()
    except OSError:
        return 0, 0
    start = int(stat[stat.rindex(b")") + 2 :].split()[47])
    entry = environ.split(b"\0", 1)[0]
    if not start or not entry.startswith(_MARKER):
        return 0, 0
    return start + len(_MARKER), len(entry) - len(_MARKER)
