"""PixivTailor's front ends under load: 50 poll and 20 listen while 200 tasks pass."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import suppress
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection, connect

from tests.dialects.pixivtailor.client import OVER, Tailor

POLLING, LISTENING, TASKS = 50, 20, 200
PAUSE_S = 5.0  # between two looks of a page
PING_EVERY_S = 20.0
LIST = {"pagination": {"page": 1, "page_size": 100, "total": 0}}


async def poll(http: httpx2.AsyncClient, ids: list[str], over: asyncio.Event) -> Counter[int]:
    """As the pages do: the list, and the status of one task."""
    answers: Counter[int] = Counter()
    while not over.is_set():
        listed = await http.post("/api/tasks", json=LIST)
        one = await http.post("/api/status", json={"task_id": ids[len(answers) % len(ids)]})
        answers.update((listed.status_code, one.status_code))
        assert len(listed.json()["data"]["tasks"]) <= 100
        await at_most(PAUSE_S, over)
    return answers


async def listen(url: str, ready: asyncio.Semaphore) -> dict[str, list[str]]:
    """The statuses of each task in the order in which they were heard, until all are over."""
    heard: dict[str, list[str]] = {}
    over = 0
    async with connect(url, open_timeout=120, max_queue=None) as socket:
        await socket.recv()
        ready.release()
        all_heard = asyncio.Event()
        pinging = asyncio.create_task(ping(socket, all_heard))
        while over < TASKS:
            message: dict[str, Any] = json.loads(await socket.recv())
            if message["type"] != "task_status":
                continue
            seen, status = heard.setdefault(message["task_id"], []), message["status"]
            if status not in seen:
                seen.append(status)
                over += status in OVER
        all_heard.set()
        await pinging
    return heard


async def ping(socket: ClientConnection, over: asyncio.Event) -> None:
    while not await at_most(PING_EVERY_S, over):
        await socket.send('{"type": "ping"}')


async def at_most(pause_s: float, over: asyncio.Event) -> bool:
    """A page's pause, unless it is over before."""
    with suppress(TimeoutError):
        await asyncio.wait_for(over.wait(), pause_s)
    return over.is_set()


async def scenario(url: str) -> tuple[list[dict[str, list[str]]], Counter[int], list[str]]:
    ready = asyncio.Semaphore(0)
    # The server ends a connection that is idle for 5 s; a client lets go of it before.
    limits = httpx2.Limits(max_connections=POLLING + 5, keepalive_expiry=2)
    async with httpx2.AsyncClient(base_url=url, timeout=240, limits=limits) as http:
        sockets = [
            asyncio.create_task(listen(url.replace("http", "ws", 1) + "/ws", ready))
            for _ in range(LISTENING)
        ]
        for _ in sockets:
            await ready.acquire()
        ids: list[str] = []
        for number in range(TASKS):
            path, body = (
                ("crawl/create", {"crawl_type": "tag", "query": str(number)})
                if number % 2
                else ("tag/create", {"input_dir": str(number)})
            )
            created = await http.post(f"/api/{path}", json=body)
            assert created.status_code == 200, created.text
            ids.append(created.json()["data"]["id"])
            if number == 0:
                over = asyncio.Event()
                polling = [asyncio.create_task(poll(http, ids, over)) for _ in range(POLLING)]
        heard = await asyncio.gather(*sockets)
        over.set()
        answers = sum(await asyncio.gather(*polling), Counter[int]())
    return heard, answers, ids


def test_fifty_poll_and_twenty_listen_while_200_tasks_pass(tailor: Tailor) -> None:
    heard, answers, ids = asyncio.run(scenario(tailor.server.url))
    assert set(answers) == {200}
    for one in heard:
        assert set(one) >= set(ids)
        assert {tuple(one[task_id]) for task_id in ids} <= {("pending", "running", "completed")}
    done = tailor.post("tasks", {"pagination": {"page": 1, "page_size": 1}, "status": "completed"})
    assert done["pagination"]["total"] == TASKS
