"""The machine and its processes now: shares of the processor since the last look.

All of it blocks for a few milliseconds; callers ask from a thread. What several pages ask within a
second is looked up once.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from runyard.engines.contract import AttemptKey, LiveAttempt, split_key
from runyard.process import tree, usage
from runyard.process.identity import identity_of
from runyard.process.usage import TICKS_PER_S, ProcessUsage, TreeUsage

_FRESH_S = 1.0
_FIRST_SAMPLE_S = 0.1
_LONGEST_COMMAND = 300
_STATES = {
    "R": "running",
    "S": "sleeping",
    "D": "disk-sleep",
    "T": "stopped",
    "t": "tracing-stop",
    "Z": "zombie",
    "X": "dead",
    "I": "idle",
    "P": "parked",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """Memory or a disk, in bytes; `available` is what can still be taken."""

    total: int
    used: int
    available: int
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnProcess:
    pid: int
    rss_bytes: int
    cpu_percent: float
    threads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineNow:
    cpu_percent: float
    cpu_count: int
    load_1: float
    load_5: float
    load_15: float
    memory: Volume
    disk: Volume
    server: OwnProcess
    supervisor: OwnProcess | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunUsage:
    """The processes of one live attempt together."""

    run_id: str
    attempt: int
    pid: int
    started_at: datetime
    cpu_percent: float
    rss_bytes: int
    threads: int
    processes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonProcess:
    pid: int
    name: str
    command: str  # shortened
    status: str
    cpu_percent: float
    rss_bytes: int
    run_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessesNow:
    runs: Sequence[RunUsage]
    python: Sequence[PythonProcess]


class Shares:
    """Percent of one core by identity: since the last look, at the first one since the start."""

    def __init__(self) -> None:
        self._before: dict[tuple[object, ...], tuple[float, int]] = {}

    def of(
        self, ticks: Mapping[tuple[object, ...], tuple[int, float]]
    ) -> dict[tuple[object, ...], float]:
        """`ticks`: used so far and age in seconds. What is not named is forgotten."""
        now = time.monotonic()
        before, self._before = self._before, {}
        found = {}
        for identity, (used, age_s) in ticks.items():
            since, base = before.get(identity, (now - age_s, 0))
            passed_s = now - since
            percent = 100.0 * (used - base) / TICKS_PER_S / passed_s if passed_s > 0 else 0.0
            found[identity] = round(max(0.0, percent), 1)
            self._before[identity] = (now, used)
        return found


class MachineGauge:
    """`disk` names the volume; `supervisor` answers its process, if there is one."""

    def __init__(self, disk: Path, *, supervisor: Callable[[], int | None]) -> None:
        self._disk = disk
        self._supervisor = supervisor
        self._shares = Shares()
        self._times: tuple[float, float] | None = None  # busy and all, of the last look
        self._kept: tuple[float, MachineNow] | None = None
        self._lock = threading.Lock()

    def now(self) -> MachineNow:
        with self._lock:
            if self._kept is None or time.monotonic() - self._kept[0] >= _FRESH_S:
                self._kept = (time.monotonic(), self._look())
            return self._kept[1]

    def _look(self) -> MachineNow:
        import psutil  # noqa: PLC0415 - a server that nobody asks starts without it

        memory = psutil.virtual_memory()
        disk = psutil.disk_usage(str(self._disk))
        one, five, fifteen = os.getloadavg()
        server, supervisor = self._processes()
        return MachineNow(
            cpu_percent=self._cpu_percent(),
            cpu_count=os.cpu_count() or 1,
            load_1=round(one, 2),
            load_5=round(five, 2),
            load_15=round(fifteen, 2),
            memory=Volume(
                total=memory.total,
                used=memory.used,
                available=memory.available,
                percent=memory.percent,
            ),
            disk=Volume(
                total=disk.total, used=disk.used, available=disk.free, percent=disk.percent
            ),
            server=server,
            supervisor=supervisor,
        )

    def _cpu_percent(self) -> float:
        if self._times is None:
            self._times = _cpu_times()
            time.sleep(_FIRST_SAMPLE_S)
        before, self._times = self._times, _cpu_times()
        passed = self._times[1] - before[1]
        busy = self._times[0] - before[0]
        return round(min(100.0, max(0.0, 100.0 * busy / passed)), 1) if passed > 0 else 0.0

    def _processes(self) -> tuple[OwnProcess, OwnProcess | None]:
        own = usage.look(os.getpid())
        if own is None:
            raise RuntimeError("there is no /proc to look at")
        pid = self._supervisor()
        other = None if pid is None else usage.look(pid)
        shares = self._shares.of(
            {
                (one.pid, one.started): (one.own_ticks, one.age_s())
                for one in (own, other)
                if one is not None
            }
        )

        def facts(one: ProcessUsage) -> OwnProcess:
            return OwnProcess(
                pid=one.pid,
                rss_bytes=one.rss_bytes,
                cpu_percent=shares[one.pid, one.started],
                threads=one.threads,
            )

        return facts(own), None if other is None else facts(other)


def _cpu_times() -> tuple[float, float]:
    """Busy and all seconds of all processors; what a hypervisor took counts as busy."""
    import psutil  # noqa: PLC0415

    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    # Linux counts the time of guests as user and nice time already.
    whole = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
    return whole - idle, whole


class ProcessGauge:
    """The trees of runs on this machine, and all Python processes."""

    def __init__(
        self,
        data_dir: Path,
        *,
        live: Callable[[], Sequence[LiveAttempt]],
        supervisor: Callable[[], int | None],
    ) -> None:
        self._data_dir = data_dir
        self._live = live
        self._supervisor = supervisor
        self._run_shares = Shares()
        self._shares = Shares()
        self._markers: dict[tuple[int, int], str | None] = {}
        self._kept: tuple[float, ProcessesNow] | None = None
        self._lock = threading.Lock()

    def trees(self, mains: Mapping[str, int]) -> Mapping[str, TreeUsage]:
        """What the attempts with these main processes use; those that are gone are left out."""
        with self._lock:
            return self._trees(usage.look_at_all(), mains)

    def now(self) -> ProcessesNow:
        with self._lock:
            if self._kept is None or time.monotonic() - self._kept[0] >= _FRESH_S:
                self._kept = (time.monotonic(), self._look())
            return self._kept[1]

    def _look(self) -> ProcessesNow:
        live = {one.key: one for one in self._live() if one.pid is not None}
        table = usage.look_at_all()
        found = self._trees(table, {key: one.pid for key, one in live.items() if one.pid})
        shares = self._run_shares.of({(k,): (t.ticks, t.age_s) for k, t in found.items()})
        runs = []
        owners: dict[int, str] = {}
        for key, used in found.items():
            attempt = live[AttemptKey(key)]
            run_id, number = split_key(key)
            owners |= dict.fromkeys(used.pids, run_id)
            runs.append(
                RunUsage(
                    run_id=run_id,
                    attempt=number,
                    pid=attempt.pid or 0,
                    started_at=attempt.started_at,
                    cpu_percent=shares[key,],
                    rss_bytes=used.rss_bytes,
                    threads=used.threads,
                    processes=used.processes,
                )
            )
        runs.sort(key=lambda one: (one.started_at, one.run_id))
        return ProcessesNow(runs=runs, python=self._python(table, owners))

    def _python(
        self, table: Mapping[int, ProcessUsage], owners: Mapping[int, str]
    ) -> list[PythonProcess]:
        commands = {one.pid: usage.command_of(one.pid) for one in table.values()}
        wanted = [one for one in table.values() if _is_python(one.name, commands[one.pid])]
        shares = self._shares.of(
            {(one.pid, one.started): (one.own_ticks, one.age_s()) for one in wanted}
        )
        found = [
            PythonProcess(
                pid=one.pid,
                name=one.name,
                command=_shortened(commands[one.pid]),
                status=_STATES.get(one.state, one.state),
                cpu_percent=shares[one.pid, one.started],
                rss_bytes=one.rss_bytes,
                run_id=owners.get(one.pid),
            )
            for one in wanted
        ]
        return sorted(found, key=lambda one: one.pid)

    def _trees(
        self, table: Mapping[int, ProcessUsage], mains: Mapping[str, int]
    ) -> dict[str, TreeUsage]:
        known, self._markers = self._markers, {}
        identity = identity_of(str(self._data_dir)) if mains else ""

        def marker_of(process: ProcessUsage) -> str | None:
            who = (process.pid, process.started)
            self._markers[who] = (
                known[who] if known.get(who) else tree.marker_of(process.pid, identity)
            )
            return self._markers[who]

        return usage.trees(table, mains, supervisor=self._supervisor(), marker_of=marker_of)


def _is_python(name: str, command: str) -> bool:
    """Programs that pip installs are Python by their command only: their name is their own."""
    return "python" in name.lower() or "python" in command.partition(" ")[0].lower()


def _shortened(command: str) -> str:
    if len(command) <= _LONGEST_COMMAND:
        return command
    return command[: _LONGEST_COMMAND - 1] + "…"
