"""A small in-memory server that keeps the REST contract and really runs scripts, for the clients.

The tests that use it only talk HTTP to `Yard.url`, so they hold for the real server as well.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.sdk.scripts import environment

FINAL = {"succeeded", "failed", "timed_out", "cancelled", "crashed"}
GROUPS = {"live": {"queued", "running"}, "waiting": {"queued"}, "final": FINAL}


class Problem(Exception):
    def __init__(self, status: int, code: str, detail: str, **facts: Any) -> None:
        self.status = status
        self.document = {"type": code, "status": status, "code": code, "detail": detail, **facts}


class Yard:
    """Tasks, runs and queues in memory. Everything happens in the server's event loop."""

    def __init__(self) -> None:
        self.tasks: dict[str, list[dict[str, Any]]] = {}
        self.paused: set[str] = set()
        self.runs: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, str] = {}
        self.logs: dict[str, list[dict[str, Any]]] = {}
        self.queues: dict[str, dict[str, Any]] = {
            "script": {"name": "script", "limit": None, "paused": False}
        }
        self.changes: list[dict[str, Any]] = []
        self.processes: dict[str, asyncio.subprocess.Process] = {}
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.drop_next = 0  # so many answers are broken off after the work is done
        self._numbers = itertools.count(1)
        self._background: set[asyncio.Task[None]] = set()

    # Tasks

    def save(self, task_id: str, content: str, message: str = "") -> dict[str, Any]:
        versions = self.tasks.setdefault(task_id, [])
        versions.append(
            {
                "task_id": task_id,
                "version": len(versions) + 1,
                "content": content,
                "content_hash": hashlib.sha256(content.encode()).hexdigest(),
                "author": "test",
                "message": message,
                "created_at": instant(),
            }
        )
        self.change("task", self.task(task_id))
        return self.task(task_id)

    def task(self, task_id: str) -> dict[str, Any]:
        if task_id not in self.tasks:
            raise Problem(404, "not_found", f"there is no task {task_id}", hint="see /tasks")
        newest = self.tasks[task_id][-1]
        return {
            "id": task_id,
            "source": "file",
            "version": newest["version"],
            "paused": task_id in self.paused,
            "spec": {"executor": "script", "title": f"Title of {task_id}", "queue": None},
            "problems": [],
            "path": f"{task_id}.py",
            "content": newest["content"],
            "content_hash": newest["content_hash"],
            "created_at": self.tasks[task_id][0]["created_at"],
            "updated_at": newest["created_at"],
        }

    # Runs

    def submit(self, body: dict[str, Any]) -> dict[str, Any]:
        task = self.task(body["task_id"])
        holder = next(
            (
                run
                for run in self.runs.values()
                if run["task_id"] == task["id"] and run["status"] not in FINAL
            ),
            None,
        )
        if holder and body.get("if_busy") == "reject":
            raise Problem(409, "busy", f"task {task['id']} runs already", run_id=holder["id"])
        run: dict[str, Any] = {
            "id": f"0run{next(self._numbers):012d}",
            "task_id": task["id"],
            "task_version": body.get("version") or task["version"],
            "executor": "script",
            "queue": "script",
            "status": "queued",
            "attempt": 0,
            "params": body.get("params") or {},
            "argv": body.get("argv"),
            "labels": body.get("labels") or [],
            "priority": body.get("priority") or 0,
            "submitted_at": instant(),
            "asked": body,
            "attempts": [],
            "waiting_for": None,
        }
        self.runs[run["id"]] = run
        self.logs[run["id"]] = []
        if holder or task["paused"]:
            why = f"task {task['id']} {'is paused' if task['paused'] else 'runs already'}"
            run["waiting_for"] = {"code": "key", "message": why}
            self.change("run", run)
        else:
            self.background(self.execute(run))
        return run

    async def execute(self, run: dict[str, Any]) -> None:
        content = self.tasks[run["task_id"]][run["task_version"] - 1]["content"]
        run.update(status="running", attempt=1, started_at=instant())
        self.change("run", run)
        with tempfile.TemporaryDirectory() as folder:
            events = Path(folder) / "events"
            events.touch()
            process = self.processes[run["id"]] = await asyncio.create_subprocess_exec(
                sys.executable, "-uc", content, *(run["argv"] or ()),
                env=environment(RUNYARD_EVENTS=str(events)),
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            assert process.stdout is not None
            assert process.stderr is not None
            try:
                limit = run["asked"].get("timeout_s")
                async with asyncio.timeout(limit):
                    await asyncio.gather(
                        self.pump(run, process.stdout, "stdout"),
                        self.pump(run, process.stderr, "stderr"),
                    )
                    code = await process.wait()
                status = "succeeded" if code == 0 else "failed"
            except TimeoutError:
                process.kill()
                code = await process.wait()
                status = "timed_out"
            for line in events.read_text().splitlines():
                event = json.loads(line)
                run.update({k: v for k, v in event.items() if k in {"progress", "result"}})
        if run.get("cancel_requested_at"):
            status = "cancelled"
        if status == "failed":
            run["error"] = {"type": "exit_code", "message": f"ended with {code}"}
        run.update(status=status, finished_at=instant())
        run["attempts"] = [{"number": 1, "status": status, "exit_code": code, "cpu_s": 0.1}]
        self.change("run", run)

    async def pump(self, run: dict[str, Any], source: asyncio.StreamReader, stream: str) -> None:
        log = self.logs[run["id"]]
        while line := await source.readline():
            text = line.decode().rstrip("\n")
            log.append({"offset": size(log), "at": instant(), "stream": stream, "text": text})

    def cancel(self, run: dict[str, Any], reason: str) -> dict[str, Any]:
        if run["status"] not in FINAL:
            run.update(cancel_requested_at=instant(), cancel_reason=reason)
            if run["status"] == "queued":
                run["status"] = "cancelled"
            elif run["id"] in self.processes:
                self.processes[run["id"]].kill()
            self.change("run", run)
        return run

    def run(self, ref: str) -> dict[str, Any]:
        found = [run for key, run in self.runs.items() if key.startswith(ref) or key.endswith(ref)]
        if len(found) != 1:
            what = "no run" if not found else f"{len(found)} runs"
            raise Problem(404, "not_found", f"{what} called {ref}")
        return found[0]

    def matching(self, **which: list[str]) -> list[dict[str, Any]]:
        statuses = set().union(*(GROUPS.get(word, {word}) for word in which.pop("status", [])))
        return [
            run
            for run in reversed(self.runs.values())
            if (not statuses or run["status"] in statuses)
            and all(run.get(name) in values for name, values in which.items() if values)
        ]

    # The feed

    def change(self, kind: str, thing: dict[str, Any]) -> None:
        thing["seq"] = len(self.changes) + 1
        self.changes.append({"seq": thing["seq"], "kind": kind, "object": dict(thing)})

    def background(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def end(self) -> None:
        for process in self.processes.values():
            if process.returncode is None:
                process.kill()
        await asyncio.gather(*self._background)


def size(log: list[dict[str, Any]]) -> int:
    return log[-1]["offset"] + len(log[-1]["text"].encode()) + 1 if log else 0


def instant() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


Handler = Callable[[Yard, Request, dict[str, Any]], Awaitable[Response | Any]]
HANDLERS: list[tuple[str, str, Handler]] = []


def on(method: str, path: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        HANDLERS.append((method, path, handler))
        return handler

    return register


def create_app(yard: Yard) -> Starlette:
    def route(method: str, path: str, handler: Handler) -> Route:
        async def answer(request: Request) -> Response:
            raw = await request.body()
            yard.requests.append((method, request.url.path, dict(request.headers)))
            try:
                done = await handler(yard, request, json.loads(raw) if raw else {})
            except Problem as problem:
                return JSONResponse(
                    problem.document, problem.status, media_type="application/problem+json"
                )
            if yard.drop_next and method == "POST":
                yard.drop_next -= 1
                return BrokenOff()
            return done if isinstance(done, Response) else JSONResponse(done)

        return Route(path, answer, methods=[method])

    return Starlette(routes=[route(*entry) for entry in HANDLERS])


class BrokenOff(Response):
    """The server dies while it answers: promises more than it sends."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        head = {"type": "http.response.start", "status": 200}
        await send({**head, "headers": [(b"content-length", b"100")]})
        await send({"type": "http.response.body", "body": b"{", "more_body": False})


def server_sent(events: AsyncIterator[str]) -> StreamingResponse:
    return StreamingResponse(events, media_type="text/event-stream")
