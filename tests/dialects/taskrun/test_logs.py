"""Log files of TaskRunService: listed, read, downloaded, by names that never leave the folder."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest

from tests.dialects.taskrun.client import TaskRunClient, refusal
from tests.support.server import Server

GONE = (404, "日志文件不存在")


def test_the_list_has_every_log_under_its_readable_name(
    client: TaskRunClient, shared_server: Server
) -> None:
    client.create("data_process", "print('你好')\n")
    run_id = client.execute("data_process")
    client.finished(run_id)
    command = {"executor": "shell", "config": {"command": "echo other work"}}
    other = shared_server.http.post("/api/v1/runs", json=command).json()
    shared_server.until(other["id"])
    found = {one["filename"]: one for one in client.ask("GET", "/api/logs").json()["data"]}
    mine = found[f"data_process_{run_id}.log"]
    assert mine.keys() == {"filename", "size", "modified_at"}
    assert mine["size"] == len("你好\n".encode())
    assert isinstance(mine["modified_at"], float)
    assert abs(time.time() - mine["modified_at"]) < 600
    assert "app.log" in found
    assert not [name for name in found if other["id"] in name]


def test_a_download_is_the_file_under_its_name(client: TaskRunClient) -> None:
    for task_id in ("plain", "任务_一"):
        client.create(task_id, "print('x' * 100_000)\n")
        run_id = client.execute(task_id)
        client.finished(run_id)
        name = f"{task_id}_{run_id}.log"
        answer = client.ask("GET", f"/api/logs/{quote(name)}/download")
        assert answer.status_code == 200
        assert answer.text == "x" * 100_000 + "\n"
        disposition = answer.headers["content-disposition"]
        assert disposition.startswith("attachment; filename=")
        assert f"filename*=UTF-8''{quote(name)}" in disposition
        assert (f"filename={name};" in disposition) is task_id.isascii()


def test_a_live_log_is_what_was_written_so_far(
    client: TaskRunClient, shared_server: Server
) -> None:
    client.create("quiet", "import time\ntime.sleep(600)\n")
    run_id = client.execute("quiet")
    assert client.log("quiet", run_id) == ""  # nothing was written, and that is no error
    shared_server.http.post(
        "/api/v1/runs/cancel", json={"filter": {"status": "live"}, "reason": "test"}
    )
    client.finished(run_id)


def test_a_very_long_log_shows_its_end(client: TaskRunClient) -> None:
    client.create("long", "for n in range(700_000):\n    print('line', n)\n")
    run_id = client.execute("long")
    client.finished(run_id)
    text = client.log("long", run_id)
    assert len(text) < 5 * 1024 * 1024
    assert text.startswith("[... ")
    assert text.endswith("line 699999\n")
    download = client.ask("GET", f"/api/logs/long_{run_id}.log/download").text
    assert download.startswith("line 0\n")
    assert download.count("\n") == 700_000


def test_the_app_log(client: TaskRunClient) -> None:
    client.create("noted", "")
    whole = client.ask("GET", "/api/logs/app.log", params={"lines": "100000"}).json()["data"]
    assert whole["filename"] == "app.log"
    assert whole["total_lines"] == whole["content"].count("\n")
    last = client.ask("GET", "/api/logs/app.log", params={"lines": "1"}).json()["data"]
    assert last["content"].count("\n") == 1
    for lines in ("", "abc", "1.5", "-3", "0"):
        answer = client.ask("GET", "/api/logs/app.log", params={"lines": lines})
        assert answer.status_code == 200
        assert answer.json()["data"]["content"].count("\n") <= 100
    assert client.ask("GET", "/api/logs/app.log/download").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "hello_deadbeef.log",
        "hello.log",
        "hello",
        "_.log",
        ".log",
        "app.log.1",
        "..%2fserver.json",
        "..%2f..%2fetc%2fpasswd.log",
        "%2e%2e%5c%2e%2e%5cx.log",
        "hello_%00.log",
        "%00.log",
        "server.lock",
        "x" * 4000 + "_deadbeef.log",
    ],
)
@pytest.mark.parametrize("suffix", ["", "/download"])
def test_a_log_that_is_not_there(client: TaskRunClient, name: str, suffix: str) -> None:
    answer = client.ask("GET", f"/api/logs/{name}{suffix}")
    assert 400 <= answer.status_code < 500
    assert answer.json()["success"] is False
    if "%" not in name:
        assert refusal(answer) == GONE


def test_a_run_under_the_name_of_another_task_is_not_there(client: TaskRunClient) -> None:
    client.create("mine", "print(1)\n")
    run_id = client.execute("mine")
    client.finished(run_id)
    assert refusal(client.ask("GET", f"/api/logs/other_{run_id}.log")) == GONE


def test_a_file_of_the_folder_without_a_record_can_be_read(
    client: TaskRunClient, shared_server: Server
) -> None:
    logs = shared_server.data / "logs"
    (logs / "old_abc12345.log").write_text("from before\n")
    (logs / "evil_abc12345.log").symlink_to("/etc/passwd")
    assert client.log("old", "abc12345") == "from before\n"
    assert refusal(client.ask("GET", "/api/logs/evil_abc12345.log")) == GONE
