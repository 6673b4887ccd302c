"""Which processes belong to a run, and signalling them without ever hitting a recycled pid."""

from __future__ import annotations

import os
import signal

from runyard.process.identity import NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable

MARKER = b"RUNYARD_RUN="
_PIDFD = hasattr(os, "pidfd_open")


class Process:
    """One row of /proc as it was at the time of a look."""

    __slots__ = ("group", "parent", "pid", "session", "started", "state")

    def __init__(self, pid: int, fields: list[bytes]) -> None:
        self.pid = pid
        self.state = fields[0]
        self.parent = int(fields[1])
        self.group = int(fields[2])
        self.session = int(fields[3])
        self.started = fields[19]  # clock ticks since boot: with the pid, an identity

    @property
    def dead(self) -> bool:
        return self.state in (b"Z", b"X")


def look(pid: int) -> Process | None:
    """The process with that pid, or None."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:  # noqa: PTH123 - pathlib is slow to import
            stat = file.read(1024)
    except OSError:
        return None
    # The name stands in brackets and may hold anything, brackets included.
    return Process(pid, stat[stat.rindex(b")") + 2 :].split())


def look_at_all() -> dict[int, Process]:
    processes = {}
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit():
            process = look(int(name))
            if process is not None:
                processes[process.pid] = process
    return processes


def marker_of(pid: int, identity: str) -> str | None:
    """The key of the run whose environment the process was given; None if it has none.

    "" for a process of another supervisor, whatever its key.
    """
    try:
        with open(f"/proc/{pid}/environ", "rb", buffering=0) as file:  # noqa: PTH123
            environ = file.readall()
    except OSError:
        return None
    entries = environ.split(b"\0")
    for entry in entries:
        if entry.startswith(MARKER):
            key = entry[len(MARKER) :].rstrip(b" ").decode(errors="replace")
            ours = f"{NAME}={identity}".encode() in entries
            return (key if ours else "") if key else None
    return None


def members(
    table: dict[int, Process],
    *,
    key: str,
    identity: str,
    main: int,
    zygotes: Container[int],
    reapers: Container[int],
    mains: Container[int],
    strays_of: int | None,
) -> list[Process]:
    """The living processes of a run: its group, its session, its strays, and all their descendants.

    `reapers` are the pids to which orphans fall (the zygotes among them), `mains` the main
    processes of all runs. An orphan is known by the marker in its environment; one that hides its
    origin belongs to the run only if it fell to the zygote `strays_of`, whose only run this is.
    """
    found = {
        process.pid
        for process in table.values()
        if main in (process.pid, process.group, process.session)
    }
    for process in table.values():
        pid = process.pid
        is_orphan = process.parent in reapers and pid not in mains and pid not in zygotes
        if is_orphan and pid not in found:
            owner = marker_of(pid, identity)
            if owner == key or (owner is None and process.parent == strays_of):
                found.add(pid)
    _add_descendants(table, found)
    return [table[pid] for pid in found if not table[pid].dead]


def _add_descendants(table: dict[int, Process], found: set[int]) -> None:
    children: dict[int, list[int]] = {}
    for process in table.values():
        children.setdefault(process.parent, []).append(process.pid)
    pending = list(found)
    while pending:
        for child in children.get(pending.pop(), ()):
            if child not in found:
                found.add(child)
                pending.append(child)


def marked(keys: Container[str], identity: str) -> list[Process]:
    """All living processes on the machine that carry the marker of one of `keys`, and are ours."""
    own = os.getpid()
    return [
        process
        for process in look_at_all().values()
        if process.pid != own and not process.dead and marker_of(process.pid, identity) in keys
    ]


def send(processes: Iterable[Process], number: int) -> int:
    """Signal the very processes that were looked at; how many were still there."""
    return sum(_send_one(process, number) for process in processes)


def _send_one(process: Process, number: int) -> bool:
    try:
        if not _PIDFD:
            now = look(process.pid)
            if now is None or now.started != process.started:
                return False
            os.kill(process.pid, number)
            return True
        handle = os.pidfd_open(process.pid)
        try:
            now = look(process.pid)
            if now is None or now.started != process.started:
                return False
            signal.pidfd_send_signal(handle, number)
            return True
        finally:
            os.close(handle)
    except (ProcessLookupError, PermissionError):
        return False


def resident_bytes(processes: Iterable[Process]) -> int:
    page = os.sysconf("SC_PAGE_SIZE")
    total = 0
    for process in processes:
        try:
            with open(f"/proc/{process.pid}/statm", "rb", buffering=0) as file:  # noqa: PTH123
                total += int(file.read(256).split()[1]) * page
        except (OSError, IndexError):
            continue  # it ended while we looked
    return total
