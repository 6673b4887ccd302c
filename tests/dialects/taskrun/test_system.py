"""The machine's figures and the health check of TaskRunService."""

from __future__ import annotations

import os

from tests.dialects.taskrun.client import TaskRunClient
from tests.support.server import Server


def test_the_machine(client: TaskRunClient) -> None:
    body = client.ask("GET", "/api/system/info").json()
    assert body["success"] is True
    data = body["data"]
    assert data.keys() == {"cpu_percent", "memory", "disk"}
    assert 0 <= data["cpu_percent"] <= 100
    assert data["memory"].keys() == {"total", "available", "percent", "used"}
    assert data["disk"].keys() == {"total", "used", "free", "percent"}
    assert data["memory"]["total"] > data["memory"]["used"] > 0
    assert body["cpu_percent"] == data["cpu_percent"]


def test_the_service_and_all_python_processes(client: TaskRunClient, shared_server: Server) -> None:
    assert shared_server.process is not None
    own = client.ask("GET", "/api/system/process").json()["data"]
    assert own.keys() == {"pid", "name", "status", "memory_info", "cpu_percent", "num_threads"}
    assert own["pid"] == shared_server.process.pid
    assert own["memory_info"]["vms"] >= own["memory_info"]["rss"] > 0
    found = client.ask("GET", "/api/system/processes").json()["data"]
    pids = {one["pid"] for one in found}
    assert {own["pid"], os.getpid()} <= pids
    assert all(one.keys() == {"pid", "name", "status", "memory_rss"} for one in found)


def test_health(client: TaskRunClient, shared_server: Server) -> None:
    main = client.ask("GET", "/api/system/health")
    assert main.status_code == 200
    assert main.json().items() >= {"success": True, "message": "Service is running"}.items()
    own = TaskRunClient(shared_server, "/taskrun").ask("GET", "/api/system/health")
    assert own.json() == {"success": True, "message": "Service is running"}
