"""Logs over HTTP: pages, tail, since, text, download, follow."""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from runyard.api import answers
from runyard.runtime.requests import SubmitRequest

if TYPE_CHECKING:
    from runyard.domain.runs import Run
    from tests.api.conftest import Served

_SECOND = 1_000_000
_START_US = 1_767_323_045 * _SECOND  # 2026-01-02T03:04:05Z


@pytest.fixture
async def run(served: Served) -> Run:
    """A run with three lines, a second apart; the second one on stderr."""
    submitted = await served.service.submit(SubmitRequest(executor="shell"), by="test")
    _write_log(served.service.log_path(submitted.run))
    return submitted.run


def _write_log(path: Path) -> None:
    path.write_bytes("one\ntwö\nthree\n".encode())
    Path(f"{path}.idx").write_bytes(
        b"".join(
            struct.pack("<QQ", offset, (_START_US + number * _SECOND) << 2 | stream)
            for number, (offset, stream) in enumerate([(0, 1), (4, 2), (9, 1)])
        )
    )


async def _lines(served: Served, run: Run, query: str = "") -> dict[str, Any]:
    answer = await served.client.get(f"/api/v1/runs/{run.id}/log{query}")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    answers.LogAnswer.model_validate(document)
    return document


async def test_lines_have_time_and_stream(served: Served, run: Run) -> None:
    log = await _lines(served, run)
    assert [(line["text"], line["stream"], line["offset"]) for line in log["lines"]] == [
        ("one", "stdout", 0),
        ("twö", "stderr", 4),
        ("three", "stdout", 9),
    ]
    assert log["lines"][1]["at"] == "2026-01-02T03:04:06Z"
    assert (log["next_offset"], log["size"], log["complete"]) == (15, 15, False)
    await served.service.finish(run.id)
    assert (await _lines(served, run))["complete"] is True


async def test_tail_offset_and_since(served: Served, run: Run) -> None:
    async def texts(query: str) -> list[str]:
        return [line["text"] for line in (await _lines(served, run, query))["lines"]]

    assert await texts("?tail=2") == ["twö", "three"]
    assert await texts("?offset=4") == ["twö", "three"]
    assert await texts("?offset=99") == []
    assert await texts("?since=2026-01-02T03:04:07Z") == ["three"]
    first = await _lines(served, run, "?limit=5")
    assert [line["text"] for line in first["lines"]] == ["one"]
    assert await texts(f"?offset={first['next_offset']}") == ["twö", "three"]


async def test_text_is_the_raw_bytes(served: Served, run: Run) -> None:
    get = served.client.get
    whole = await get(f"/api/v1/runs/{run.id}/log?format=text")
    assert whole.content == "one\ntwö\nthree\n".encode()
    assert whole.headers["content-type"] == "text/plain; charset=utf-8"
    assert whole.headers["x-next-offset"] == "15"
    assert (await get(f"/api/v1/runs/{run.id}/log?format=text&tail=1")).text == "three\n"
    assert (await get(f"/api/v1/runs/{run.id}/log?format=text&offset=4")).text == "twö\nthree\n"


async def test_download_is_a_file(served: Served, run: Run) -> None:
    answer = await served.client.get(f"/api/v1/runs/{run.id}/log/download")
    assert answer.content == "one\ntwö\nthree\n".encode()
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert run.id in answer.headers["content-disposition"]


async def test_a_run_without_output_has_an_empty_log(served: Served) -> None:
    submitted = await served.service.submit(SubmitRequest(executor="shell"), by="test")
    assert (await _lines(served, submitted.run))["lines"] == []
    answer = await served.client.get(f"/api/v1/runs/{submitted.run.id}/log/download")
    assert (answer.status_code, answer.content) == (200, b"")


async def test_starts_exclude_each_other(served: Served, run: Run) -> None:
    answer = await served.client.get(f"/api/v1/runs/{run.id}/log?tail=1&offset=0")
    assert answer.status_code == 422


async def test_following_ends_with_the_run(served: Served, run: Run) -> None:
    path = served.service.log_path(run)
    at = f"/api/v1/runs/{run.id}/log?follow=true&tail=1"
    async with served.client.stream("GET", at) as answer:
        lines = answer.aiter_lines()
        events: list[tuple[str, Any]] = []

        async def take(count: int) -> None:
            name = ""
            while len(events) < count:
                line = await asyncio.wait_for(anext(lines), 10)
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    events.append((name, orjson.loads(line.removeprefix("data: "))))
                    name = ""

        await take(1)
        assert [line["text"] for line in events[0][1]["lines"]] == ["three"]
        with path.open("ab") as file:
            file.write(b"four\n")
        served.service.log_grew.set()
        await take(2)
        assert events[1][1]["lines"][0]["text"] == "four"
        await served.service.finish(run.id)
        served.service.log_grew.set()
        await take(3)
        assert events[2] == ("end", {"status": "succeeded", "next_offset": 20})
        assert [line async for line in lines if line.strip()] == []


async def test_following_resumes(served: Served, run: Run) -> None:
    await served.service.finish(run.id)
    answer = await served.client.get(
        f"/api/v1/runs/{run.id}/log?follow=true", headers={"Last-Event-ID": "9"}
    )
    assert '"three"' in answer.text
    assert '"one"' not in answer.text
