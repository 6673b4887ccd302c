"""What runs for a task whose file was never usable: a script that fails with the reason."""

from __future__ import annotations

from datetime import datetime

from runyard.definitions.source import content_hash
from runyard.domain.tasks import Problem, Task, TaskSource, TaskSpec
from runyard.runtime.folder import SUFFIX
from runyard.store.tasks import TaskChange


def stand_in(task_id: str, problem: Problem, *, author: str, at: datetime) -> TaskChange:
    """A version whose run does not pass in silence: it ends with exit code 1 and the reason."""
    content = _text(task_id, problem)
    return TaskChange(
        id=task_id,
        source=TaskSource.FILE,
        spec=TaskSpec(title=task_id),
        content=content,
        content_hash=content_hash(content),
        author=author,
        message="stands in for a file that can't be used",
        path=f"{task_id}{SUFFIX}",
        problems=(problem,),
        at=at,
    )


def stands_in(task: Task) -> bool:
    """Whether the task's newest version is such a script."""
    return any(
        task.content_hash == content_hash(_text(task.id, problem)) for problem in task.problems
    )


def _text(task_id: str, problem: Problem) -> str:
    return f"raise SystemExit({f'{task_id}{SUFFIX}: {problem.message}'!r})\n"
