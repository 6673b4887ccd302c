"""The operations on tasks and their versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from runyard.sdk.calls import Answer, Call, Operation, body, listing, path, query, reading
from runyard.sdk.objects import Page, Task, TaskVersion


class TaskFilter(TypedDict, total=False):
    """Which tasks: all that is given must hold. `q` searches, `broken` are those with problems."""

    q: str
    queue: str
    project: str
    owner: str
    label: str
    executor: str
    paused: bool
    broken: bool


def list_tasks(
    *, limit: int | None = None, cursor: str | None = None, **which: Unpack[TaskFilter]
) -> Call[Page[Task]]:
    """Tasks by id, a page at a time."""
    return Call(
        method="GET",
        path="/tasks",
        query=query(limit=limit, cursor=cursor, **which),
        read=_task_page,
    )


def _task_page(answer: Answer) -> Page[Task]:
    page = answer.json()
    return Page(items=[Task.of(one) for one in page["items"]], next_cursor=page.get("next_cursor"))


def get_task(task_id: str) -> Call[Task]:
    return Call(method="GET", path=path("tasks", task_id), read=reading(Task.of))


def create_script(task_id: str, content: str, *, message: str = "") -> Call[Task]:
    """A script task: its file is written to the tasks folder."""
    return Call(
        method="POST",
        path="/tasks",
        body=body(id=task_id, content=content, message=message or None),
        read=reading(Task.of),
    )


def create_typed(
    task_id: str,
    executor: str,
    config: Mapping[str, Any],
    *,
    settings: Mapping[str, Any] | None = None,
    message: str = "",
) -> Call[Task]:
    """A task of another type, with its checked configuration."""
    return Call(
        method="POST",
        path="/tasks",
        body=body(
            id=task_id,
            executor=executor,
            config=dict(config),
            settings=None if settings is None else dict(settings),
            message=message or None,
        ),
        read=reading(Task.of),
    )


def replace_content(
    task_id: str, content: str, *, expected_hash: str | None = None, message: str = ""
) -> Call[Task]:
    """Save a new content. `expected_hash`: raises `StaleEdit` if it was changed meanwhile."""
    return Call(
        method="PUT",
        path=path("tasks", task_id),
        body=body(content=content, message=message or None),
        headers=_if_match(expected_hash),
        read=reading(Task.of),
    )


def edit_settings(
    task_id: str, settings: Mapping[str, Any], *, expected_hash: str | None = None
) -> Call[Task]:
    """Change keys of `[tool.runyard]` (None removes one), keeping comments and order."""
    return Call(
        method="PATCH",
        path=path("tasks", task_id),
        body={"settings": dict(settings)},
        headers=_if_match(expected_hash),
        read=reading(Task.of),
    )


def _if_match(expected_hash: str | None) -> dict[str, str]:
    return {} if expected_hash is None else {"If-Match": f'"{expected_hash}"'}


def delete_task(task_id: str, *, cancel_runs: bool = False) -> Call[list[str]]:
    """Delete the task and its file; its versions and runs are kept.

    Answers the ids of the runs that were cancelled with it.
    """
    return Call(
        method="DELETE",
        path=path("tasks", task_id),
        query=query(cancel_runs=cancel_runs or None),
        read=_cancelled,
    )


def _cancelled(answer: Answer) -> list[str]:
    return list((answer.json() or {}).get("cancelled") or ())


def rename_task(task_id: str, new_id: str) -> Call[Task]:
    return _act(task_id, "rename", new_id=new_id)


def pause_task(task_id: str, reason: str | None = None) -> Call[Task]:
    """Start no more runs of it; what runs goes on."""
    return _act(task_id, "pause", reason=reason)


def resume_task(task_id: str) -> Call[Task]:
    return _act(task_id, "resume")


def _act(task_id: str, verb: str, **given: Any) -> Call[Task]:
    return Call(
        method="POST", path=path("tasks", task_id, verb), body=body(**given), read=reading(Task.of)
    )


def list_versions(task_id: str) -> Call[list[TaskVersion]]:
    """All saved contents, newest first."""
    return Call(method="GET", path=path("tasks", task_id, "versions"), read=listing(TaskVersion.of))


def get_version(task_id: str, version: int) -> Call[TaskVersion]:
    return Call(
        method="GET",
        path=path("tasks", task_id, "versions", str(version)),
        read=reading(TaskVersion.of),
    )


def diff_versions(task_id: str, older: int, newer: int) -> Call[str]:
    """A unified diff."""
    return Call(
        method="GET",
        path=path("tasks", task_id, "versions", str(older), "diff"),
        query=query(to=newer),
        headers={"Accept": "text/plain"},
        read=_diff,
    )


def _diff(answer: Answer) -> str:
    if answer.headers.get("content-type", "").startswith("application/json"):
        return str(answer.json()["diff"])
    return answer.body.decode("utf-8", "replace")


def restore_version(task_id: str, version: int) -> Call[Task]:
    """Make an old content the newest version."""
    return Call(
        method="POST",
        path=path("tasks", task_id, "versions", str(version), "restore"),
        read=reading(Task.of),
    )


class TaskOperations:
    list = Operation(list_tasks)
    get = Operation(get_task)
    create = Operation(create_script)
    create_typed = Operation(create_typed)
    replace = Operation(replace_content)
    edit_settings = Operation(edit_settings)
    delete = Operation(delete_task)
    rename = Operation(rename_task)
    pause = Operation(pause_task)
    resume = Operation(resume_task)
    versions = Operation(list_versions)
    version = Operation(get_version)
    diff = Operation(diff_versions)
    restore = Operation(restore_version)
