"""What the processes of this machine use, from one look over /proc, and which are a run's."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_DEAD = ("Z", "X")
_LONGEST_COMMAND = 4096  # bytes that are read of it


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessUsage:
    """One process at the time of a look; processor time in clock ticks since its start."""

    pid: int
    name: str
    state: str  # the letter of proc(5)
    parent: int
    group: int
    session: int
    started: int  # ticks since the machine started: with the pid, an identity
    own_ticks: int
    all_ticks: int  # with those of children that have ended and were waited for
    threads: int
    rss_bytes: int

    @property
    def dead(self) -> bool:
        return self.state in _DEAD

    def age_s(self) -> float:
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - self.started / TICKS_PER_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeUsage:
    """The living processes of one run together."""

    ticks: int
    rss_bytes: int
    threads: int
    processes: int
    age_s: float  # of its main process
    pids: tuple[int, ...]


def look(pid: int) -> ProcessUsage | None:
    """The process with that pid, or None."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:  # noqa: PTH123 - the hot path
            stat = file.read(1024)
    except OSError:
        return None
    # The name stands in brackets and may hold anything, brackets included.
    end = stat.rindex(b")")
    rest = stat[end + 2 :].split()
    own = int(rest[11]) + int(rest[12])
    return ProcessUsage(
        pid=pid,
        name=stat[stat.index(b"(") + 1 : end].decode(errors="replace"),
        state=rest[0].decode(),
        parent=int(rest[1]),
        group=int(rest[2]),
        session=int(rest[3]),
        started=int(rest[19]),
        own_ticks=own,
        all_ticks=own + int(rest[13]) + int(rest[14]),
        threads=int(rest[17]),
        rss_bytes=int(rest[21]) * _PAGE,
    )


def look_at_all() -> dict[int, ProcessUsage]:
    pids = (int(name) for name in os.listdir("/proc") if name.isdigit())  # noqa: PTH208
    return {pid: found for pid in pids if (found := look(pid)) is not None}


def command_of(pid: int) -> str:
    """Its arguments, with spaces between them; empty for what is gone or denies access."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb", buffering=0) as file:  # noqa: PTH123
            words = file.read(_LONGEST_COMMAND).rstrip(b"\0").split(b"\0")
    except OSError:
        return ""
    return b" ".join(words).decode(errors="replace")


def trees(
    table: Mapping[int, ProcessUsage],
    mains: Mapping[str, int],
    *,
    supervisor: int | None,
    marker_of: Callable[[ProcessUsage], str | None],
) -> dict[str, TreeUsage]:
    """What the runs of `mains` (main process by key) use; those that are gone are left out.

    To a run belong its group, its session and all descendants of these, and the orphans that fell
    to `supervisor` or its zygotes and carry the run's key (`marker_of`).
    """
    children: dict[int, list[int]] = {}
    by_session: dict[int, list[int]] = {}
    for process in table.values():
        children.setdefault(process.parent, []).append(process.pid)
        for leader in {process.session, process.group}:
            by_session.setdefault(leader, []).append(process.pid)
    orphans = _orphans(table, children, supervisor=supervisor, marker_of=marker_of)
    found = {}
    for key, main in mains.items():
        if main in table:
            roots = [main, *by_session.get(main, ()), *orphans.get(key, ())]
            members = [table[pid] for pid in _with_descendants(roots, children)]
            living = [process for process in members if not process.dead]
            if living:
                found[key] = _sum(living, main=table[main])
    return found


def _orphans(
    table: Mapping[int, ProcessUsage],
    children: Mapping[int, list[int]],
    *,
    supervisor: int | None,
    marker_of: Callable[[ProcessUsage], str | None],
) -> dict[str, list[int]]:
    if supervisor is None:
        return {}
    zygotes = children.get(supervisor, [])
    found: dict[str, list[int]] = {}
    for pid in (*zygotes, *(pid for zygote in zygotes for pid in children.get(zygote, ()))):
        key = marker_of(table[pid])
        if key:
            found.setdefault(key, []).append(pid)
    return found


def _with_descendants(roots: Iterable[int], children: Mapping[int, list[int]]) -> set[int]:
    found = set(roots)
    pending = list(found)
    while pending:
        for child in children.get(pending.pop(), ()):
            if child not in found:
                found.add(child)
                pending.append(child)
    return found


def _sum(living: list[ProcessUsage], *, main: ProcessUsage) -> TreeUsage:
    return TreeUsage(
        ticks=sum(process.all_ticks for process in living),
        rss_bytes=sum(process.rss_bytes for process in living),
        threads=sum(process.threads for process in living),
        processes=len(living),
        age_s=main.age_s(),
        pids=tuple(sorted(process.pid for process in living)),
    )
