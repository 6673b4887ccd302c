"""Builds what an operator looks at: gauges, history, log folder, the server's own log, settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from runyard.app.logging_setup import APP_LOG
from runyard.app.settings import Settings
from runyard.app.settings_view import effective_settings
from runyard.domain.admission import Admission
from runyard.domain.runs import Run
from runyard.engines.local import LocalEngine
from runyard.runtime.gauges import MachineGauge, ProcessGauge
from runyard.runtime.load_history import LoadHistory, LoadSample
from runyard.runtime.log_folder import LogFolder
from runyard.runtime.log_listing import LogListing
from runyard.runtime.monitoring import Monitoring, MonitoringParts
from runyard.runtime.sampling import Sampler
from runyard.runtime.server_log import LogSource, ServerLog
from runyard.store import Store, runs


def build_monitoring(
    settings: Settings,
    *,
    store: Store,
    engine: LocalEngine,
    admission: Admission,
    log_path: Callable[[Run], Path],
) -> tuple[Monitoring, Sampler]:
    def supervisor() -> int | None:
        return engine.supervisor_pid

    async def runs_by_id(run_ids: Sequence[str]) -> Mapping[str, Run]:
        if not run_ids:
            return {}
        found = await store.read(lambda tx: runs.get_many(tx, run_ids))
        return {run.id: run for run in found}

    machine = MachineGauge(settings.data, supervisor=supervisor)
    processes = ProcessGauge(settings.data, live=engine.live, supervisor=supervisor)
    history = LoadHistory()

    def load() -> LoadSample:
        now, counts = machine.now(), admission.counts()
        return LoadSample(
            cpu_percent=now.cpu_percent,
            memory_percent=now.memory.percent,
            disk_percent=now.disk.percent,
            running=counts.live,
            waiting=counts.waiting,
        )

    parts = MonitoringParts(
        machine=machine,
        processes=processes,
        history=history,
        files=LogFolder(settings.logs_folder),
        listing=LogListing(settings.logs_folder),
        server_log=ServerLog(
            {
                LogSource.SERVER: settings.logs_folder / APP_LOG,
                LogSource.SUPERVISOR: settings.data / "supervisor.log",
            }
        ),
        settings=effective_settings(settings),
        runs_by_id=runs_by_id,
        log_path=log_path,
    )
    sampler = Sampler(
        history=history,
        load=load,
        live=engine.live,
        look=processes.trees,
        runs_by_id=runs_by_id,
        log_path=log_path,
    )
    return Monitoring(parts), sampler
