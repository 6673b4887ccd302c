"""A server whose app builds graphs and ontologies in no time."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dialects.mirofish.client import Fish
from tests.support.server import Server

ROOT = Path(__file__).parents[3]  # where the app finds how to wait
APP = '''
"""Small executors: each does what its configuration says."""

import sys
from pathlib import Path

import runyard

sys.path.insert(0, ROOT)
from tests.support.waiting import eventually


@runyard.executor("graph_build")
def graph_build(config, context):
    text = Path(context.params["text_file"]).read_text()
    runyard.progress(42, "构建中", step="chunks")
    for word in text.split():
        if word.startswith("gate:"):
            eventually(Path(word[5:]).exists)
        if word == "broken":
            raise RuntimeError("the graph service is away")
        if word.startswith("flaky:") and context.attempt < int(word[6:]):
            raise RuntimeError(f"attempt {context.attempt} failed")
    return {
        "project_id": config["project_id"],
        "graph_id": "graph_" + config["project_id"],
        "node_count": len(text.split()),
        "edge_count": 1,
        "chunk_count": len(text) // config["chunk_size"] + 1,
    }


@runyard.executor("ontology_generate")
def ontology_generate(config, context):
    if config["simulation_requirement"] == "impossible":
        raise RuntimeError("no model answers")
    types = {"entity_types": [{"name": "Person"}], "edge_types": []}
    return {"ontology": types, "analysis_summary": "a summary"}
'''.replace("ROOT", repr(str(ROOT)))


@pytest.fixture(scope="module")
def module_fish() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="ry", dir="/tmp"))
    server = Server(folder)
    (server.tasks / "_app.py").write_text(APP)
    try:
        yield server.start("--app", str(server.tasks / "_app.py"))
    finally:
        server.end()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def fish(module_fish: Server) -> Iterator[Fish]:
    """A client at the original paths; nothing of the dialect is left afterwards."""
    client = Fish(module_fish)
    yield client
    for project in client.get("project/list", limit=1000)["data"]:
        client.delete(f"project/{project['project_id']}")
    for task in client.get("tasks")["data"]:
        client.server.http.post(
            "/api/v1/runs/cancel",
            json={"filter": {"label": [f"mirofish:{task['task_id']}"]}, "reason": "over"},
        )
    client.settled()
    client.post("tasks/cleanup", {"max_age_hours": 0})
