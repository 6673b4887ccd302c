"""Registered task types in real child processes: configuration, context and plug-ins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runyard.domain.tasks import Isolation, TaskSpec
from runyard.executors.app_loading import App
from runyard.executors.contract import ExecutorDescription
from runyard.executors.custom import CustomExecutor
from tests.executors.making import Ended, carry_out, places_in, run_of

APP = """
from dataclasses import dataclass
from pydantic import BaseModel
import runyard

class Page(BaseModel):
    url: str
    depth: int = 2

@dataclass
class Plain:
    count: int

@runyard.executor("crawl", config=Page)
def crawl(config: Page, ctx: runyard.Context):
    runyard.progress(50, "half", url=config.url)
    return {"url": config.url, "depth": config.depth, "run": ctx.run_id}

@runyard.executor("plain", config=Plain)
async def plain(config, context):
    return config.count

@runyard.executor("single")
def single(ctx):
    return [ctx.attempt, ctx.raw["entry"]["config"]]

@runyard.executor("only", config=Page)
def only(config: "Page"):
    return config.depth

@runyard.executor("dict")
def as_dict(config, ctx):
    return sorted(config)

@runyard.executor("bare")
def bare():
    raise RuntimeError("bare")
"""


def call(
    folder: Path, name: str, config: dict[str, Any], *, isolation: Isolation = Isolation.FORK
) -> Ended:
    path = folder / "app.py"
    path.write_text(APP)
    function = "as_dict" if name == "dict" else name
    described = ExecutorDescription(
        name=name, target=f"app:{function}", from_app=True, source="app"
    )
    spec = TaskSpec(executor=name, config=config, isolation=isolation)
    executor = CustomExecutor(described=described, base=spec)
    places = places_in(folder, app=App(module="app", folder=folder, path=path))
    return carry_out(executor.launch(run_of(spec), places=places), folder / "work")


@pytest.mark.parametrize("isolation", [Isolation.FORK, Isolation.COLD])
def test_a_pydantic_model_and_the_context(tmp_path: Path, isolation: Isolation) -> None:
    ended = call(tmp_path, "crawl", {"url": "u"}, isolation=isolation)
    assert (ended.code, ended.err) == (0, "")
    assert ended.result == {"url": "u", "depth": 2, "run": "0abcdefghjkmnpqr"}
    assert ended.events[0]["detail"] == {"url": "u"}


def test_a_dataclass_and_a_coroutine(tmp_path: Path) -> None:
    assert call(tmp_path, "plain", {"count": 3}).result == 3


def test_one_argument_is_the_context_or_the_model(tmp_path: Path) -> None:
    assert call(tmp_path, "single", {"any": 1}).result == [1, {"any": 1}]
    assert call(tmp_path, "only", {"url": "u", "depth": 5}).result == 5


def test_without_a_model_the_plain_configuration(tmp_path: Path) -> None:
    assert call(tmp_path, "dict", {"b": 1, "a": 2}).result == ["a", "b"]


def test_without_arguments_and_failing(tmp_path: Path) -> None:
    ended = call(tmp_path, "bare", {})
    assert ended.code == 1
    assert ended.error["type"] == "RuntimeError"


def test_a_configuration_that_no_longer_fits_the_model(tmp_path: Path) -> None:
    ended = call(tmp_path, "crawl", {"depth": "deep"})
    assert ended.code == 2
    assert "config.url" in ended.err
    assert "config.depth" in ended.err
    assert ended.error["type"] == "Invalid"
