"""The machine's figures: CPU, memory, disk, this process, and the Python processes around it.

psutil is loaded with the first question: a server that nobody asks does without it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

_SAMPLE_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineLoad:
    """Sizes in bytes, shares in percent."""

    cpu_percent: float
    memory_total: int
    memory_available: int
    memory_used: int
    memory_percent: float
    disk_total: int
    disk_used: int
    disk_free: int
    disk_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessFacts:
    pid: int
    name: str
    status: str
    rss: int
    vms: int = 0
    cpu_percent: float = 0.0
    threads: int = 0


class Machine:
    """Looks when asked; nothing runs between two questions. `disk` names the volume."""

    def __init__(self, disk: Path) -> None:
        self._disk = disk

    async def load(self) -> MachineLoad:
        """Samples the CPU for a tenth of a second."""
        return await asyncio.to_thread(self._load)

    async def own_process(self) -> ProcessFacts:
        return await asyncio.to_thread(_own_process)

    async def python_processes(self) -> list[ProcessFacts]:
        """Those whose name has `python` in it; what vanishes or denies access is left out."""
        return await asyncio.to_thread(_python_processes)

    def _load(self) -> MachineLoad:
        import psutil  # noqa: PLC0415

        memory = psutil.virtual_memory()
        disk = psutil.disk_usage(str(self._disk))
        return MachineLoad(
            cpu_percent=psutil.cpu_percent(interval=_SAMPLE_S),
            memory_total=memory.total,
            memory_available=memory.available,
            memory_used=memory.used,
            memory_percent=memory.percent,
            disk_total=disk.total,
            disk_used=disk.used,
            disk_free=disk.free,
            disk_percent=disk.percent,
        )


def _own_process() -> ProcessFacts:
    import psutil  # noqa: PLC0415

    process = psutil.Process()
    cpu = process.cpu_percent(interval=_SAMPLE_S)
    with process.oneshot():
        memory = process.memory_info()
        return ProcessFacts(
            pid=process.pid,
            name=process.name(),
            status=str(process.status()),
            rss=memory.rss,
            vms=memory.vms,
            cpu_percent=cpu,
            threads=process.num_threads(),
        )


def _python_processes() -> list[ProcessFacts]:
    import psutil  # noqa: PLC0415

    found = []
    for process in psutil.process_iter():
        try:
            with process.oneshot():
                name = process.name()
                if "python" in name.lower():
                    memory = process.memory_info()
                    status = str(process.status())
                    found.append(
                        ProcessFacts(pid=process.pid, name=name, status=status, rss=memory.rss)
                    )
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found
