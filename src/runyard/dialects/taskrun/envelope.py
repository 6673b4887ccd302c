"""TaskRunService's envelope: `{success, data}` or `{success, message}`, and its messages."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from runyard.dialects.answers import json_answer
from runyard.dialects.frame import Dialect, Refusal
from runyard.domain.errors import Invalid

NAME = "taskrun"

NO_SUCH_TASK = "任务不存在"
NO_SUCH_RUN = "执行记录不存在"
NO_SUCH_LOG = "日志文件不存在"
NO_APP_LOG = "应用日志不存在"
CREATED = "任务创建成功"
UPDATED = "任务更新成功"
DELETED = "任务删除成功"
ACCEPTED = "任务已提交执行"
EXISTS = "任务已存在"
ID_MISSING = "缺少task_id"
CONTENT_MISSING = "缺少content"
FULL = "已达到最大并发任务数"
NAME_OR_SCRIPTS_MISSING = "缺少name或scripts"


def running_already(task_id: str) -> str:
    return f"任务 {task_id} 已在执行中，保障了进程唯一性"


def ok(data: Any, **beside: Any) -> Response:
    return json_answer({"success": True, "data": data, **beside})


def said(message: str | int, *, status: int = 200, **beside: Any) -> Response:
    return json_answer({"success": True, "message": message, **beside}, status=status)


def refused(message: str, *, status: int = 400) -> Response:
    return json_answer({"success": False, "message": message}, status=status)


def _refuse(refusal: Refusal) -> Response:
    # A conflict is a mistake of the client like any other here.
    return refused(refusal.message, status=400 if refusal.status == 409 else refusal.status)


DIALECT = Dialect(name=NAME, refuse=_refuse)


def text_of(body: dict[str, Any], name: str, default: str | None = None) -> str:
    """A field that is text. Raises `Invalid` for anything else."""
    value = body.get(name, default)
    if not isinstance(value, str):
        raise Invalid(f"{name} must be text")
    return value
