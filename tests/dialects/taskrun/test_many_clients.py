"""Fifty pages poll while two hundred runs pass: every answer is right, and no run is forgotten."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx2
import pytest

from tests.support.server import Server

POLLERS = 50
RUNS = 200
TASKS = 5
PATHS = ("/api/tasks", "/api/tasks/runs", "/api/logs", "/api/logs/app.log", "/health")


@pytest.mark.timeout(900)
async def test_fifty_pages_and_two_hundred_runs(shared_server: Server) -> None:
    for number in range(TASKS):
        shared_server.write_task(f"short{number}", f"print('task {number}')\n")
    over = asyncio.Event()
    limits = httpx2.Limits(max_connections=POLLERS + TASKS)
    async with httpx2.AsyncClient(base_url=shared_server.url, timeout=300, limits=limits) as client:
        polling = [asyncio.create_task(poll(client, PATHS[n % 5], over)) for n in range(POLLERS)]
        each = RUNS // TASKS
        done = await asyncio.gather(*(run_again(client, f"short{n}", each) for n in range(TASKS)))
        over.set()
        polls = await asyncio.gather(*polling)
        assert Counter(status for one in done for status in one.values()) == {"success": RUNS}
        assert len({run_id for one in done for run_id in one}) == RUNS
        assert all(polls), "every page was answered"
        run_id = next(iter(done[0]))
        log = (await client.get(f"/api/logs/short0_{run_id}.log")).json()
        assert log["content"] == "task 0\n"


async def run_again(client: httpx2.AsyncClient, task_id: str, times: int) -> dict[str, str]:
    """Execute one task again and again, each time when the run before is over; id -> state."""
    states: dict[str, str] = {}
    while len(states) < times:
        answer = await client.post(f"/api/tasks/{task_id}/execute")
        assert answer.status_code == 202, answer.text
        run_id = answer.json()["run_id"]
        while True:
            state = (await client.get(f"/api/tasks/runs/{run_id}")).json()["data"]["status"]
            if state != "running":
                break
        states[run_id] = state
    return states


async def poll(client: httpx2.AsyncClient, path: str, over: asyncio.Event) -> int:
    answers = 0
    while not over.is_set():
        answer = await client.get(path)
        assert answer.status_code == 200, answer.text
        assert answer.json()["success"] is True
        answers += 1
        await pause(over)
    return answers


async def pause(over: asyncio.Event) -> None:
    """A page asks every few seconds; these hurry."""
    try:
        async with asyncio.timeout(0.5):
            await over.wait()
    except TimeoutError:
        return
