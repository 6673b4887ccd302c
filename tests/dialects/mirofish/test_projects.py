"""MiroFish's projects on a real server: documents, ontology, build, reset, removal."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.dialects.mirofish.client import ONTOLOGY, Fish
from tests.support.server import Server

FIELDS = {
    "project_id", "name", "status", "created_at", "updated_at", "files", "total_text_length",
    "ontology", "analysis_summary", "graph_id", "graph_build_task_id", "simulation_requirement",
    "chunk_size", "chunk_overlap", "error",
}  # fmt: skip


def uploaded(
    fish: Fish,
    *,
    files: list[tuple[str, bytes]],
    requirement: str = "who likes whom",
) -> tuple[int, Any]:
    answer = fish.server.http.post(
        "/api/graph/ontology/generate",
        data={"simulation_requirement": requirement, "project_name": "Fish"},
        files=[("files", (name, content)) for name, content in files],
    )
    return answer.status_code, answer.json()


def test_the_process_page_from_documents_to_a_graph(fish: Fish) -> None:
    status, document = uploaded(
        fish, files=[("notes.md", "鱼 likes 水".encode()), ("../../evil.txt", b"more words")]
    )
    assert (status, document["success"]) == (200, True)
    data = document["data"]
    assert re.fullmatch("proj_[0-9a-f]{12}", data["project_id"])
    assert data["ontology"] == ONTOLOGY
    assert data["analysis_summary"] == "a summary"
    assert [one["filename"] for one in data["files"]] == ["notes.md", "evil.txt"]
    project = fish.project(data["project_id"])
    assert set(project) == FIELDS
    assert (project["status"], project["name"]) == ("ontology_generated", "Fish")
    folder = fish.server.data / "mirofish" / "projects" / data["project_id"]
    assert sorted(file.suffix for file in (folder / "files").iterdir()) == [".md", ".txt"]

    built = fish.post("build", {"project_id": data["project_id"], "chunk_size": 100})["data"]
    done = fish.until(built["task_id"])
    assert done["task_type"] == "构建图谱: Fish"
    assert done["result"]["node_count"] == 5
    project = fish.project(data["project_id"])
    assert (project["status"], project["chunk_size"]) == ("graph_completed", 100)

    again = fish.post(f"project/{data['project_id']}/reset")
    assert again["data"]["status"] == "ontology_generated"
    assert again["data"]["graph_build_task_id"] is None
    fish.delete(f"project/{data['project_id']}")
    assert not folder.exists()
    assert fish.refused("GET", f"project/{data['project_id']}") == (
        404,
        f"项目不存在: {data['project_id']}",
    )


def test_wrong_uploads(fish: Fish) -> None:
    assert uploaded(fish, files=[("a.txt", b"x")], requirement=" ")[0] == 400
    assert uploaded(fish, files=[])[0] == 400
    assert uploaded(fish, files=[("a.exe", b"x")])[0] == 400
    assert uploaded(fish, files=[("a.txt", b"   ")])[0] == 400
    assert uploaded(fish, files=[("a.pdf", b"%PDF-1.7 ...")])[0] == 400
    plain = fish.server.http.post("/api/graph/ontology/generate", json={"a": 1})
    assert (plain.status_code, plain.json()["success"]) == (400, False)
    broken = fish.server.http.post(
        "/api/graph/ontology/generate",
        content=b"nonsense",
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert broken.status_code == 400
    assert fish.get("project/list")["data"] == []


def test_an_ontology_that_fails_leaves_no_project(fish: Fish) -> None:
    status, document = uploaded(fish, files=[("a.txt", b"x")], requirement="impossible")
    assert (status, document["success"]) == (500, False)
    assert document["error"] == "no model answers"
    assert fish.get("project/list")["count"] == 0


def test_a_build_that_goes_on_is_not_doubled_unless_forced(fish: Fish, tmp_path: Path) -> None:
    first = fish.build(f"gate:{tmp_path / 'gate'}")
    fish.until(first["task_id"], "processing")
    answer = fish.server.http.post("/api/graph/build", json={"project_id": first["project_id"]})
    assert answer.status_code == 400
    assert answer.json()["task_id"] == first["task_id"]
    body = {"project_id": first["project_id"], "force": True}
    second = fish.post("build", body)["data"]
    assert second["task_id"] != first["task_id"]
    assert fish.until(first["task_id"])["status"] == "failed"
    fish.until(second["task_id"], "processing")
    (tmp_path / "gate").touch()
    assert fish.until(second["task_id"])["status"] == "completed"
    assert fish.project(first["project_id"])["graph_build_task_id"] == second["task_id"]


def test_of_several_who_build_at_once_one_does(fish: Fish, tmp_path: Path) -> None:
    made = fish.build(f"gate:{tmp_path / 'gate'}")
    (tmp_path / "gate").touch()
    fish.until(made["task_id"])
    (tmp_path / "gate").unlink()
    body = {"project_id": made["project_id"]}
    with ThreadPoolExecutor(6) as threads:
        answers = list(
            threads.map(lambda _: fish.server.http.post("/api/graph/build", json=body), range(6))
        )
    started = [one.json() for one in answers if one.status_code == 200]
    assert len(started) == 1
    task_id = started[0]["data"]["task_id"]
    refused = [one.json() for one in answers if one.status_code == 400]
    assert [one["task_id"] for one in refused] == [task_id] * 5
    (tmp_path / "gate").touch()
    assert fish.until(task_id)["status"] == "completed"


def test_builds_go_side_by_side(fish: Fish, tmp_path: Path) -> None:
    started = [fish.build(f"gate:{tmp_path / 'gate'}")["task_id"] for _ in range(3)]
    for task_id in started:
        fish.until(task_id, "processing")
    (tmp_path / "gate").touch()
    for task_id in started:
        assert fish.until(task_id)["status"] == "completed"


def test_a_project_needs_an_ontology_first(fish: Fish) -> None:
    made = fish.post("build", {"text": "words", "project_name": "plain"})["data"]
    fish.until(made["task_id"])
    fish.post(f"project/{made['project_id']}/reset")
    assert fish.refused("POST", "build", {"project_id": made["project_id"]})[0] == 400
    unknown = "proj_000000000000"
    assert fish.refused("POST", "build", {"project_id": unknown}) == (
        404,
        f"项目不存在: {unknown}",
    )


def test_lists_of_projects(fish: Fish) -> None:
    ids = [fish.build(graph_name=str(number))["project_id"] for number in range(3)]
    listed = fish.get("project/list", limit=2)
    assert [one["project_id"] for one in listed["data"]] == [ids[2], ids[1]]
    assert listed["count"] == 2
    assert fish.refused("GET", "project/list?limit=many")[0] == 400
    for wrong in ("..%2f..%2fx", "proj_x", "a%00b"):
        assert fish.refused("GET", f"project/{wrong}")[0] == 404
        assert fish.refused("DELETE", f"project/{wrong}")[0] == 404


def test_without_executors(stopped_server: Server) -> None:
    fish = Fish(stopped_server.start())
    assert fish.refused("POST", "build", {"text": "x"}) == (
        500,
        "配置错误: 未配置图谱构建服务 (graph_build)",
    )
    assert uploaded(fish, files=[("a.txt", b"x")])[0] == 500
    stopped_server.http.post("/api/v1/tasks", json={"id": "graph_build", "executor": "external"})
    task_id = fish.build("words")["task_id"]  # whose worker is elsewhere
    runs = stopped_server.http.get("/api/v1/runs", params={"label": f"mirofish:{task_id}"})
    stopped_server.until(runs.json()["items"][0]["id"], "running")
    fish.post(f"task/{task_id}/update", {"progress": 10})
    assert fish.task(task_id)["progress"] == 10
    fish.post(f"task/{task_id}/complete", {"result": {"graph_id": "g"}})
    assert fish.task(task_id)["status"] == "completed"
