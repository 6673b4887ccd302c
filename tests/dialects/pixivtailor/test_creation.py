"""PixivTailor's creations, files, configurations and system endpoints on a real server."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.dialects.pixivtailor.client import Tailor
from tests.support.server import Server

ESCAPES = (
    "../secret.txt",
    "images/../../secret.txt",
    "..%2f..%2fsecret.txt",
    "%2e%2e/secret.txt",
    "/etc/passwd",
    "x%00y.png",
    "..\\secret.txt",
    "x" * 3000,
)


def test_crawl_takes_both_names_and_fills_in_defaults(tailor: Tailor) -> None:
    for body in (
        {"crawl_type": "user", "user_id": 7, "limit": 0},
        {"type": "user", "user_id": "7", "delay": -1},
    ):
        created = tailor.post("crawl/create", body)
        config = json.loads(created["config"])
        assert (config["crawl_type"], config["user_id"]) == ("user", 7)
        assert (config["limit"], config["delay"], config["max_images"]) == (100, 1, 0)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Type is required"),
        ({"crawl_type": "tag"}, "Query is required for tag crawling"),
        ({"crawl_type": "user", "query": "x"}, "UserID is required for user crawling"),
        ({"type": "illust", "illust_id": 0}, "IllustID is required for illust crawling"),
        ({"crawl_type": "everything"}, "Invalid crawl type"),
        ({"crawl_type": ["tag"], "query": "x"}, "Invalid request body"),
        ({"crawl_type": "tag", "query": "x", "limit": "many"}, "Invalid request body"),
        ({"crawl_type": "tag", "query": "a\0b"}, "Invalid request body"),
        ({"crawl_type": "tag", "query": "x", "limit": 2**70}, "Invalid request body"),
    ],
)
def test_wrong_crawls(tailor: Tailor, body: dict[str, Any], message: str) -> None:
    assert tailor.refused("crawl/create", body) == (400, message)


def test_tag_creation(tailor: Tailor) -> None:
    created = tailor.post("tag/create", {"input_dir": "photos", "skip_tags": ["solo"]})
    config = json.loads(created["config"])
    assert config["input_dir"] == ["photos"]
    assert (
        config.items()
        >= {
            "analyzer": "wd14tagger",
            "save_type": "txt",
            "limit": 100,
            "tag_order": "score",
            "skip_tags": ["solo"],
        }.items()
    )
    assert created["type"] == "tag"
    nothing: tuple[dict[str, Any], ...] = (
        {},
        {"input_dir": ""},
        {"input_dir": []},
        {"input_dir": [" "]},
    )
    for wrong in nothing:
        assert tailor.refused("tag/create", wrong) == (400, "输入目录不能为空")
    for escape in ("../x", "/etc", "images/../../x", "..\\x"):
        assert tailor.refused("tag/create", {"input_dir": escape})[0] == 400
    assert tailor.refused("tag/create", {"input_dir": "a", "save_type": "exe"})[0] == 400


def test_tag_has_ways_of_its_own_to_look_and_cancel(tailor: Tailor) -> None:
    task_id = tailor.post("tag/create", {"input_dir": "photos"})["id"]
    tailor.until(task_id)
    http = tailor.server.http
    found = http.get(f"{tailor.base}/tag/status", params={"task_id": task_id}).json()
    assert found["data"]["id"] == task_id
    assert http.get(f"{tailor.base}/tag/status").status_code == 400
    unknown = http.get(f"{tailor.base}/tag/status", params={"task_id": "00000000"})
    assert unknown.status_code == 404
    stopped = http.post(f"{tailor.base}/tag/stop", params={"task_id": task_id})
    assert stopped.status_code == 409


def test_generate_with_a_configuration(tailor: Tailor) -> None:
    made = tailor.post(
        "configs/file/create",
        {"id": "anime-style", "name": "Anime", "category": "style", "prompt": "a cat", "steps": 30},
    )
    assert made["id"] == "anime-style"
    data = tailor.post(
        "generate-with-config",
        {"config_id": "anime-style", "override": {"prompt": "", "steps": 20, "seed": 7}},
    )
    assert (data["message"], data["status"]) == ("AI生成任务已创建", "pending")
    done = tailor.until(data["task_id"])
    assert done["result"] == [f"/api/tasks/{data['task_id']}/images/0"]
    config = json.loads(done["config"])
    assert config.items() >= {"prompt": "a cat", "steps": 20, "seed": 7}.items()
    assert tailor.refused("generate-with-config", {"config_id": "unknown"}) == (
        404,
        "Config not found",
    )
    assert tailor.refused("generate-with-config", {"config_id": "../x"})[0] == 400
    assert tailor.refused("generate", {})[0] == 501
    http = tailor.server.http
    listed = http.get(f"{tailor.base}/configs", params={"category": "style"}).json()["data"]
    assert [one["id"] for one in listed["configs"]] == ["anime-style"]
    assert listed["categories"] == ["style"]
    changed = http.put(f"{tailor.base}/configs/anime-style", json={"steps": 5}).json()["data"]
    assert (changed["steps"], changed["prompt"]) == (5, "a cat")
    assert http.delete(f"{tailor.base}/configs/anime-style").status_code == 200
    assert http.get(f"{tailor.base}/configs/anime-style").status_code == 404


class _Webui(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def webui() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Webui)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_image_server_is_looked_for_before_the_configuration(
    stopped_server: Server, webui: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = f"http://127.0.0.1:{free.getsockname()[1]}"
    tailor = Tailor(stopped_server.start(env={"SD_WEBUI_URL": closed}))
    status, message = tailor.refused("generate-with-config", {"config_id": "unknown"})
    assert (status, message) == (503, "WebUI is not running")
    answer = tailor.ask("generate-with-config", {"config_id": "unknown"}).json()
    assert answer["message"] == answer["status"]["details"] == "请先启动 WebUI"
    assert tailor.ask("generate-with-config", [1]).status_code == 400
    stopped_server.terminate()
    tailor = Tailor(stopped_server.start(env={"SD_WEBUI_URL": webui}))
    assert tailor.refused("generate-with-config", {"config_id": "unknown"})[0] == 404
    data = stopped_server.http.get(f"{tailor.base}/webui/status").json()["data"]
    assert data.items() >= {"status": "external", "port_open": True}.items()
    assert tailor.refused("webui/start")[0] == 409
    # Without an executor the task says so.
    tailor.post("configs/file/create", {"id": "c", "prompt": "x"})
    task_id = tailor.post("generate-with-config", {"config_id": "c"})["task_id"]
    failed = tailor.until(task_id)
    assert failed["error_message"] == "未找到AI生成任务的执行器"


def test_files_of_a_task(tailor: Tailor) -> None:
    task_id = tailor.crawl(images=3)
    tailor.until(task_id)
    http = tailor.server.http
    secret = tailor.server.data / "pixivtailor" / "secret.txt"
    secret.write_text("hidden words")
    (branch,) = [
        one
        for one in tailor.post("filetree")["fileTree"]["children"]
        if one["key"].endswith(task_id)
    ]
    assert branch["title"].endswith("(3张)")
    leaf = branch["children"][1]
    assert leaf.items() >= {"title": "artworks_1_p01.png", "fileType": "png"}.items()
    image = http.get(f"{tailor.base}/tasks/{task_id}/images/1")
    assert image.content == b"png\x01"
    assert image.headers["cache-control"] == "public, max-age=3600"
    assert image.headers["content-type"] == "image/png"
    assert http.get(f"/api/tasks/{task_id}/images/2").content == b"png\x02"
    missing = http.get(f"{tailor.base}/tasks/{task_id}/images/9")
    assert (missing.status_code, missing.json()["status"]["message"]) == (404, "Image not found")
    assert http.get(f"{tailor.base}/{leaf['filePath']}").content == b"png\x01"
    results = tailor.post("crawl/results", {"page_size": 2})
    assert len(results["results"]) == 2
    for escape in ESCAPES:
        answer = http.get(f"{tailor.base}/images/{escape}")
        assert answer.status_code in {404, 414}, escape
        assert "hidden words" not in answer.text
    deleted = tailor.post(
        "files/delete", {"file_paths": [leaf["filePath"], "../secret.txt", "images", str(secret)]}
    )
    assert (deleted["deleted_count"], deleted["failed_count"]) == (1, 3)
    assert secret.read_text() == "hidden words"
    assert http.get(f"{tailor.base}/{leaf['filePath']}").status_code == 404
    assert tailor.refused("files/delete", {"file_paths": []})[0] == 400
    assert tailor.post("files/delete", {"file_paths": [branch["key"]]})["deleted_count"] == 1


def test_system_and_health(tailor: Tailor) -> None:
    info = tailor.post("system/info", {"ignored": True})
    assert info["status"] == "healthy"
    assert info["memory"].keys() == {"used", "total", "available"}
    assert info["uptime"].endswith("s")
    health = tailor.server.http.get("/pixivtailor/health").json()
    assert health["data"]["status"] == "healthy"
    merged = tailor.server.http.get("/health").json()
    assert (merged["status"], merged["data"]["status"]) == ("ok", "healthy")
    assert tailor.server.http.get(f"{tailor.base}/webui/status").json()["data"] == {
        "status": "stopped",
        "port_open": False,
        "api_responding": False,
        "process_id": False,
        "managed": False,
    }


def test_every_endpoint_answers_options(tailor: Tailor) -> None:
    for path in ("tasks", "status", "task/start", "crawl/create", "generate-with-config"):
        assert tailor.server.http.options(f"{tailor.base}/{path}").status_code == 200


TASK_PATHS = ("status", "task/start", "task/stop", "cancel", "delete")


@pytest.mark.parametrize("path", TASK_PATHS)
def test_hostile_ids(tailor: Tailor, path: str) -> None:
    for body in ({}, {"task_id": ""}, {"task_id": None}):
        assert tailor.refused(path, body) == (400, "Task ID is required")
    for wrong in ("../../x", "a" * 100_000, "0000000g", "00000000", "x' OR '1'='1"):
        assert tailor.refused(path, {"task_id": wrong}) == (404, "Task not found")
    hostile: tuple[Any, ...] = (1, [], {}, True, "a\0b", "\ud800")
    for given in hostile:
        sent = json.dumps({"task_id": given}).encode()
        answer = tailor.server.http.post(f"{tailor.base}/{path}", content=sent)
        assert answer.status_code == 400, given
        assert answer.json()["status"]["code"] == 1


@pytest.mark.parametrize("path", [*TASK_PATHS, "tasks", "task/cleanup", "crawl/create", "filetree"])
def test_bodies_that_are_no_json_objects(tailor: Tailor, path: str) -> None:
    bodies = (b"{", b"[1]", b'"x"', b"nonsense", b"\xff\xfe", b"[" * 50_000, b'{"a": NaN}')
    for body in bodies if path != "filetree" else ():
        answer = tailor.server.http.post(f"{tailor.base}/{path}", content=body)
        assert answer.status_code == 400, (body[:20], answer.text)
        assert answer.json()["status"]["message"] == "Invalid request body"
    unknown = tailor.server.http.post(f"{tailor.base}/{path}/unknown", json={})
    assert unknown.status_code == 404
    assert unknown.json()["message"]


def test_cleanup_choices(tailor: Tailor) -> None:
    assert tailor.refused("task/cleanup", {}) == (400, "Cleanup type is required")
    assert tailor.refused("task/cleanup", {"cleanup_type": "cancelled"}) == (
        400,
        "Invalid cleanup type",
    )


def test_a_body_that_is_too_large(tailor: Tailor) -> None:
    body = b'{"task_id": "' + b"x" * (17 * 1024 * 1024) + b'"}'
    answer = tailor.server.http.post(f"{tailor.base}/status", content=body)
    assert answer.status_code == 413
    assert answer.json()["status"]["code"] == 1
