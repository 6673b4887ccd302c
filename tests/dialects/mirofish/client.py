"""MiroFish's client as its front end is written: unwraps the body, rejects without success."""

from __future__ import annotations

from typing import Any

import httpx2

from tests.support.server import Server
from tests.support.waiting import eventually

BASE = "/api/graph"
KEYS = {
    "task_id", "task_type", "status", "created_at", "updated_at", "progress", "message",
    "progress_detail", "result", "error", "metadata",
}  # fmt: skip
ONTOLOGY = {"entity_types": [{"name": "Person"}], "edge_types": []}


class Fish:
    def __init__(self, server: Server, base: str = BASE) -> None:
        self.server = server
        self.base = base

    def get(self, path: str, **query: Any) -> Any:
        return self._unwrapped(self.server.http.get(f"{self.base}/{path}", params=query))

    def post(self, path: str, body: Any = None) -> Any:
        return self._unwrapped(self.server.http.post(f"{self.base}/{path}", json=body or {}))

    def delete(self, path: str) -> Any:
        return self._unwrapped(self.server.http.delete(f"{self.base}/{path}"))

    def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        sent = {} if body is None else {"json": body}
        answer = self.server.http.request(method, f"{self.base}/{path}", **sent)
        document = answer.json()
        assert document["success"] is False
        assert "Traceback" not in answer.text
        return answer.status_code, document["error"]

    def _unwrapped(self, answer: httpx2.Response) -> Any:
        document = answer.json()
        assert answer.status_code == 200, answer.text
        assert document["success"] is True
        return document

    def build(self, text: str = "some words", **more: Any) -> dict[str, Any]:
        """A project of this text, and its build."""
        body = {"text": text, "graph_name": "demo", "ontology": ONTOLOGY, **more}
        return dict(self.post("build", body)["data"])

    def task(self, task_id: str) -> dict[str, Any]:
        return dict(self.get(f"task/{task_id}")["data"])

    def project(self, project_id: str) -> dict[str, Any]:
        return dict(self.get(f"project/{project_id}")["data"])

    def until(self, task_id: str, *wanted: str) -> dict[str, Any]:
        def reached() -> dict[str, Any] | None:
            found = self.task(task_id)
            return found if found["status"] in (wanted or {"completed", "failed"}) else None

        found = eventually(reached, what=f"{task_id} becomes {wanted or 'over'}")
        assert found is not None
        return found

    def settled(self) -> None:
        live = {"status": "live", "label": "mirofish"}
        eventually(
            lambda: not self.server.http.get("/api/v1/runs", params=live).json()["items"],
            what="nothing of the dialect is live",
        )
