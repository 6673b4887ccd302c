"""Who carries out the tasks of a type: its registered executor, or a Runyard task of its name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runyard.dialects.pixivtailor.words import NOT_YET, TaskRecord
from runyard.domain.errors import Invalid, NotFound
from runyard.executors.contract import BUILT_IN
from runyard.runtime.service import Service

DOCUMENTED = ("generate", "crawl", "tag", "train", "classify")


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """Exactly one of the two is given. A task gets the configuration as its parameters."""

    executor: str | None = None
    task_id: str | None = None
    takes_more: bool = True  # parameters that it does not declare

    def params(self, record: TaskRecord, folder: Path) -> dict[str, Any]:
        around = {"task_id": record.id, "output_dir": str(folder)} if self.takes_more else {}
        return around if self.executor is not None else {**around, **record.config}


@dataclass(frozen=True, slots=True, kw_only=True)
class Nobody:
    reason: str


async def find(service: Service, type_: str) -> Carrier | Nobody:
    """Raises `Invalid` for a type that is neither documented nor carried out by anybody."""
    if type_ in service.executors:
        executor = service.executors.get(type_)
        if executor.source != BUILT_IN:
            spec = executor.one_off_spec({})
            return Carrier(executor=type_, takes_more=spec.extra_parameters)
    try:
        task = await service.catalog.get(type_)
    except (NotFound, Invalid):
        if type_ not in DOCUMENTED:
            raise Invalid(f"Unsupported task type: {type_[:80]}") from None
        return Nobody(reason=_reason(type_))
    return Carrier(task_id=task.id, takes_more=task.spec.extra_parameters)


def _reason(type_: str) -> str:
    if type_ in NOT_YET:
        return f"任务类型 {type_} 暂未实现"
    return "未找到AI生成任务的执行器" if type_ == "generate" else f"未找到任务类型 {type_} 的执行器"
