"""PixivTailor's words for states, errors and counters, without a server."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from runyard.dialects.pixivtailor.words import (
    TaskRecord,
    TaskView,
    counters_of,
    folder_name,
    is_task_id,
    label_of,
    record_fields,
    status_fields,
    status_word,
    statuses_of,
    task_id_of,
)
from runyard.domain.runs import RunError
from runyard.domain.states import RunStatus
from tests.store.making import NOW, new_run

WORDS = {"pending", "running", "completed", "failed", "cancelled"}
RECORD = TaskRecord(id="0a64cf20", type="crawl", config={"query": "猫"}, created_at=NOW)


@pytest.mark.parametrize("status", list(RunStatus))
def test_every_state_has_one_word(status: RunStatus) -> None:
    word = status_word(status)
    assert word in WORDS
    assert status in statuses_of(word)
    assert not [other for other in WORDS - {word} if status in statuses_of(other)]


def test_unknown_words_stand_for_no_state() -> None:
    assert statuses_of("nonsense") == statuses_of("RUNNING") == ()


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (RunError(type="ValueError", message="no", traceback="Traceback ..."), "no"),
        (RunError(type="timeout", message=""), "timeout"),
        (RunError(type="supervisor_lost", message="gone"), "任务状态不一致，已自动清理"),
        (None, "任务失败"),
    ],
)
def test_why_it_failed(error: RunError | None, text: str) -> None:
    run = new_run(status=RunStatus.CRASHED, error=error)
    fields = record_fields(TaskView(record=RECORD, run=run, updated_at=NOW))
    assert (fields["status"], fields["error_message"]) == ("failed", text)
    assert "Traceback" not in json.dumps(fields)


def test_a_task_without_a_run_says_why() -> None:
    view = TaskView(record=replace(RECORD, error="nobody"), run=None, updated_at=NOW)
    assert record_fields(view)["error_message"] == "nobody"
    assert record_fields(replace(view, record=RECORD))["error_message"]
    assert status_fields(view)["completed_at"] == record_fields(view)["updated_at"]


@pytest.mark.parametrize(
    ("detail", "result", "counters"),
    [
        (None, None, (0, 0)),
        ({"images_found": 4, "images_downloaded": 2}, None, (4, 2)),
        ({"images_found": 4}, {"images_found": 9, "images_downloaded": 8}, (9, 8)),
        ({"images_found": "many", "images_downloaded": True}, [1], (0, 0)),
    ],
)
def test_counters(detail: dict[str, Any] | None, result: Any, counters: tuple[int, int]) -> None:
    assert counters_of(new_run(detail=detail, result=result)) == counters


def test_ids_and_labels() -> None:
    run = new_run(labels=("pixivtailor", label_of("0a64cf20")))
    assert task_id_of(run) == "0a64cf20"
    assert task_id_of(new_run(labels=("pixivtailor", "mirofish:x"))) is None
    assert is_task_id("0a64cf20")
    for wrong in ("", "0A64CF20", "0a64cf2", "0a64cf200", "0a64cf20\n", "../../xx"):
        assert not is_task_id(wrong)


@pytest.mark.parametrize("type_", ["crawl", "../../etc", "a/b", "x\0y", "类型"])
def test_a_folder_is_one_name(type_: str) -> None:
    at = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    name = folder_name(replace(RECORD, type=type_, created_at=at))
    assert name.endswith("_0a64cf20")
    assert not set(name) & set("/\\\0.")
