"""Tasks and their versions. A deleted task keeps its row and history; saving revives it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, literal, or_, select, update

from runyard.domain.errors import Conflict, NotFound, StaleEdit
from runyard.domain.tasks import Problem, Task, TaskSource, TaskSpec, TaskVersion
from runyard.store import schedules, specs
from runyard.store.encoding import (
    clean,
    from_us,
    from_us_or_none,
    problems_from_json,
    problems_to_json,
    to_us,
    to_us_or_none,
)
from runyard.store.schema import task_versions, tasks

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from runyard.store.tx import Tx

_SPEC = 2  # place of tasks.spec


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskChange:
    """A content to be saved as the newest one of a task.

    `expected_hash`, when given, must be the `content_hash` of the newest version ("" for a task
    that must not exist yet).
    """

    id: str
    source: TaskSource
    spec: TaskSpec
    content: str
    content_hash: str
    author: str
    message: str = ""
    path: str | None = None
    problems: tuple[Problem, ...] = ()
    at: datetime
    expected_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPage:
    """Tasks by id. `next_cursor` None: there are no more."""

    items: tuple[Task, ...]
    next_cursor: str | None


def save(tx: Tx, change: TaskChange) -> Task:
    """Create the task, or make this its newest version; nothing happens when nothing differs.

    A new version is made when the content differs from the newest one; a different spec or
    problem of the same content (the reader of settings changed) only updates the task. Raises
    StaleEdit, with `content_hash` of the newest version, when that is not `expected_hash`.
    """
    old = _stored(tx, change.id)
    current = "" if old is None or old.deleted_at is not None else old.content_hash
    if change.expected_hash is not None and change.expected_hash != current:
        raise StaleEdit(
            f"Task {change.id!r} was changed meanwhile.",
            hint="Read it again and repeat the edit.",
            task_id=change.id,
            content_hash=current,
        )
    version = 0 if old is None else old.version
    if current != change.content_hash:
        version += 1
        _add_version(tx, change, version)
    fresh = Task(
        id=change.id,
        source=change.source,
        spec=change.spec,
        version=version,
        problems=change.problems,
        paused=old.paused if old is not None else False,
        pause_reason=old.pause_reason if old is not None else None,
        path=change.path,
        content_hash=change.content_hash,
        created_at=old.created_at if old is not None else change.at,
        updated_at=change.at,
    )
    if old is not None and replace(fresh, updated_at=old.updated_at, seq=old.seq) == old:
        return old
    return _put(tx, fresh, exists=old is not None)


def update_state(
    tx: Tx,
    task_id: str,
    *,
    paused: bool | None = None,
    pause_reason: str | None = None,
    problems: tuple[Problem, ...] | None = None,
) -> Task:
    """Pause or resume (`paused` given; the reason goes with it), or replace the problems.

    Raises NotFound. Nothing happens when nothing differs.
    """
    old = _required(tx, task_id)
    fresh = old
    if paused is not None:
        fresh = replace(fresh, paused=paused, pause_reason=pause_reason if paused else None)
    if problems is not None:
        fresh = replace(fresh, problems=problems)
    return old if fresh == old else _put(tx, fresh, exists=True)


def rename(
    tx: Tx, task_id: str, new_id: str, *, at: datetime, path: str | None = None, author: str = ""
) -> Task:
    """Give a task another id; answers with the task under the new one.

    The old id stays as a deleted task, because runs and logs are named by it. Its versions are
    copied; where the new id had a life before, only the newest content is added to that history.
    Raises NotFound, or Conflict when the new id is taken.
    """
    old = _required(tx, task_id)
    former = _stored(tx, new_id)
    if former is not None and former.deleted_at is None:
        raise Conflict(f"There is a task {new_id!r} already.", task_id=new_id)
    if former is None:
        _copy_versions(tx, task_id, new_id)
        number = old.version
    else:
        number = former.version + 1
        newest = version(tx, task_id, old.version)
        note = f"renamed from {task_id}"
        copied = replace(newest, version=number, created_at=at, author=author, message=note)
        _insert_version(tx, replace(copied, task_id=new_id))
    _put(tx, replace(old, deleted_at=at, updated_at=at), exists=True)
    schedules.follow_task(tx, task_id, new_id, at=at)
    fresh = replace(old, id=new_id, version=number, path=path, updated_at=at)
    return _put(tx, fresh, exists=former is not None)


def delete(tx: Tx, task_id: str, *, at: datetime) -> Task:
    """Mark as deleted; versions and runs stay. Raises NotFound."""
    old = _required(tx, task_id)
    return _put(tx, replace(old, deleted_at=at, updated_at=at, paused=False), exists=True)


def get(tx: Tx, task_id: str) -> Task | None:
    """The task; None when there is none or it is deleted."""
    task = _stored(tx, task_id)
    return None if task is None or task.deleted_at is not None else task


def all(tx: Tx) -> list[Task]:  # noqa: A001 reads as tasks.all
    """Every task that is not deleted, by id."""
    rows = tx.execute(select(tasks).where(tasks.c.deleted_at.is_(None)).order_by(tasks.c.id))
    return tasks_of(tx, rows)


def page(
    tx: Tx, *, text: str | None = None, cursor: str | None = None, limit: int = 100
) -> TaskPage:
    """Tasks by id, from after `cursor`; `text` is looked for in id and path."""
    query = select(tasks).where(tasks.c.deleted_at.is_(None)).order_by(tasks.c.id)
    if text:
        query = query.where(
            or_(*(c.icontains(text, autoescape=True) for c in (tasks.c.id, tasks.c.path)))
        )
    if cursor is not None:
        query = query.where(tasks.c.id > cursor)
    found = tasks_of(tx, tx.execute(query.limit(limit + 1)))
    more = found[limit - 1].id if len(found) > limit else None
    return TaskPage(items=tuple(found[:limit]), next_cursor=more)


def versions(tx: Tx, task_id: str) -> list[TaskVersion]:
    """All versions, the newest first; also of a deleted task. [] for an unknown one."""
    rows = tx.execute(
        select(task_versions)
        .where(task_versions.c.task_id == task_id)
        .order_by(task_versions.c.version.desc())
    ).all()
    frozen = specs.load(tx, {row.spec for row in rows})
    return [_version_of(row, frozen[row.spec]) for row in rows]


def version(tx: Tx, task_id: str, number: int) -> TaskVersion:
    """One version, also of a deleted task. Raises NotFound."""
    row = tx.execute(
        select(task_versions).where(
            task_versions.c.task_id == task_id, task_versions.c.version == number
        )
    ).one_or_none()
    if row is None:
        raise NotFound(f"Task {task_id!r} has no version {number}.", task_id=task_id)
    return _version_of(row, specs.load(tx, {row.spec})[row.spec])


def content_hashes(tx: Tx) -> dict[tuple[str, int], str]:
    """The content's hash of every version of every task, also of deleted ones."""
    columns = (task_versions.c.task_id, task_versions.c.version, task_versions.c.content_hash)
    return {(task_id, number): digest for task_id, number, digest in tx.execute(select(*columns))}


def tasks_of(tx: Tx, rows: Iterable[Any]) -> list[Task]:
    """Complete rows of `tasks` as dataclasses, in the same order."""
    rows = list(rows)
    frozen = specs.load(tx, {row[_SPEC] for row in rows})
    return [_task_of(row, frozen[row.spec]) for row in rows]


def _task_of(row: Any, spec: TaskSpec) -> Task:
    return Task(
        id=row.id,
        source=TaskSource(row.source),
        spec=spec,
        version=row.version,
        problems=problems_from_json(row.problems),
        paused=row.paused,
        pause_reason=row.pause_reason,
        path=row.path,
        content_hash=row.content_hash,
        created_at=from_us(row.created_at),
        updated_at=from_us(row.updated_at),
        deleted_at=from_us_or_none(row.deleted_at),
        seq=row.seq,
    )


def _version_of(row: Any, spec: TaskSpec) -> TaskVersion:
    return TaskVersion(
        task_id=row.task_id,
        version=row.version,
        content=row.content,
        content_hash=row.content_hash,
        spec=spec,
        author=row.author,
        message=row.message,
        created_at=from_us(row.created_at),
    )


def _stored(tx: Tx, task_id: str) -> Task | None:
    found = tasks_of(tx, tx.execute(select(tasks).where(tasks.c.id == task_id)))
    return found[0] if found else None


def _required(tx: Tx, task_id: str) -> Task:
    task = get(tx, task_id)
    if task is None:
        raise NotFound(f"There is no task {task_id!r}.", task_id=task_id)
    return task


def _put(tx: Tx, task: Task, *, exists: bool) -> Task:
    stored = replace(task, seq=tx.numbers(1)[0])
    values = {
        "source": stored.source.value,
        "spec": specs.keep(tx, stored.spec),
        "version": stored.version,
        "problems": problems_to_json(stored.problems),
        "paused": stored.paused,
        "pause_reason": clean(stored.pause_reason),
        "path": stored.path,
        "content_hash": stored.content_hash,
        "created_at": to_us(stored.created_at),
        "updated_at": to_us(stored.updated_at),
        "deleted_at": to_us_or_none(stored.deleted_at),
        "seq": stored.seq,
    }
    if exists:
        tx.execute(update(tasks).where(tasks.c.id == stored.id).values(**values))
    else:
        tx.execute(insert(tasks).values(id=stored.id, **values))
    tx.changed("task", stored)
    return stored


def _add_version(tx: Tx, change: TaskChange, number: int) -> None:
    _insert_version(
        tx,
        TaskVersion(
            task_id=change.id,
            version=number,
            content=change.content,
            content_hash=change.content_hash,
            spec=change.spec,
            author=change.author,
            message=change.message,
            created_at=change.at,
        ),
    )


def _insert_version(tx: Tx, new: TaskVersion) -> None:
    tx.execute(
        insert(task_versions).values(
            task_id=new.task_id,
            version=new.version,
            content=new.content,
            content_hash=new.content_hash,
            spec=specs.keep(tx, new.spec),
            author=new.author,
            message=clean(new.message),
            created_at=to_us(new.created_at),
        )
    )


def _copy_versions(tx: Tx, task_id: str, new_id: str) -> None:
    others = [column for column in task_versions.c if column.name != "task_id"]
    old = select(literal(new_id), *others).where(task_versions.c.task_id == task_id)
    names = ["task_id", *(column.name for column in others)]
    tx.execute(insert(task_versions).from_select(names, old))
