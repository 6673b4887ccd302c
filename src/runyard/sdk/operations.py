"""Every operation of the REST API, once, grouped as both clients offer them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from runyard.sdk.calls import (
    Answer,
    Call,
    Operation,
    body,
    json_value,
    listing,
    path,
    query,
    reading,
)
from runyard.sdk.objects import (
    GROUPS,
    BulkAnswer,
    Executor,
    Interpretation,
    LogPage,
    Page,
    Queue,
    Run,
    System,
)


class SubmitOptions(TypedDict, total=False):
    """What a submission may say beside its parameters; see the REST reference."""

    argv: Sequence[str]  # plain arguments instead of typed parameters
    if_busy: str  # queue | reject | skip | replace
    priority: int
    not_before: datetime
    delay_s: float | timedelta
    labels: Sequence[str]
    timeout_s: float | timedelta
    version: int


class RunFilter(TypedDict, total=False):
    """Which runs: all that is given must hold.

    `status` takes states and the groups waiting, live, final.
    """

    status: str | Sequence[str]
    task_id: str | Sequence[str]
    queue: str | Sequence[str]
    project: str | Sequence[str]
    executor: str | Sequence[str]
    label: str | Sequence[str]
    since: datetime | str
    until: datetime | str
    finished_since: datetime | str
    finished_until: datetime | str
    q: str


def submit(
    task_id: str,
    params: Mapping[str, Any] | None = None,
    *,
    wait_s: float | None = None,
    idempotency_key: str | None = None,
    **options: Unpack[SubmitOptions],
) -> Call[Run]:
    """Ask for a run of a task; answers it as it is now, or when it is over, at most `wait_s` later.

    Each call has an idempotency key (a fresh one unless given), so a connection that breaks can
    never double the run.
    """
    return Call(
        method="POST",
        path=path("tasks", task_id, "runs"),
        query=query(wait=wait_s),
        body=body(params=None if params is None else dict(params), **options),
        headers={"Idempotency-Key": idempotency_key or uuid.uuid4().hex},
        wait_s=wait_s or 0.0,
        read=reading(Run.of),
    )


def submit_one_off(
    executor: str,
    config: Mapping[str, Any],
    params: Mapping[str, Any] | None = None,
    *,
    wait_s: float | None = None,
    idempotency_key: str | None = None,
    **options: Unpack[SubmitOptions],
) -> Call[Run]:
    """Ask for one run of a type, without a task."""
    given = None if params is None else dict(params)
    return Call(
        method="POST",
        path="/runs",
        query=query(wait=wait_s),
        body=body(executor=executor, config=dict(config), params=given, **options),
        headers={"Idempotency-Key": idempotency_key or uuid.uuid4().hex},
        wait_s=wait_s or 0.0,
        read=reading(Run.of),
    )


def submit_many(runs: Sequence[Mapping[str, Any]]) -> Call[BulkAnswer]:
    """Ask for up to 10,000 runs: `{"task_id": ..., "params": ..., ...}` each.

    One that is refused does not hold up the others; it is in `errors` with its index.
    """
    plain = [{name: json_value(value) for name, value in run.items()} for run in runs]
    return Call(
        method="POST",
        path="/runs/bulk",
        body={"runs": plain},
        wait_s=30.0,
        read=reading(BulkAnswer.of),
    )


def list_runs(
    *, limit: int = 50, cursor: str | None = None, **which: Unpack[RunFilter]
) -> Call[Page[Run]]:
    """Runs, newest first, a page at a time."""
    return Call(
        method="GET",
        path="/runs",
        query=query(limit=limit, cursor=cursor, **which),
        read=_run_page,
    )


def _run_page(answer: Answer) -> Page[Run]:
    page = answer.json()
    return Page(items=[Run.of(one) for one in page["items"]], next_cursor=page.get("next_cursor"))


def get_run(run_id: str) -> Call[Run]:
    """One run with its attempts; a unique part of the id (4 characters or more) is enough."""
    return Call(method="GET", path=path("runs", run_id), read=reading(Run.of))


def cancel_run(run_id: str, reason: str = "") -> Call[Run]:
    """Ask for the run's end. The answer may still be running: it is over when its tree is dead."""
    return Call(
        method="POST",
        path=path("runs", run_id, "cancel"),
        body={"reason": reason},
        read=reading(Run.of),
    )


def cancel_runs(which: RunFilter, reason: str = "") -> Call[list[str]]:
    """Cancel all runs that the filter names; answers their ids."""
    return Call(
        method="POST",
        path="/runs/cancel",
        body={"filter": _filter_body(which), "reason": reason},
        read=_ids,
    )


def _filter_body(which: RunFilter) -> dict[str, Any]:
    """The filter as the body has it: lists of plain statuses and names."""
    listed: dict[str, Any] = body(**which)
    for name in ("status", "task_id", "queue", "project", "executor", "label"):
        if name in listed:
            given = listed[name]
            listed[name] = given.split(",") if isinstance(given, str) else list(given)
    if "status" in listed:
        words = listed["status"]
        listed["status"] = sorted({one for word in words for one in GROUPS.get(word, {word})})
    return listed


def _ids(answer: Answer) -> list[str]:
    return list(answer.json()["ids"])


def rerun(
    run_id: str,
    *,
    params: Mapping[str, Any] | None = None,
    argv: Sequence[str] | None = None,
    exact: bool = False,
) -> Call[Run]:
    """A new run like that one; `exact`: of the same version of the task, else of the newest."""
    given = None if params is None else dict(params)
    return Call(
        method="POST",
        path=path("runs", run_id, "rerun"),
        body=body(params=given, argv=None if argv is None else list(argv), exact=exact),
        read=reading(Run.of),
    )


def read_log(
    run_id: str,
    *,
    tail: int | None = None,
    offset: int | None = None,
    limit: int | None = None,
    since: datetime | str | None = None,
) -> Call[LogPage]:
    """Lines of the log: the last `tail`, those from a byte `offset` on, or those `since` a time."""
    return Call(
        method="GET",
        path=path("runs", run_id, "log"),
        query=query(tail=tail, offset=offset, limit=limit, since=since),
        read=reading(LogPage.of),
    )


def raw_log(run_id: str) -> Call[bytes]:
    """The whole log, byte for byte. For a long one, read it in parts."""
    return Call(
        method="GET",
        path=path("runs", run_id, "log", "download"),
        wait_s=300.0,
        read=lambda answer: answer.body,
    )


def heartbeat(run_id: str) -> Call[Run]:
    """Say that work done elsewhere is alive."""
    return Call(method="POST", path=path("runs", run_id, "heartbeat"), read=reading(Run.of))


def report_progress(
    run_id: str,
    progress: float | None = None,
    message: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Call[Run]:
    """Report how far work done elsewhere is."""
    return Call(
        method="POST",
        path=path("runs", run_id, "progress"),
        body=body(progress=progress, message=message, detail=detail),
        read=reading(Run.of),
    )


def finish(
    run_id: str,
    status: str,
    *,
    result: Any = None,
    error: Mapping[str, Any] | None = None,
) -> Call[Run]:
    """Report the outcome of work done elsewhere."""
    return Call(
        method="POST",
        path=path("runs", run_id, "finish"),
        body=body(status=status, result=result, error=error),
        read=reading(Run.of),
    )


def list_queues() -> Call[list[Queue]]:
    return Call(method="GET", path="/queues", read=listing(Queue.of))


def set_queue_limit(name: str, limit: int | None) -> Call[Queue]:
    """How many runs of the queue go at once; None: no limit of its own."""
    return Call(
        method="PATCH", path=path("queues", name), body={"limit": limit}, read=reading(Queue.of)
    )


def set_queue_rate(name: str, rate: str | None) -> Call[Queue]:
    """How often runs of the queue may start, as "100/h" or "5/s burst 10"; None: any rate."""
    return Call(
        method="PATCH", path=path("queues", name), body={"rate": rate}, read=reading(Queue.of)
    )


def pause_queue(name: str) -> Call[Queue]:
    """Start nothing more from the queue; what runs goes on."""
    return Call(method="POST", path=path("queues", name, "pause"), read=reading(Queue.of))


def resume_queue(name: str) -> Call[Queue]:
    return Call(method="POST", path=path("queues", name, "resume"), read=reading(Queue.of))


def interpret(
    text: str,
    *,
    confirm: bool = False,
    user_id: str | None = None,
    target: str | None = None,
) -> Call[Interpretation]:
    """What a sentence in plain words asks for; done with `confirm`, when its meaning is clear.

    `target` names the task where several may be meant.
    """
    return Call(
        method="POST",
        path="/interpret",
        body=body(text=text, confirm=confirm, user_id=user_id, target=target),
        wait_s=30.0,
        read=reading(Interpretation.of),
    )


def list_executors() -> Call[list[Executor]]:
    return Call(method="GET", path="/executors", read=listing(Executor.of))


def system() -> Call[System]:
    return Call(method="GET", path="/system", read=reading(System.of))


def health() -> Call[dict[str, Any]]:
    return Call(method="GET", path="/api/system/health", read=reading(dict))


def reload() -> Call[dict[str, Any]]:
    """Read the app module again."""
    return Call(method="POST", path="/reload", wait_s=60.0, read=reading(dict))


class RunOperations:
    submit = Operation(submit)
    submit_one_off = Operation(submit_one_off)
    submit_many = Operation(submit_many)
    list = Operation(list_runs)
    get = Operation(get_run)
    cancel = Operation(cancel_run)
    cancel_matching = Operation(cancel_runs)
    rerun = Operation(rerun)
    log = Operation(read_log)
    raw_log = Operation(raw_log)
    heartbeat = Operation(heartbeat)
    progress = Operation(report_progress)
    finish = Operation(finish)


class QueueOperations:
    list = Operation(list_queues)
    set_limit = Operation(set_queue_limit)
    set_rate = Operation(set_queue_rate)
    pause = Operation(pause_queue)
    resume = Operation(resume_queue)


class ExecutorOperations:
    list = Operation(list_executors)


class SystemOperations:
    get = Operation(system)
    health = Operation(health)
    reload = Operation(reload)
