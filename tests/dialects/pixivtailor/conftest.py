"""A server whose app registers small executors of PixivTailor's types."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dialects.pixivtailor.client import Tailor
from tests.support.server import Server

ROOT = Path(__file__).parents[3]  # where the app finds how to wait
APP = '''
"""Small executors: each does what its configuration says."""

import sys
from pathlib import Path

import runyard

sys.path.insert(0, ROOT)
from tests.support.waiting import eventually


def work(config, context):
    print(f"working on {config.get('query', '')}", flush=True)
    gate = config.get("gate")
    if gate:
        eventually(Path(gate).exists)
    if config.get("fail"):
        raise RuntimeError(config["fail"])
    folder = Path(context.params["output_dir"])
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(config.get("images", 0)):
        (folder / f"artworks_1_p{number:02}.png").write_bytes(b"png" + bytes([number]))
    runyard.progress(50, "half", images_found=4, images_downloaded=2)
    runyard.log.warning("one image was skipped")
    return {"expected_images": 4, "images_found": 4, "images_downloaded": 3}


@runyard.executor("crawl")
def crawl(config, context):
    return work(config, context)


@runyard.executor("tag")
def tag(config, context):
    return work(config, context)


@runyard.executor("generate")
def generate(config, context):
    return {"images": [f"/api/tasks/{context.params['task_id']}/images/0"], "config": config}


@runyard.executor("upscale")
def upscale(config, context):
    return config["factor"] * 2
'''.replace("ROOT", repr(str(ROOT)))


@pytest.fixture(scope="module")
def module_tailor() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="ry", dir="/tmp"))
    server = Server(folder)
    (server.tasks / "_app.py").write_text(APP)
    try:
        yield server.start("--app", str(server.tasks / "_app.py"), env={"SD_WEBUI_URL": ""})
    finally:
        server.end()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def tailor(module_tailor: Server) -> Iterator[Tailor]:
    """A client under the dialect's own prefix; nothing of the dialect is left afterwards."""
    client = Tailor(module_tailor)
    yield client
    client.post("task/cleanup", {"cleanup_type": "all"})
