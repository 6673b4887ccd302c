"""Machine, processes, curves, logs and settings, as a real server tells them."""

from __future__ import annotations

from typing import Any

from tests.support.server import Server
from tests.support.waiting import eventually

# A child in a session of its own, whose parent ends: known to be the run's by its marker only.
SCRIPT = '''
import subprocess, sys, time
print("needle")
child = "import time; time.sleep(600)"
code = f"""import subprocess, sys
subprocess.Popen([sys.executable, '-c', {child!r}], start_new_session=True)"""
subprocess.run([sys.executable, "-c", code], check=True)
end = time.monotonic() + 600
while time.monotonic() < end:
    sum(range(10_000))
    time.sleep(0.005)
'''


def test_a_run_that_lasts_is_seen_with_all_of_its_processes(shared_server: Server) -> None:
    server = shared_server
    server.write_task("lasting", SCRIPT)
    run = server.submit("lasting")
    pid = server.process_of(run["id"])

    def seen() -> dict[str, Any] | None:
        found = server.http.get("/api/v1/system/processes").json()
        mine = [one for one in found["runs"] if one["run_id"] == run["id"]]
        return found if mine and mine[0]["processes"] == 2 else None

    found = eventually(seen, what="both processes are seen")
    assert found is not None
    (mine,) = [one for one in found["runs"] if one["run_id"] == run["id"]]
    assert (mine["task_id"], mine["attempt"], mine["pid"]) == ("lasting", 1, pid)
    assert mine["rss_bytes"] > 5_000_000
    assert len([one for one in found["python"] if one["run_id"] == run["id"]]) == 2

    def curve() -> list[dict[str, Any]]:
        items = server.http.get(f"/api/v1/runs/{run['id']}/resources").json()["items"]
        return items if len(items) >= 2 else []

    items = eventually(curve, what="the curve has two points")
    assert items[-1]["processes"] == 2
    assert items[-1]["cpu_percent"] > 0
    server.http.post(f"/api/v1/runs/{run['id']}/cancel", json={})
    server.until(run["id"], "cancelled")
    kept = server.http.get(f"/api/v1/runs/{run['id']}/resources").json()["items"]
    assert kept[: len(items)] == items
    hits = server.http.get(f"/api/v1/runs/{run['id']}/log/search?q=NEEDLE").json()["hits"]
    assert [hit["text"] for hit in hits] == ["needle"]
    logs = server.http.get("/api/v1/logs?q=lasting").json()["items"]
    assert [(one["run_id"], one["task_id"], one["live"]) for one in logs] == [
        (run["id"], "lasting", False)
    ]


def test_the_server_tells_of_itself(shared_server: Server) -> None:
    http = shared_server.http
    assert shared_server.process is not None
    now = http.get("/api/v1/system/machine").json()
    assert now["server"]["pid"] == shared_server.process.pid
    assert now["supervisor"]["pid"] == shared_server.supervisor_pid()
    settings = {one["name"]: one for one in http.get("/api/v1/system/settings").json()["items"]}
    assert settings["data"]["value"] == str(shared_server.data)
    assert settings["data"]["source"] == "option"
    records = http.get("/api/v1/system/log?q=serving").json()["items"]
    assert any(record["logger"] == "runyard.server" for record in records)
    assert "serving" in http.get("/api/v1/system/log/download").text

    def sampled() -> list[dict[str, Any]]:
        history: list[dict[str, Any]] = http.get("/api/v1/system/machine").json()["history"]
        return history

    history = eventually(sampled, what="the first sample was taken")
    assert 0 < history[0]["memory_percent"] < 100
