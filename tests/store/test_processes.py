"""Killed at any instruction, or written to by two processes: what was acknowledged is there."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from runyard.domain.states import AttemptStatus, RunStatus
from runyard.store import Dialect, Store, attempts, open_store, runs
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from runyard.domain.runs import Attempt, Run

_ROUNDS = 5
_REACHED = {
    "inserted": {RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.SUCCEEDED},
    "claimed": {RunStatus.RUNNING, RunStatus.SUCCEEDED},
    "succeeded": {RunStatus.SUCCEEDED},
}


def _start(url: str, said: Path, *arguments: str) -> subprocess.Popen[bytes]:
    with said.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.store.writing_process", url, *arguments], stdout=file
        )


def _facts(said: Path) -> list[tuple[str, str]]:
    """The complete lines of two words."""
    lines = said.read_text().rpartition("\n")[0].splitlines()
    return [(word, fact) for word, _, fact in (line.partition(" ") for line in lines) if fact]


async def _everything(url: str) -> tuple[dict[str, Run], dict[str, list[Attempt]]]:
    store: Store = open_store(url)
    try:
        ids = await store.read(lambda tx: runs.ids_matching(tx, runs.RunFilter(), 10**9))
        found = await store.read(lambda tx: runs.get_many(tx, ids))
        tries = await store.read(lambda tx: attempts.of_runs(tx, ids))
    finally:
        store.close()
    return {run.id: run for run in found}, tries


@pytest.mark.timeout(900)
async def test_kill_9_loses_nothing_that_was_acknowledged(
    url: str, dialect: Dialect, tmp_path: Path
) -> None:
    chance = random.Random()
    acknowledged: list[tuple[str, str]] = []
    for round_ in range(_ROUNDS):
        said = tmp_path / f"said{round_}"
        process = _start(url, said)
        enough = chance.randrange(1, 300)
        try:
            eventually(
                lambda said=said, enough=enough: len(_facts(said)) >= enough,  # type: ignore[misc]
                timeout_s=240,
            )
        finally:
            process.kill()
            process.wait()
        acknowledged += _facts(said)
        found, tries = await _everything(url)
        for word, fact in acknowledged:
            if word != "number":
                assert found[fact].status in _REACHED[word], (word, fact)
        for run in found.values():
            _assert_consistent(run, tries[run.id])
    numbers = [fact for word, fact in acknowledged if word == "number"]
    assert len(numbers) == len(set(numbers))
    if dialect is Dialect.SQLITE:
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()


def _assert_consistent(run: Run, tries: list[Attempt]) -> None:
    """No half of a transaction: the run and its attempts tell the same story."""
    expected = {
        RunStatus.QUEUED: [],
        RunStatus.RUNNING: [AttemptStatus.RUNNING],
        RunStatus.SUCCEEDED: [AttemptStatus.SUCCEEDED],
    }
    assert [one.status for one in tries] == expected[run.status]


@pytest.mark.timeout(900)
async def test_two_processes_never_give_one_number_twice(url: str, tmp_path: Path) -> None:
    files = [tmp_path / "one", tmp_path / "two"]
    processes = [_start(url, said, "12") for said in files]
    for process in processes:
        assert process.wait(120) == 0
    facts = [fact for said in files for fact in _facts(said)]
    numbers = [int(fact) for word, fact in facts if word == "number"]
    assert sorted(numbers) == list(range(1, 2 * 8 * 12 * 3 + 1))
    found, _ = await _everything(url)
    assert len(found) == 2 * 8 * 12
    assert {run.status for run in found.values()} == {RunStatus.SUCCEEDED}
