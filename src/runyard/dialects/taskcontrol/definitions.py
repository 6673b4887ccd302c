"""Definitions: the server's instructions as the Task Control Service shows them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from runyard.dialects.answers import local_text
from runyard.dialects.taskcontrol.triggers import TriggerType, schedule_of
from runyard.domain.errors import NotFound
from runyard.domain.schedules.model import Schedule
from runyard.domain.states import LIVE
from runyard.runtime.instructions import CANCELLED_BY_USER, Instructions
from runyard.runtime.mappings import Mapping
from runyard.store import RunFilter

__all__ = ["CANCELLED_BY_USER", "Definitions"]

_TASKS_AT_ONCE = 40


class Definitions(Instructions):
    """The definitions of one server."""

    async def create(
        self,
        *,
        user_id: str,
        content: str,
        trigger: TriggerType,
        arguments: dict[str, Any] | None,
    ) -> str:
        """The id of the new one. A trigger that can't be leaves nothing behind: `Invalid`."""
        return await self.add(
            user_id=user_id,
            content=content,
            spec=schedule_of(trigger, arguments, now=datetime.now(UTC)),
            trigger_type=trigger.value,
            trigger_args=arguments,
        )

    async def views(self, definitions: Sequence[Mapping]) -> list[dict[str, Any]]:
        """As they go over the wire, with their status as it is now."""
        ids = [one.key for one in definitions]
        live = await self._with_live_runs(ids)
        schedules = await asyncio.gather(*(self._schedule(one) for one in ids))
        return [
            _view(one, schedule, is_known=self._is_known(one.key), is_live=one.key in live)
            for one, schedule in zip(definitions, schedules, strict=True)
        ]

    def _is_known(self, definition_id: str) -> bool:
        try:
            self._service.catalog.find(definition_id)
        except NotFound:
            return False
        return True

    async def _with_live_runs(self, ids: Sequence[str]) -> set[str]:
        live: set[str] = set()
        for start in range(0, len(ids), _TASKS_AT_ONCE):
            some = tuple(ids[start : start + _TASKS_AT_ONCE])
            cursor: str | None = None
            while True:
                page = await self._service.runs(
                    RunFilter(task_ids=some, statuses=tuple(LIVE)), cursor=cursor, limit=500
                )
                live |= {run.task_id for run in page.items if run.task_id}
                cursor = page.next_cursor
                if cursor is None or live.issuperset(some):
                    break
        return live


def _view(
    definition: Mapping, schedule: Schedule | None, *, is_known: bool, is_live: bool
) -> dict[str, Any]:
    value = definition.value
    created = local_text(definition.created_at)
    return {
        "task_def_id": definition.key,
        "user_id": value["user_id"],
        "content": value["content"],
        "trigger_type": value["trigger_type"],
        "trigger_args": value["trigger_args"],
        "status": _status(value, schedule, is_known=is_known, is_live=is_live),
        "created_at": created,
        "updated_at": value.get("updated_at", created),
    }


def _status(
    value: dict[str, Any], schedule: Schedule | None, *, is_known: bool, is_live: bool
) -> str:
    if value.get("cancelled") or not is_known:
        return "CANCELLED"
    if schedule is not None and schedule.paused:
        return "PAUSED"
    fires_again = schedule is not None and schedule.next_at is not None
    return "ACTIVE" if fires_again or is_live else "COMPLETED"
