"""The routes of the test server; importing it fills `yard.HANDLERS`."""

from __future__ import annotations

import asyncio
import difflib
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tests.sdk.yard import FINAL, Problem, Yard, on, server_sent, size

Body = dict[str, Any]
API = "/api/v1"
TURN_S = 0.005


@on("GET", "/api/system/health")
async def health(yard: Yard, request: Request, body: Body) -> Body:
    return {"success": True, "status": "ok", "message": "Service is running", "version": "0"}


@on("GET", f"{API}/system")
async def system(yard: Yard, request: Request, body: Body) -> Body:
    return {
        "version": "0.1.0",
        "uptime_s": 65.0,
        "store": "sqlite",
        "tasks_dir": "/t",
        "data_dir": "/d",
        "max_workers": 5,
        "supervisor": {"connected": True, "pid": 7},
        "runs": {"running": 1},
        "tasks": len(yard.tasks),
        "problems": [],
    }


@on("GET", f"{API}/tasks")
async def list_tasks(yard: Yard, request: Request, body: Body) -> Body:
    q = request.query_params.get("q", "")
    start = int(request.query_params.get("cursor", 0))
    names = sorted(name for name in yard.tasks if q in name)
    page = names[start : start + 2]  # short pages: who reads on must read on
    more = str(start + 2) if len(names) > start + 2 else None
    return {"items": [yard.task(name) for name in page], "next_cursor": more}


@on("POST", f"{API}/tasks")
async def create_task(yard: Yard, request: Request, body: Body) -> Response:
    if body["id"] in yard.tasks:
        raise Problem(409, "conflict", f"task {body['id']} is there already")
    if "/" in body["id"]:
        problems = [{"where": "id", "message": "holds a slash"}]
        raise Problem(422, "invalid", "not a task id", problems=problems)
    task = yard.save(body["id"], body["content"], body.get("message", ""))
    return JSONResponse(task, 201)


@on("GET", API + "/tasks/{id}")
async def get_task(yard: Yard, request: Request, body: Body) -> Body:
    return yard.task(request.path_params["id"])


@on("PUT", API + "/tasks/{id}")
async def replace_task(yard: Yard, request: Request, body: Body) -> Body:
    task = yard.task(request.path_params["id"])
    if (
        request.headers.get("if-match", f'"{task["content_hash"]}"').strip('"')
        != task["content_hash"]
    ):
        raise Problem(412, "stale_edit", "it was changed meanwhile")
    return yard.save(task["id"], body["content"], body.get("message", ""))


@on("DELETE", API + "/tasks/{id}")
async def delete_task(yard: Yard, request: Request, body: Body) -> Body:
    task = yard.task(request.path_params["id"])
    del yard.tasks[task["id"]]
    doomed = yard.matching(task_id=[task["id"]], status=["live"])
    if request.query_params.get("cancel_runs") != "true":
        doomed = []
    return {"id": task["id"], "cancelled": [yard.cancel(run, "")["id"] for run in doomed]}


@on("POST", API + "/tasks/{id}/rename")
async def rename_task(yard: Yard, request: Request, body: Body) -> Body:
    yard.task(request.path_params["id"])
    yard.tasks[body["new_id"]] = yard.tasks.pop(request.path_params["id"])
    return yard.task(body["new_id"])


@on("POST", API + "/tasks/{id}/pause")
async def pause_task(yard: Yard, request: Request, body: Body) -> Body:
    yard.paused.add(yard.task(request.path_params["id"])["id"])
    return yard.task(request.path_params["id"])


@on("POST", API + "/tasks/{id}/resume")
async def resume_task(yard: Yard, request: Request, body: Body) -> Body:
    yard.paused.discard(request.path_params["id"])
    return yard.task(request.path_params["id"])


@on("GET", API + "/tasks/{id}/versions")
async def versions(yard: Yard, request: Request, body: Body) -> Body:
    yard.task(request.path_params["id"])
    return {"items": yard.tasks[request.path_params["id"]][::-1]}


@on("GET", API + "/tasks/{id}/versions/{n:int}")
async def version(yard: Yard, request: Request, body: Body) -> Body:
    found: Body = yard.tasks[request.path_params["id"]][request.path_params["n"] - 1]
    return found


@on("GET", API + "/tasks/{id}/versions/{n:int}/diff")
async def diff(yard: Yard, request: Request, body: Body) -> Body:
    saved = yard.tasks[request.path_params["id"]]
    older, newer = request.path_params["n"], int(request.query_params["to"])
    lines = difflib.unified_diff(
        saved[older - 1]["content"].splitlines(keepends=True),
        saved[newer - 1]["content"].splitlines(keepends=True),
        f"version {older}",
        f"version {newer}",
    )
    return {"diff": "".join(lines)}


@on("POST", API + "/tasks/{id}/versions/{n:int}/restore")
async def restore(yard: Yard, request: Request, body: Body) -> Body:
    name = request.path_params["id"]
    return yard.save(name, yard.tasks[name][request.path_params["n"] - 1]["content"])


@on("POST", API + "/tasks/{id}/runs")
async def submit(yard: Yard, request: Request, body: Body) -> Response:
    key = request.headers.get("idempotency-key", "")
    if key in yard.keys:
        return JSONResponse(yard.runs[yard.keys[key]], 200)
    run = yard.submit({**body, "task_id": request.path_params["id"]})
    if key:
        yard.keys[key] = run["id"]
    waited = 0.0
    while run["status"] not in FINAL and waited < float(request.query_params.get("wait", 0)):
        await asyncio.sleep(TURN_S)
        waited += TURN_S
    return JSONResponse(run, 201)


@on("POST", f"{API}/runs/bulk")
async def bulk(yard: Yard, request: Request, body: Body) -> Body:
    ids: list[str | None] = []
    errors = []
    for index, asked in enumerate(body["runs"]):
        try:
            ids.append(yard.submit(asked)["id"])
        except Problem as problem:
            ids.append(None)
            facts = problem.document
            errors.append({"index": index, "code": facts["code"], "message": facts["detail"]})
    return {"ids": ids, "errors": errors}


@on("GET", f"{API}/runs")
async def list_runs(yard: Yard, request: Request, body: Body) -> Body:
    asked = request.query_params
    which = {
        name: [word for text in asked.getlist(name) for word in text.split(",")]
        for name in ("status", "task_id", "queue")
    }
    found = yard.matching(**which)
    start, limit = int(asked.get("cursor", 0)), int(asked.get("limit", 50))
    end = start + limit
    return {
        "items": found[start:end],
        "next_cursor": str(end) if len(found) > end else None,
    }


@on("POST", f"{API}/runs/cancel")
async def cancel_many(yard: Yard, request: Request, body: Body) -> Body:
    found = yard.matching(**body["filter"])
    live = [run for run in found if run["status"] not in FINAL]
    ids = [yard.cancel(run, body["reason"])["id"] for run in live]
    return {"count": len(ids), "ids": ids}


@on("GET", API + "/runs/{id}")
async def get_run(yard: Yard, request: Request, body: Body) -> Body:
    return yard.run(request.path_params["id"])


@on("POST", API + "/runs/{id}/cancel")
async def cancel(yard: Yard, request: Request, body: Body) -> Body:
    return yard.cancel(yard.run(request.path_params["id"]), body.get("reason", ""))


@on("POST", API + "/runs/{id}/rerun")
async def rerun(yard: Yard, request: Request, body: Body) -> Response:
    old = yard.run(request.path_params["id"])
    new = yard.submit(
        {
            "task_id": old["task_id"],
            "params": body.get("params", old["params"]),
            "argv": body.get("argv", old["argv"]),
            "version": old["task_version"] if body["exact"] else None,
        }
    )
    new["rerun_of"] = old["id"]
    return JSONResponse(new, 201)


@on("GET", API + "/runs/{id}/log")
async def log(yard: Yard, request: Request, body: Body) -> Any:
    run = yard.run(request.path_params["id"])
    asked = request.query_params
    start = int(asked.get("offset", 0))
    if asked.get("follow") == "true":
        return server_sent(follow(yard, run, start))
    lines = [line for line in yard.logs[run["id"]] if line["offset"] >= start]
    lines = lines[-int(asked["tail"]) :] if "tail" in asked else lines[: max(3, len(lines) // 2)]
    end = lines[-1]["offset"] + len(lines[-1]["text"].encode()) + 1 if lines else start
    total = size(yard.logs[run["id"]])
    return {
        "lines": lines,
        "next_offset": end,
        "size": total,
        "complete": run["status"] in FINAL and end >= total,
    }


@on("GET", API + "/runs/{id}/log/download")
async def download(yard: Yard, request: Request, body: Body) -> Response:
    lines = yard.logs[yard.run(request.path_params["id"])["id"]]
    return PlainTextResponse("".join(f"{line['text']}\n" for line in lines))


async def follow(yard: Yard, run: Body, offset: int) -> AsyncIterator[str]:
    while True:
        over = run["status"] in FINAL
        for line in yard.logs[run["id"]]:
            if line["offset"] >= offset:
                offset = line["offset"] + len(line["text"].encode()) + 1
                yield f"data: {json.dumps({'lines': [line], 'next_offset': offset})}\n\n"
        if over:
            yield f"event: end\ndata: {json.dumps({'next_offset': offset, 'complete': True})}\n\n"
            return
        await asyncio.sleep(TURN_S)


@on("GET", f"{API}/events")
async def events(yard: Yard, request: Request, body: Body) -> Response:
    since = request.query_params.get("since")
    run_id = request.query_params.get("run_id")
    return server_sent(changes(yard, len(yard.changes) if since is None else int(since), run_id))


async def changes(yard: Yard, seen: int, run_id: str | None) -> AsyncIterator[str]:
    yield f"data: {json.dumps({'hello': {'seq': len(yard.changes)}})}\n\n"
    while True:
        for change in yard.changes[seen:]:
            seen = change["seq"]
            if run_id in {None, change["object"].get("id")}:
                yield f"id: {seen}\ndata: {json.dumps(change)}\n\n"
        await asyncio.sleep(TURN_S)


@on("GET", f"{API}/queues")
async def queues(yard: Yard, request: Request, body: Body) -> Body:
    return {"items": [{**queue, "running": 1, "waiting": 0} for queue in yard.queues.values()]}


@on("PATCH", API + "/queues/{name}")
async def set_queue(yard: Yard, request: Request, body: Body) -> Body:
    queue = yard.queues[request.path_params["name"]]
    queue.update(body)
    return queue


@on("POST", API + "/queues/{name}/{verb}")
async def switch_queue(yard: Yard, request: Request, body: Body) -> Body:
    if request.path_params["name"] not in yard.queues:
        raise Problem(404, "not_found", f"there is no queue {request.path_params['name']}")
    queue = yard.queues[request.path_params["name"]]
    queue["paused"] = request.path_params["verb"] == "pause"
    return queue


@on("GET", f"{API}/executors")
async def executors(yard: Yard, request: Request, body: Body) -> Body:
    script = {"name": "script", "description": "A file", "source": "built-in"}
    return {"items": [{**script, "config_schema": None}]}


@on("POST", f"{API}/reload")
async def reload(yard: Yard, request: Request, body: Body) -> Body:
    return {"tasks": 2, "problems": []}
