"""Listeners of single dialects, and pages from elsewhere, on a real server."""

from __future__ import annotations

import os
import re
import signal

import httpx2

from tests.support.server import Server
from tests.support.waiting import eventually

NAMES = ("taskrun", "taskcontrol", "pixivtailor", "mirofish")
ORIGIN = "http://localhost:5173"


def alone(server: Server, name: str) -> str:
    """The newest address that the log tells."""
    found: list[str] = re.findall(rf"serving {name} alone on (http://\S+)", server.log())
    return found[-1] if found else ""


def test_each_dialect_has_a_listener_of_its_own(stopped_server: Server) -> None:
    options = [word for name in NAMES for word in ("--dialect-port", f"{name}=0")]
    server = stopped_server.start(*options, "--origin", ORIGIN)
    bases = {name: eventually(lambda n=name: alone(server, n)) for name in NAMES}  # type: ignore[misc]
    assert len({*bases.values(), server.url}) == 5

    # One path, three meanings: what the listener serves decides.
    created = httpx2.post(f"{bases['taskrun']}/api/tasks", json={"status": "x"})
    assert created.json() == {"success": False, "message": "缺少task_id"}
    listed = httpx2.post(f"{bases['pixivtailor']}/api/tasks", json={"task_id": "x"})
    assert listed.json()["status"]["code"] == 0
    assert httpx2.get(f"{bases['taskcontrol']}/api/tasks").status_code == 404
    document = httpx2.get(f"{bases['taskcontrol']}/openapi.json").json()
    assert document["info"]["title"] == "Task Control Service API"
    fish = httpx2.get(f"{bases['mirofish']}/api/graph/tasks").json()
    assert fish == {"success": True, "data": [], "count": 0}

    # What one dialect made is there for the native API, and not for the others.
    body = {"user_id": "u", "content": "echo x", "trigger_type": "IMMEDIATE"}
    made = httpx2.post(f"{bases['taskcontrol']}/tasks", json=body).json()
    assert server.http.get(f"/api/v1/tasks/{made}").status_code == 200
    assert httpx2.get(f"{bases['taskrun']}/api/tasks").json()["data"] == []

    # The guard stands before these listeners, too.
    foreign = httpx2.post(
        f"{bases['taskcontrol']}/tasks", json=body, headers={"origin": "http://evil.example"}
    )
    assert foreign.status_code == 403
    renamed = httpx2.get(f"{bases['taskrun']}/api/tasks", headers={"host": "evil.example"})
    assert renamed.status_code == 421
    allowed = httpx2.post(f"{bases['taskcontrol']}/tasks", json=body, headers={"origin": ORIGIN})
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == ORIGIN


def test_a_restart_keeps_the_listeners(stopped_server: Server) -> None:
    server = stopped_server.start("--dialect-port", "taskrun=0")
    base = eventually(lambda: alone(server, "taskrun"))
    assert server.process is not None
    began = (server.data / "server.json").read_bytes()
    os.kill(server.process.pid, signal.SIGUSR2)

    def fresh() -> bool:
        file = server.data / "server.json"
        return file.exists() and file.read_bytes() != began

    eventually(fresh, what="the fresh server announces itself")
    assert httpx2.get(f"{base}/api/tasks", timeout=60).json() == {"success": True, "data": []}
    assert alone(server, "taskrun") == base


def test_the_health_of_all_in_one_body(shared_server: Server) -> None:
    body = shared_server.http.get("/health").json()
    assert body["status"] == "ok"
    assert body["service"]
    assert body["success"] is True
    assert body["data"].keys() == {"status", "message", "time"}
    assert body["data"]["status"] == "healthy"
