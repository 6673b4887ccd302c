"""The machine, processes, curves, log files, searches, the server's log and settings over HTTP."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from runyard.api import answers, monitoring_answers
from runyard.engines.contract import LiveAttempt, attempt_key
from runyard.process import usage_file
from runyard.process.usage_file import UsagePoint
from runyard.runtime.requests import SubmitRequest
from tests.api.test_logs import _write_log

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

    from runyard.domain.runs import Run
    from tests.api.conftest import Served


async def ask(served: Served, path: str, model: type[BaseModel]) -> dict[str, Any]:
    """The answer, which has exactly the shape that the document promises."""
    answer = await served.client.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    model.model_validate_json(answer.content, strict=True)
    return document


@pytest.fixture
async def run(served: Served) -> Run:
    submitted = await served.service.submit(SubmitRequest(executor="shell"), by="test")
    _write_log(served.service.log_path(submitted.run))
    return submitted.run


async def test_the_machine(served: Served) -> None:
    now = await ask(served, "/system/machine?history_s=60", monitoring_answers.MachineAnswer)
    assert now["server"]["pid"] == os.getpid()
    assert now["memory"]["total_bytes"] > now["memory"]["used_bytes"] > 0
    assert now["history"] == []
    refused = await served.client.get("/api/v1/system/machine?history_s=86401")
    assert refused.status_code == 422


async def test_processes_of_runs(served: Served, run: Run) -> None:
    key = attempt_key(run.id, 1)
    started = datetime(2026, 1, 2, tzinfo=UTC)
    served.service.live.append(LiveAttempt(key=key, pid=os.getpid(), started_at=started))
    found = await ask(served, "/system/processes", monitoring_answers.ProcessesAnswer)
    assert [(one["run_id"], one["attempt"]) for one in found["runs"]] == [(run.id, 1)]
    assert [one["run_id"] for one in found["python"] if one["pid"] == os.getpid()] == [run.id]


async def test_the_curve_of_a_run(served: Served, run: Run) -> None:
    path = f"/runs/{run.id}/resources"
    nothing = await ask(served, path, monitoring_answers.ResourcesAnswer)
    assert nothing == {"items": [], "every_s": 0}
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    point = UsagePoint(at=at, cpu_percent=12.5, rss_bytes=1000, processes=2)
    usage_file.append(usage_file.path_of(served.service.log_path(run)), point, every_s=10)
    curve = await ask(served, path, monitoring_answers.ResourcesAnswer)
    assert curve["items"] == [
        {"at": "2026-01-02T03:04:05Z", "cpu_percent": 12.5, "rss_bytes": 1000, "processes": 2}
    ]


async def test_log_files(served: Served, run: Run) -> None:
    (served.service.folder / "other.log").write_text("x")
    page = await ask(served, "/logs?limit=1", monitoring_answers.LogFilesAnswer)
    (other,) = page["items"]
    assert (other["name"], other["run_id"], other["live"]) == ("other.log", None, False)
    rest = await ask(
        served, f"/logs?limit=1&cursor={page['next_cursor']}", monitoring_answers.LogFilesAnswer
    )
    assert [(one["run_id"], one["live"]) for one in rest["items"]] == [(run.id, True)]
    assert rest["next_cursor"] is None
    assert (await served.client.get("/api/v1/logs?cursor=!!")).status_code == 400


async def test_a_log_file_is_downloaded(served: Served, run: Run) -> None:
    name = served.service.log_path(run).name
    answer = await served.client.get(f"/api/v1/logs/{name}/download")
    assert answer.content == "one\ntwö\nthree\n".encode()
    assert name in answer.headers["content-disposition"]


@pytest.mark.parametrize("name", ["none.log", "link.log", "..%2Fx.log", "secret.txt", "folder.log"])
async def test_only_files_of_the_folder_are_downloaded(
    served: Served, tmp_path: Path, name: str
) -> None:
    folder = served.service.folder
    (folder / "secret.txt").write_text("secret")
    (folder / "link.log").symlink_to(folder / "secret.txt")
    (folder / "folder.log").mkdir()
    (tmp_path.parent / "x.log").write_text("secret")
    answer = await served.client.get(f"/api/v1/logs/{name}/download")
    assert answer.status_code == 404
    assert "secret" not in answer.text.replace("secret.txt", "")


async def test_searching(served: Served, run: Run) -> None:
    path = f"/runs/{run.id}/log/search"
    found = await ask(served, f"{path}?q=TW", monitoring_answers.LogHitsAnswer)
    assert found["hits"] == [
        {
            "offset": 4,
            "at": "2026-01-02T03:04:06Z",
            "stream": "stderr",
            "text": "twö",
            "start": 0,
            "end": 2,
        }
    ]
    assert (found["complete"], found["next_offset"]) == (True, 15)
    back = await ask(
        served,
        f"{path}?q=o|t&regex=true&direction=backward&limit=2&case=true",
        monitoring_answers.LogHitsAnswer,
    )
    assert [hit["offset"] for hit in back["hits"]] == [9, 4]
    assert (back["complete"], back["next_offset"]) == (False, 4)
    last = await ask(
        served,
        f"{path}?q=o&direction=backward&from={back['next_offset']}",
        monitoring_answers.LogHitsAnswer,
    )
    assert [hit["offset"] for hit in last["hits"]] == [0]


@pytest.mark.parametrize("query", ["q=", "q=(&regex=true", "", "q=a&limit=0", "q=a&direction=up"])
async def test_wrong_searches(served: Served, run: Run, query: str) -> None:
    answer = await served.client.get(f"/api/v1/runs/{run.id}/log/search?{query}")
    assert answer.status_code == 422
    assert answer.json()["problems"]


async def test_reading_a_log_backwards(served: Served, run: Run) -> None:
    path = f"/runs/{run.id}/log"
    page = await ask(served, f"{path}?before=15&lines=1", answers.LogAnswer)
    assert [line["text"] for line in page["lines"]] == ["three"]
    assert (page["start"], page["next_offset"]) == (9, 15)
    page = await ask(served, f"{path}?before={page['start']}&lines=5", answers.LogAnswer)
    assert [line["text"] for line in page["lines"]] == ["one", "twö"]
    assert page["start"] == 0
    raw = await served.client.get(f"/api/v1{path}?before=9&lines=1&format=text")
    assert raw.text == "twö\n"


async def test_beginning_with_a_line(served: Served, run: Run) -> None:
    path = f"/runs/{run.id}/log"
    page = await ask(served, f"{path}?offset=1&line_start=true", answers.LogAnswer)
    assert (page["start"], page["lines"][0]["text"]) == (4, "twö")
    page = await ask(served, f"{path}?offset=1", answers.LogAnswer)
    assert (page["start"], page["lines"][0]["text"]) == (1, "ne")
    for wrong in ("line_start=true", "before=1&tail=1", "before=1&follow=true"):
        assert (await served.client.get(f"/api/v1{path}?{wrong}")).status_code == 422


async def test_the_servers_own_log(served: Served) -> None:
    empty = await ask(served, "/system/log", monitoring_answers.ServerLogAnswer)
    assert empty == {"items": [], "start": 0, "next_offset": 0, "size": 0}
    assert (await served.client.get("/api/v1/system/log/download")).status_code == 404
    text = (
        "2026-01-02 03:04:05,006 - a - INFO - one\n"
        "2026-01-02 03:04:06,000 - b - ERROR - two\nTraceback\n"
    )
    (served.service.folder / "app.log").write_text(text)
    page = await ask(served, "/system/log?tail=1", monitoring_answers.ServerLogAnswer)
    assert [(one["level"], one["message"]) for one in page["items"]] == [
        ("ERROR", "two\nTraceback")
    ]
    before = await ask(
        served, f"/system/log?before={page['start']}", monitoring_answers.ServerLogAnswer
    )
    assert [one["message"] for one in before["items"]] == ["one"]
    severe = await ask(served, "/system/log?level=ERROR&q=TWO", monitoring_answers.ServerLogAnswer)
    assert [one["logger"] for one in severe["items"]] == ["b"]
    (served.service.folder / "app.log.1").write_text("older\n")
    assert (await served.client.get("/api/v1/system/log/download")).text == f"older\n{text}"
    for wrong in ("before=1&offset=1", "level=LOUD", "source=other", "tail=0"):
        assert (await served.client.get(f"/api/v1/system/log?{wrong}")).status_code == 422


async def test_the_supervisors_log(served: Served) -> None:
    (served.service.folder / "supervisor.log").write_text("it said this\n")
    page = await ask(served, "/system/log?source=supervisor", monitoring_answers.ServerLogAnswer)
    assert [(one["at"], one["message"]) for one in page["items"]] == [(None, "it said this")]


async def test_settings(served: Served) -> None:
    page = await ask(served, "/system/settings", monitoring_answers.SettingsAnswer)
    assert page["items"][0]["name"] == "port"
    assert page["items"][0]["source"] == "default"
