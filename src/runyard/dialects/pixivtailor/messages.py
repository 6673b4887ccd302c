"""The WebSocket messages of PixivTailor, each change in both families: flat and nested."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from runyard.dialects.pixivtailor.words import (
    WELCOME,
    clock_text,
    counters_of,
    error_text,
    json_text,
    progress_of,
    result_object,
    status_word,
)
from runyard.domain.runs import Run
from runyard.process.logs import LogLine, Stream

WELCOME_TEXT = json_text({"type": "welcome", "message": WELCOME})
PONG_TEXT = '{"type":"pong"}'

_LONGEST_LINE = 8192
_RECORD = re.compile(r"\[(debug|info|warning|error|critical)\] ")
_LEVEL = re.compile(r"\b(DEBUG|INFO|WARNING|WARN|ERROR|CRITICAL|FATAL)\b")
_LEVEL_WITHIN = 60  # characters from the beginning of a line
_LEVELS = {
    "debug": "info",
    "info": "info",
    "warn": "warning",
    "warning": "warning",
    "error": "error",
    "critical": "error",
    "fatal": "error",
}


def status_texts(task_id: str, run: Run) -> list[str]:
    """What is said when the status or the progress of a task has changed."""
    status, progress = status_word(run.status), progress_of(run)
    found, downloaded = counters_of(run)
    data = {
        "task_id": task_id,
        "status": status,
        "progress": progress,
        "images_found": found,
        "images_downloaded": downloaded,
        "images_generated": found,
        "images_success": downloaded,
        "result": result_object(run),
        "error_message": error_text(run),
        "message": run.message or "",
        "time": clock_text(datetime.now(UTC)),
    }
    return [_flat_status(task_id, status, progress), _nested("task_update", task_id, data)]


def failed_texts(task_id: str, error: str) -> list[str]:
    """The same for a task that could not be given to anybody."""
    data = {
        "task_id": task_id,
        "status": "failed",
        "progress": 0,
        "images_found": 0,
        "images_downloaded": 0,
        "images_generated": 0,
        "images_success": 0,
        "result": {},
        "error_message": error,
        "message": "",
        "time": clock_text(datetime.now(UTC)),
    }
    return [_flat_status(task_id, "failed", 0), _nested("task_update", task_id, data)]


def log_texts(task_id: str, line: LogLine) -> list[str]:
    level, text = _level_and_text(line)
    return said_texts(task_id, level, text[:_LONGEST_LINE], at=line.at)


def said_texts(task_id: str, level: str, text: str, *, at: datetime) -> list[str]:
    flat = {"type": "task_log", "task_id": task_id, "level": level, "message": text}
    data = {"task_id": task_id, "level": level, "message": text, "time": clock_text(at)}
    return [json_text(flat), _nested("log_message", task_id, data)]


def global_text(level: str, text: str) -> str:
    data = {"level": level, "message": text, "time": clock_text(datetime.now(UTC))}
    return json_text({"type": "global_log", "data": data})


def error_message_text(text: str) -> str:
    return json_text({"type": "error", "message": text})


def named_text(kind: str, data: dict[str, Any]) -> str:
    """An answer to a question of the client: `system_status`, `webui_status`."""
    return json_text({"type": kind, "data": data})


def global_line(task_id: str, task_type: str, run: Run) -> tuple[str, str]:
    """Level and text of the line that goes to everybody with a change of status."""
    match status_word(run.status):
        case "pending":
            return "info", f"任务 {task_id} (类型: {task_type}) 等待执行"
        case "running":
            return "info", f"任务 {task_id} (类型: {task_type}) 开始执行"
        case "completed":
            return "info", f"任务 {task_id} (类型: {task_type}) 已完成"
        case "cancelled":
            return "warning", f"任务 {task_id} (类型: {task_type}) 已取消"
        case _:
            return "error", f"任务 {task_id} (类型: {task_type}) 失败: {error_text(run)}"


def _flat_status(task_id: str, status: str, progress: int) -> str:
    return json_text(
        {"type": "task_status", "task_id": task_id, "status": status, "progress": progress}
    )


def _nested(kind: str, task_id: str, data: dict[str, Any]) -> str:
    return json_text({"type": kind, "task_id": task_id, "data": data})


def _level_and_text(line: LogLine) -> tuple[str, str]:
    """A record of the run names its level; on stderr the line often does."""
    match line.stream:
        case Stream.PLATFORM:
            record = _RECORD.match(line.text)
            if record is None:
                return "info", line.text
            return _LEVELS[record[1]], line.text[record.end() :]
        case Stream.STDERR:
            named = _LEVEL.search(line.text[:_LEVEL_WITHIN])
            return (_LEVELS[named[1].lower()] if named else "warning"), line.text
        case _:
            return "info", line.text
