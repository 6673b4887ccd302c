"""What a client of the Task Control Service does, over real HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx2

from tests.support.server import Server
from tests.support.waiting import eventually


class ControlClient:
    def __init__(self, server: Server, prefix: str = "") -> None:
        self._http = server.http
        self._prefix = prefix

    def ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        return self._http.request(method, self._prefix + path, **options)

    def create(
        self,
        content: str,
        trigger: str = "IMMEDIATE",
        arguments: dict[str, Any] | None = None,
        *,
        user: str = "user1",
    ) -> str:
        body: dict[str, Any] = {"user_id": user, "content": content, "trigger_type": trigger}
        if arguments is not None:
            body["trigger_args"] = arguments
        answer = self.ask("POST", "/tasks", json=body)
        assert answer.status_code == 200, answer.text
        created = answer.json()
        assert isinstance(created, str)
        return created

    def act(self, definition_id: str, verb: str) -> None:
        answer = self.ask("POST", f"/tasks/{definition_id}/{verb}")
        past = {
            "pause": "paused",
            "resume": "resumed",
            "cancel": "cancelled",
            "trigger": "triggered immediately",
        }
        assert answer.status_code == 200, answer.text
        assert answer.json() == {"message": f"Task {definition_id} {past[verb]}"}

    def definition(self, definition_id: str) -> dict[str, Any]:
        answer = self.ask("GET", f"/tasks/{definition_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def status(self, definition_id: str) -> str:
        return str(self.definition(definition_id)["status"])

    def instances(self, definition_id: str) -> list[dict[str, Any]]:
        answer = self.ask("GET", f"/tasks/{definition_id}/instances")
        assert answer.status_code == 200, answer.text
        return list(answer.json())

    def of_user(self, user: str) -> list[dict[str, Any]]:
        answer = self.ask("GET", f"/users/{quote(user, safe='')}/tasks")
        assert answer.status_code == 200, answer.text
        return list(answer.json())

    def with_instances(self, definition_id: str, count: int, status: str) -> list[dict[str, Any]]:
        """The instances, once `count` or more of them are `status`."""

        def reached() -> list[dict[str, Any]] | None:
            found = self.instances(definition_id)
            fitting = [one for one in found if one["status"] == status]
            return found if len(fitting) >= count else None

        found = eventually(reached, what=f"{count} instances are {status}")
        assert found is not None
        return found


def detail(answer: httpx2.Response) -> tuple[int, Any]:
    body = answer.json()
    assert body.keys() == {"detail"}
    return answer.status_code, body["detail"]
