"""Reports its own work through MiroFish's TaskManager: `python worker.py http://127.0.0.1:5000`.

Without an address it uses `RUNYARD_URL`, or starts a server of its own in `.runyard`.
"""

import sys

from runyard.compat.mirofish import TaskManager, TaskStatus, retry_with_backoff

calls = 0


@retry_with_backoff(max_retries=3, initial_delay=0.01)
def ask_the_model(question: str) -> str:
    """Fails once, as models do."""
    global calls  # noqa: PLW0603
    calls += 1
    if calls == 1:
        raise ConnectionError("the model is busy")
    return question.upper()


def main() -> None:
    manager = TaskManager()
    if len(sys.argv) > 1:
        manager.connect(sys.argv[1])
    task_id = manager.create_task("simulate", {"rounds": 4})
    for number in range(1, 5):
        manager.update_task(
            task_id,
            status=TaskStatus.PROCESSING,
            progress=number * 20,
            message=f"round {number}",
            progress_detail={"answer": ask_the_model(f"round {number}?")},
        )
    task = manager.get_task(task_id)
    print(f"{task.status}: {task.progress} {task.message} {task.progress_detail}")
    manager.complete_task(task_id, {"rounds": 4})
    task = manager.get_task(task_id)
    print(f"{task.status}: {task.progress} {task.message} {task.result}")
    print(f"{len(manager.list_tasks('simulate'))} of its kind")
    manager.shutdown()


if __name__ == "__main__":
    main()
