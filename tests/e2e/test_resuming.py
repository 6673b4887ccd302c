"""Live streams over a kill of the server: whoever resumes by number misses nothing."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx2
from websockets.sync.client import connect

from tests.support.server import FINAL, Server
from tests.support.waiting import eventually

BEFORE, DURING, AFTER = ("before", "during", "after")
PACED = """
import pathlib, time
for n in range(5):
    print(n, flush=True)
pathlib.Path("half").touch()
while not pathlib.Path("go").exists():
    time.sleep(0.01)
for n in range(5, 10):
    print(n, flush=True)
"""


class Heard:
    """What one client heard, over all its connections."""

    def __init__(self) -> None:
        self.last = 0
        self.statuses: dict[str, str] = {}

    def take(self, frame: dict[str, Any]) -> None:
        if "seq" not in frame:
            return
        assert frame["seq"] > self.last, "in order, and none twice"
        self.last = frame["seq"]
        if frame["kind"] == "run":
            self.statuses[frame["object"]["id"]] = frame["object"]["status"]

    def has_ended(self, *run_ids: str) -> bool:
        return all(self.statuses.get(run_id) in FINAL for run_id in run_ids)


def frames_of_socket(server: Server, since: int | None) -> Iterator[dict[str, Any]]:
    address = server.url.replace("http", "ws") + "/api/v1/stream"
    if since is not None:
        address += f"?since={since}"
    with connect(address, open_timeout=30) as stream:
        while True:
            yield json.loads(stream.recv(30))


def frames_of_events(server: Server, since: int | None) -> Iterator[dict[str, Any]]:
    headers = {} if since is None else {"Last-Event-ID": str(since)}
    with (
        httpx2.Client(base_url=server.url, timeout=30) as client,
        client.stream("GET", "/api/v1/events", headers=headers) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


def test_changes_over_a_kill(server: Server) -> None:
    """A socket and an event stream each hear the end of runs before, during and after it."""
    server.write_task("paced", "# /// script\n# [tool.runyard]\n# concurrency = 0\n# ///\n" + PACED)
    ways = {frames_of_socket: Heard(), frames_of_events: Heard()}
    streams = {way: way(server, 0) for way in ways}
    done = server.submit("paced")["id"]
    (server.tasks / "go").touch()
    for way, heard in ways.items():
        while not heard.has_ended(done):
            heard.take(next(streams[way]))
    (server.tasks / "go").unlink()
    cut = [server.submit("paced")["id"] for _ in range(3)]
    eventually(lambda: all(server.run(id)["status"] == "running" for id in cut))  # noqa: A001
    for stream in streams.values():
        stream.close()  # type: ignore[attr-defined]
    server.kill()
    (server.tasks / "go").touch()
    server.start()
    late = server.submit("paced")["id"]
    for way, heard in ways.items():
        stream = way(server, heard.last)
        while not heard.has_ended(*cut, late):
            heard.take(next(stream))
        stream.close()  # type: ignore[attr-defined]
        assert set(heard.statuses.values()) == {"succeeded"}
        assert heard.statuses.keys() == {done, late, *cut}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_followed_log_over_a_kill(server: Server) -> None:
    server.write_task("paced", PACED)
    run_id = server.submit("paced")["id"]
    eventually((server.tasks / "half").exists)
    seen: list[str] = []
    offset = 0

    def follow_until(enough: int) -> str:
        nonlocal offset
        path = f"/api/v1/runs/{run_id}/log"
        with (
            httpx2.Client(base_url=server.url, timeout=30) as client,
            client.stream("GET", path, params={"follow": "true", "offset": offset}) as answer,
        ):
            for line in answer.iter_lines():
                if not line.startswith("data: "):
                    continue
                page = json.loads(line.removeprefix("data: "))
                offset = page["next_offset"]
                if "status" in page:
                    return str(page["status"])
                seen.extend(one["text"] for one in page["lines"])
                if len(seen) >= enough:
                    return ""
        return ""

    assert follow_until(5) == ""
    server.kill()
    (server.tasks / "go").touch()
    server.start()
    assert follow_until(99) == "succeeded"
    assert seen == [str(n) for n in range(10)]
