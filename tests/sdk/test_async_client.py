"""The asynchronous client: the same operations, awaited; and both clients offer the same."""

from __future__ import annotations

import asyncio

import pytest

from runyard.sdk.async_client import AsyncClient
from runyard.sdk.client import Client
from runyard.sdk.errors import NoServer, NotFound
from tests.sdk.serving import Served


async def test_it_does_what_the_other_does(client: Client, served: Served) -> None:
    async with AsyncClient(served.url) as asynchronous:
        run = await asynchronous.submit("hello", argv=["x"])
        lines = [line.text async for line in asynchronous.follow(run)]
        assert lines == ["hello x"]
        assert (await asynchronous.wait(run)).succeeded
        assert [task.id async for task in asynchronous.all_tasks(q="hel")] == ["hello"]
        assert [one.id async for one in asynchronous.all_runs()] == [run.id]
        with pytest.raises(NotFound):
            await asynchronous.tasks.get("nothing")


async def test_many_at_once(client: Client, served: Served) -> None:
    async with AsyncClient(served.url) as asynchronous:
        names = ["hello", "bad", "report"]
        runs = await asyncio.gather(*(asynchronous.submit(name, wait_s=30) for name in names))
    assert [run.status for run in runs] == ["succeeded", "failed", "succeeded"]


async def test_the_stream(client: Client, served: Served) -> None:
    async with AsyncClient(served.url) as asynchronous:
        run = await asynchronous.submit("hello", wait_s=30)
        async for change in asynchronous.stream(since=0, run_id=run.id):
            if change.object["status"] == "succeeded":
                break
        assert change.kind == "run"


async def test_no_server() -> None:
    async with AsyncClient("http://127.0.0.1:9") as lost:
        with pytest.raises(NoServer):
            await lost.system.get()
        with pytest.raises(NoServer):
            async for _ in lost.stream():
                pass


def test_both_clients_offer_the_same() -> None:
    def public(kind: type) -> set[str]:
        return {name for name in dir(kind) if not name.startswith("_")}

    assert public(Client) - {"perform"} == public(AsyncClient) - {"perform_async"}
