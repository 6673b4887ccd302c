"""Domain objects as JSON bytes: the field names of the dataclasses, durations as `<name>_s`.

Instants are RFC 3339 in UTC with `Z`. These functions are on the hottest paths, so they build plain
dictionaries for orjson and keep the bytes of what seldom changes (a run's frozen definition).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from runyard.api.schedule_encoding import schedule_dict
from runyard.definitions.schedule_settings import to_schedule_settings
from runyard.domain.rates import format_rate
from runyard.domain.runs import Attempt, Run, RunError
from runyard.domain.schedules.model import Schedule
from runyard.domain.tasks import Queue, RetryPolicy, Task, TaskSpec, TaskVersion
from runyard.process.logs import LogLine, Stream
from runyard.runtime.requests import QueueView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from runyard.domain.waiting import Reason

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
_FAST = orjson.OPT_UTC_Z | orjson.OPT_PASSTHROUGH_DATACLASS
_SPECS_KEPT = 4096
_ITEMS_KEPT = 4096
_KEPT_ITEM_BYTES = 4096

_STREAMS = {stream: stream.name.lower() for stream in Stream}
_spec_bytes: dict[int, tuple[TaskSpec, orjson.Fragment]] = {}


def dumps(value: Any) -> bytes:
    """JSON bytes of plain data and of what stands in it (instants, enums, fragments)."""
    try:
        return orjson.dumps(value, default=_other, option=_FAST)
    except orjson.JSONEncodeError:
        return orjson.dumps(value, default=_other, option=_OPTIONS)


def _other(value: Any) -> Any:
    match value:
        case timedelta():
            return value.total_seconds()
        case frozenset() | set():
            return sorted(value)
        case date():
            return value.isoformat()
        case _:
            return str(value)  # a number beyond 64 bits, or a foreign object in a message


class KeptBytes:
    """Encoded runs by id and number of last change; the oldest half goes when it is full.

    Only small ones are kept, so that a few thousand of them stay at a few megabytes.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, bytes]] = {}

    def get(self, run: Run) -> bytes | None:
        known = self._kept.get(run.id)
        return known[1] if known is not None and known[0] == run.seq else None

    def keep(self, run: Run, encoded: bytes) -> None:
        if not run.seq or len(encoded) > _KEPT_ITEM_BYTES:
            return
        if len(self._kept) >= _ITEMS_KEPT:
            for old in list(self._kept)[: _ITEMS_KEPT // 2]:
                del self._kept[old]
        self._kept[run.id] = (run.seq, encoded)


class RunItems:
    """The JSON of runs as they stand in lists and streams.

    The same run is listed, polled and streamed many times between two changes.
    """

    def __init__(self) -> None:
        self._kept = KeptBytes()

    def of(self, run: Run) -> bytes:
        item = self._kept.get(run)
        if item is None:
            item = dumps(run_dict(run))
            self._kept.keep(run, item)
        return item


def run_dict(run: Run) -> dict[str, Any]:
    """A run as it stands in lists and streams: all but its frozen definition."""
    error = run.error
    return {
        "id": run.id,
        "task_id": run.task_id,
        "task_version": run.task_version,
        "executor": run.executor,
        "queue": run.queue,
        "project": run.project,
        "concurrency_key": run.concurrency_key,
        "concurrency_limit": run.concurrency_limit,
        "priority": run.priority,
        "params": run.params,
        "argv": run.argv,
        "labels": run.labels,
        "status": run.status,
        "attempt": run.attempt,
        "failures": run.failures,
        "crashes": run.crashes,
        "progress": run.progress,
        "message": run.message,
        "detail": run.detail,
        "result": run.result,
        "error": None if error is None else error_dict(error),
        "not_before": run.not_before,
        "submitted_at": run.submitted_at,
        "submitted_by": run.submitted_by,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "cancel_requested_at": run.cancel_requested_at,
        "cancel_reason": run.cancel_reason,
        "rerun_of": run.rerun_of,
        "idempotency_key": run.idempotency_key,
        "schedule_id": run.schedule_id,
        "scheduled_for": run.scheduled_for,
        "draft": run.draft is not None,
        "seq": run.seq,
    }


def run_bytes(
    item: bytes, run: Run, *, attempts: Sequence[Attempt] = (), waiting_for: Reason | None = None
) -> bytes:
    """One run in full: its `item` with its definition, its attempts, and why it waits."""
    rest = dumps(
        {
            "spec": spec_fragment(run.spec),
            "attempts": [attempt_dict(attempt) for attempt in attempts],
            "waiting_for": None if waiting_for is None else reason_dict(waiting_for),
            "artifacts": (),
        }
    )
    return item[:-1] + b"," + rest[1:]


def page_bytes(items: Iterable[bytes], next_cursor: str | None) -> bytes:
    """A page of encoded items."""
    return b'{"items":[' + b",".join(items) + b'],"next_cursor":' + dumps(next_cursor) + b"}"


def error_dict(error: RunError) -> dict[str, Any]:
    return {
        "type": error.type,
        "message": error.message,
        "traceback": error.traceback,
        "retry": error.retry,
    }


def attempt_dict(attempt: Attempt) -> dict[str, Any]:
    error = attempt.error
    return {
        "run_id": attempt.run_id,
        "number": attempt.number,
        "status": attempt.status,
        "engine": attempt.engine,
        "pid": attempt.pid,
        "started_at": attempt.started_at,
        "finished_at": attempt.finished_at,
        "exit_code": attempt.exit_code,
        "signal": attempt.signal,
        "error": None if error is None else error_dict(error),
        "cpu_s": attempt.cpu_s,
        "peak_memory_bytes": attempt.peak_memory_bytes,
        "log_start": attempt.log_start,
        "log_end": attempt.log_end,
    }


def reason_dict(reason: Reason) -> dict[str, Any]:
    return {
        "code": reason.code,
        "message": reason.message,
        "holders": reason.holders,
        "until": reason.until,
    }


def spec_fragment(spec: TaskSpec) -> orjson.Fragment:
    """The definition's JSON. Equal definitions are mostly one object, so the bytes are kept."""
    kept = _spec_bytes.get(id(spec))
    if kept is None:
        if len(_spec_bytes) >= _SPECS_KEPT:
            _spec_bytes.clear()
        # The object is kept beside its bytes, so that its id can't be given to another one.
        kept = _spec_bytes[id(spec)] = (spec, orjson.Fragment(dumps(spec_dict(spec))))
    return kept[1]


def spec_dict(spec: TaskSpec) -> dict[str, Any]:
    limits = spec.limits
    return {
        "executor": spec.executor,
        "title": spec.title,
        "description": spec.description,
        "queue": spec.queue,
        "project": spec.project,
        "owner": spec.owner,
        "labels": spec.labels,
        "needs": spec.needs,
        "priority": spec.priority,
        "concurrency": spec.concurrency,
        "timeout_s": _seconds(spec.timeout),
        "grace_s": _seconds(spec.grace),
        "retry": _retry_dict(spec.retry),
        "limits": {
            "memory_bytes": limits.memory_bytes,
            "cpu_s": limits.cpu_s,
            "open_files": limits.open_files,
            "output_bytes": limits.output_bytes,
        },
        "env": spec.env,
        "parameters": [
            {
                "name": parameter.name,
                "type": parameter.type,
                "required": parameter.required,
                "default": parameter.default,
                "description": parameter.description,
                "choices": parameter.choices,
                "minimum": parameter.minimum,
                "maximum": parameter.maximum,
            }
            for parameter in spec.parameters
        ],
        "extra_parameters": spec.extra_parameters,
        "dependencies": spec.dependencies,
        "requires_python": spec.requires_python,
        "preload": spec.preload,
        "isolation": spec.isolation,
        "config": spec.config,
        "heartbeat_s": _seconds(spec.heartbeat),
        "schedules": [
            {"name": one.name, **to_schedule_settings(one.spec)} for one in spec.schedules
        ],
    }


def _retry_dict(retry: RetryPolicy) -> dict[str, Any]:
    return {
        "retries": retry.retries,
        "crash_retries": retry.crash_retries,
        "backoff_s": _seconds(retry.backoff),
        "factor": retry.factor,
        "cap_s": _seconds(retry.cap),
        "jitter": retry.jitter,
        "on_timeout": retry.on_timeout,
        "on_exit_codes": retry.on_exit_codes,
        "on_exceptions": retry.on_exceptions,
    }


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()


def task_dict(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "source": task.source,
        "spec": spec_fragment(task.spec),
        "version": task.version,
        "problems": [
            {"message": p.message, "where": p.where, "line": p.line, "column": p.column}
            for p in task.problems
        ],
        "paused": task.paused,
        "path": task.path,
        "content_hash": task.content_hash,
        "created_at": task.created_at,
        "updated_at": task.updated_at,
        "deleted_at": task.deleted_at,
        "seq": task.seq,
    }


def version_dict(version: TaskVersion, *, whole: bool) -> dict[str, Any]:
    """A version; only `whole` holds its content and its settings."""
    document: dict[str, Any] = {
        "task_id": version.task_id,
        "version": version.version,
        "content_hash": version.content_hash,
        "author": version.author,
        "message": version.message,
        "created_at": version.created_at,
    }
    if whole:
        document["content"] = version.content
        document["spec"] = spec_fragment(version.spec)
    return document


def queue_dict(queue: QueueView | Queue) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": queue.name,
        "limit": queue.limit,
        "rate": None if queue.rate is None else format_rate(queue.rate),
        "paused": queue.paused,
    }
    if isinstance(queue, QueueView):
        document["running"] = queue.running
        document["waiting"] = queue.waiting
    return document


def line_dict(line: LogLine) -> dict[str, Any]:
    return {
        "offset": line.offset,
        "at": line.at,
        "stream": _STREAMS[line.stream],
        "text": line.text,
        "partial": line.partial,
    }


def object_bytes(thing: Any, items: RunItems, *, default_zone: Callable[[], str]) -> bytes:
    """The `object` of a change in the stream.

    `default_zone` is asked for the zone of schedules that name none.
    """
    match thing:
        case Run():
            return items.of(thing)
        case Task():
            return dumps(task_dict(thing))
        case Queue() | QueueView():
            return dumps(queue_dict(thing))
        case Schedule():
            return dumps(schedule_dict(thing, default_zone=default_zone()))
        case _:
            raise TypeError(f"no encoding for {type(thing).__name__}")
