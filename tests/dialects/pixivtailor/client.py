"""PixivTailor's client as its front end is written: POST everywhere, `data` of the envelope."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
from websockets.sync.client import ClientConnection, connect

from tests.support.server import Server
from tests.support.waiting import eventually

OVER = {"completed", "failed", "cancelled"}


class Tailor:
    def __init__(self, server: Server, prefix: str = "/pixivtailor") -> None:
        self.server = server
        self.base = f"{prefix}/api"

    def ask(self, path: str, body: Any = None) -> httpx2.Response:
        return self.server.http.post(f"{self.base}/{path}", json={} if body is None else body)

    def post(self, path: str, body: Any = None) -> Any:
        """`data` of an answer that must be a success."""
        answer = self.ask(path, body)
        assert answer.status_code == 200, answer.text
        document = answer.json()
        assert document["status"] == {"code": 0, "message": "success"}
        return document["data"]

    def refused(self, path: str, body: Any = None) -> tuple[int, str]:
        """Status and message of an answer that must be a failure in the right shape."""
        answer = self.ask(path, body)
        document = answer.json()
        assert document["status"]["code"] == 1
        assert document["message"]
        assert "Traceback" not in answer.text
        return answer.status_code, document["status"]["message"]

    def crawl(self, query: str = "cats", **more: Any) -> str:
        body = {"crawl_type": "tag", "query": query, **more}
        return str(self.post("crawl/create", body)["id"])

    def status(self, task_id: str) -> dict[str, Any]:
        answer = self.ask("status", {"task_id": task_id})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def until(self, task_id: str, *wanted: str) -> dict[str, Any]:
        def reached() -> dict[str, Any] | None:
            found = self.status(task_id)
            return found if found["status"] in (wanted or OVER) else None

        found = eventually(reached, what=f"{task_id} becomes {wanted or OVER}")
        assert found is not None
        return found

    def listed(self, **body: Any) -> list[dict[str, Any]]:
        page = {"pagination": {"page": 1, "page_size": 100, "total": 0}, **body}
        return list(self.post("tasks", page)["tasks"])

    @contextmanager
    def socket(self, path: str = "/pixivtailor/ws") -> Iterator[Socket]:
        url = self.server.url.replace("http://", "ws://") + path
        with connect(url, open_timeout=60) as connection:
            yield Socket(connection)


class Socket:
    """A WebSocket client that remembers what it has heard."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.heard: list[dict[str, Any]] = []

    def say(self, **message: Any) -> None:
        self.connection.send(json.dumps(message))

    def next(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self.connection.recv(timeout=120))
        self.heard.append(message)
        return message

    def until(self, **fields: Any) -> dict[str, Any]:
        """The next message that has these fields."""
        while True:
            message = self.next()
            if message.items() >= fields.items():
                return message

    def until_over(self, task_id: str) -> list[dict[str, Any]]:
        """All messages that were heard, once the task is over for a client of either family."""
        while True:
            message = self.next()
            over = message.get("data", {}).get("status") in OVER
            if message["type"] == "task_update" and message["task_id"] == task_id and over:
                return self.heard
