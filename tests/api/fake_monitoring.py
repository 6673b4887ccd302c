"""Monitoring over the folder of the fake Service: the real parts, without live processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runyard.runtime.gauges import MachineGauge, ProcessGauge
from runyard.runtime.load_history import LoadHistory
from runyard.runtime.log_folder import LogFolder
from runyard.runtime.log_listing import LogListing
from runyard.runtime.monitoring import EffectiveSetting, Monitoring, MonitoringParts
from runyard.runtime.server_log import LogSource, ServerLog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runyard.domain.runs import Run
    from tests.api.fake import FakeService


def fake_monitoring(service: FakeService) -> Monitoring:
    folder = service.folder

    async def runs_by_id(run_ids: Sequence[str]) -> dict[str, Run]:
        return {run_id: service.all[run_id] for run_id in run_ids if run_id in service.all}

    return Monitoring(
        MonitoringParts(
            machine=MachineGauge(folder, supervisor=lambda: None),
            processes=ProcessGauge(folder, live=lambda: service.live, supervisor=lambda: None),
            history=LoadHistory(),
            files=LogFolder(folder),
            listing=LogListing(folder),
            server_log=ServerLog(
                {
                    LogSource.SERVER: folder / "app.log",
                    LogSource.SUPERVISOR: folder / "supervisor.log",
                }
            ),
            settings=[
                EffectiveSetting(
                    name="port",
                    value=5000,
                    source="default",
                    description="where",
                    env="RUNYARD_PORT",
                    option="--port N",
                )
            ],
            runs_by_id=runs_by_id,
            log_path=service.log_path,
        )
    )
