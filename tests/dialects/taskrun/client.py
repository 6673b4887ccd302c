"""What a client of TaskRunService does, over real HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx2

from tests.support.server import Server
from tests.support.waiting import eventually

RUNNING = "running"


class TaskRunClient:
    """The calls of the documented client, with its base URL: the server's, or with a prefix."""

    def __init__(self, server: Server, prefix: str = "") -> None:
        self._http = server.http
        self._prefix = prefix

    def ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        return self._http.request(method, self._prefix + path, **options)

    def create(self, task_id: str, content: str) -> None:
        answer = self.ask("POST", "/api/tasks", json={"task_id": task_id, "content": content})
        assert answer.status_code == 201, answer.text
        assert answer.json() == {"success": True, "message": "任务创建成功"}

    def execute(self, task_id: str, *params: Any) -> str:
        answer = self.ask(
            "POST", f"/api/tasks/{quote(task_id)}/execute", json={"params": list(params)}
        )
        assert answer.status_code == 202, answer.text
        return str(answer.json()["run_id"])

    def status(self, run_id: str) -> dict[str, Any]:
        answer = self.ask("GET", f"/api/tasks/runs/{run_id}")
        assert answer.status_code == 200, answer.text
        assert answer.json()["success"] is True
        return dict(answer.json()["data"])

    def finished(self, run_id: str) -> dict[str, Any]:
        """The page's polling, until the status is final."""

        def over() -> dict[str, Any] | None:
            found = self.status(run_id)
            return None if found["status"] == RUNNING else found

        found = eventually(over, what=f"{run_id} is over")
        assert found is not None
        return found

    def log(self, task_id: str, run_id: str) -> str:
        answer = self.ask("GET", f"/api/logs/{quote(task_id)}_{run_id}.log")
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["content"] == body["data"]["content"]  # both readings of the guide
        return str(body["content"])


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    """Status and message of an error body, which has nothing else."""
    body = answer.json()
    assert body == {"success": False, "message": body["message"]}
    return answer.status_code, str(body["message"])
