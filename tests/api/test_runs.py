"""Runs over HTTP: submit, read, list, cancel, rerun, bulk, external work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from runyard.api import answers
from runyard.domain.errors import EngineError, StoreUnavailable

if TYPE_CHECKING:
    from tests.api.conftest import Served


async def _task(served: Served, task_id: str = "hello") -> None:
    await served.service.catalog.create_script(task_id, "print('hello')\n", author="test")


async def _submit(served: Served, **body: Any) -> dict[str, Any]:
    answer = await served.client.post("/api/v1/tasks/hello/runs", json=body)
    assert answer.status_code == 201, answer.text
    run: dict[str, Any] = answer.json()
    return run


async def test_a_submitted_run_is_told_where_it_is_and_why_it_waits(served: Served) -> None:
    await _task(served)
    answer = await served.client.post(
        "/api/v1/tasks/hello/runs", json={"params": {"n": 5}, "labels": ["nightly"]}
    )
    assert answer.status_code == 201
    run = answer.json()
    assert answer.headers["location"] == f"/api/v1/runs/{run['id']}"
    assert answer.headers["cache-control"] == "no-store"
    assert run["params"] == {"n": 5}
    assert run["labels"] == ["nightly"]
    assert run["submitted_at"] == "2026-01-02T03:04:05Z"
    assert run["waiting_for"]["code"] == "queue_full"
    answers.RunAnswer.model_validate(run)


async def test_a_run_needs_no_body(served: Served) -> None:
    await _task(served)
    answer = await served.client.post("/api/v1/tasks/hello/runs")
    assert answer.status_code == 201


async def test_wait_answers_the_outcome_or_202(served: Served) -> None:
    await _task(served)
    done = await served.client.post("/api/v1/tasks/hello/runs?wait=5")
    assert done.status_code == 201
    assert done.json()["status"] == "succeeded"
    assert done.json()["attempts"][0]["number"] == 1
    slow = await served.client.post(
        "/api/v1/tasks/hello/runs?wait=0.1", json={"params": {"slow": True}}
    )
    assert slow.status_code == 202
    assert slow.json()["status"] == "queued"


async def test_a_repeated_key_gives_the_first_run_and_a_different_body_is_refused(
    served: Served,
) -> None:
    await _task(served)
    headers = {"Idempotency-Key": "abc"}
    post = served.client.post
    first = await post("/api/v1/tasks/hello/runs", json={"params": {"n": 1}}, headers=headers)
    again = await post("/api/v1/tasks/hello/runs", json={"params": {"n": 1}}, headers=headers)
    other = await post("/api/v1/tasks/hello/runs", json={"params": {"n": 2}}, headers=headers)
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 422)
    assert again.json()["id"] == first.json()["id"]
    assert other.json()["code"] == "idempotency_mismatch"
    assert other.json()["run_id"] == first.json()["id"]


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb"])
async def test_a_key_that_is_none_is_refused(served: Served, key: str) -> None:
    await _task(served)
    answer = await served.client.post("/api/v1/tasks/hello/runs", headers={"Idempotency-Key": key})
    assert answer.status_code == 422


async def test_a_busy_task_is_a_conflict_that_names_the_holder(served: Served) -> None:
    await _task(served)
    holder = await _submit(served)
    answer = await served.client.post("/api/v1/tasks/hello/runs", json={"if_busy": "reject"})
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "busy"
    assert problem["run_id"] == holder["id"]
    assert problem["status"] == 409


async def test_a_run_is_found_by_a_part_of_its_id(served: Served) -> None:
    await _task(served)
    run = await _submit(served)
    answer = await served.client.get(f"/api/v1/runs/{run['id'][-6:]}")
    assert answer.json()["id"] == run["id"]
    assert answer.json()["spec"]["title"] == "hello"
    assert (await served.client.get("/api/v1/runs/nope")).status_code == 404


async def test_lists_come_in_pages(served: Served) -> None:
    await _task(served)
    ids = [(await _submit(served))["id"] for _ in range(5)]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        asked = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await served.client.get("/api/v1/runs", params=asked)).json()
        answers.RunPageAnswer.model_validate(page)
        seen += [run["id"] for run in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ids[::-1]


async def test_a_status_may_be_a_group(served: Served) -> None:
    await _task(served)
    waiting = await _submit(served)
    over = await _submit(served)
    await served.service.finish(over["id"])
    for status, expected in [("waiting", waiting), ("live", waiting), ("final", over)]:
        found = (await served.client.get(f"/api/v1/runs?status={status}")).json()["items"]
        assert [run["id"] for run in found] == [expected["id"]]
    both = await served.client.get("/api/v1/runs?status=queued,succeeded")
    assert len(both.json()["items"]) == 2


async def test_cancel_answers_the_run_and_twice_is_a_conflict(served: Served) -> None:
    await _task(served)
    run = await _submit(served)
    answer = await served.client.post(f"/api/v1/runs/{run['id']}/cancel", json={"reason": "enough"})
    assert answer.json()["status"] == "cancelled"
    assert answer.json()["cancel_reason"] == "enough"
    assert (await served.client.post(f"/api/v1/runs/{run['id']}/cancel")).status_code == 409


async def test_many_are_cancelled_by_a_filter(served: Served) -> None:
    await _task(served)
    ids = {(await _submit(served))["id"] for _ in range(3)}
    answer = await served.client.post(
        "/api/v1/runs/cancel", json={"filter": {"task_id": ["hello"]}, "reason": "all"}
    )
    assert answer.json()["count"] == 3
    assert set(answer.json()["ids"]) == ids


async def test_a_rerun_is_a_new_run_that_names_the_old_one(served: Served) -> None:
    await _task(served)
    run = await _submit(served, params={"n": 1})
    answer = await served.client.post(f"/api/v1/runs/{run['id']}/rerun")
    assert answer.status_code == 201
    assert answer.json()["rerun_of"] == run["id"]
    assert answer.json()["params"] == {"n": 1}
    assert answer.headers["location"].endswith(answer.json()["id"])


async def test_bulk_submits_what_is_right_and_says_what_is_wrong(served: Served) -> None:
    await _task(served)
    answer = await served.client.post(
        "/api/v1/runs/bulk",
        json={
            "runs": [
                {"task_id": "hello", "params": {"n": 1}},
                {"task_id": "nope"},
                {"task_id": "hello", "if_busy": "sometimes"},
                {"executor": "shell", "not_before": "2030-01-01T00:00:00Z"},
                {},
            ]
        },
    )
    assert answer.status_code == 201
    document = answer.json()
    answers.BulkAnswer.model_validate(document)
    assert [run_id is not None for run_id in document["ids"]] == [True, False, False, True, False]
    assert [(e["index"], e["code"]) for e in document["errors"]] == [
        (1, "not_found"),
        (2, "invalid"),
        (4, "invalid"),
    ]


async def test_a_one_off_names_an_executor_or_a_task(served: Served) -> None:
    post = served.client.post
    right = await post("/api/v1/runs", json={"executor": "shell", "config": {"command": "date"}})
    assert right.status_code == 201
    assert right.json()["task_id"] is None
    for wrong in ({}, {"executor": "shell", "task_id": "hello"}, {"task_id": "x", "config": {}}):
        assert (await post("/api/v1/runs", json=wrong)).status_code == 422


async def test_work_elsewhere_reports(served: Served) -> None:
    await _task(served)
    run = await _submit(served)
    at = f"/api/v1/runs/{run['id']}"
    assert (await served.client.post(f"{at}/heartbeat")).status_code == 200
    moved = await served.client.post(f"{at}/progress", json={"progress": 50, "message": "half"})
    assert moved.json()["progress"] == 50
    ended = await served.client.post(
        f"{at}/finish", json={"status": "failed", "error": {"type": "Oops", "message": "no"}}
    )
    assert ended.json()["error"] == {
        "type": "Oops",
        "message": "no",
        "traceback": None,
        "retry": None,
    }
    wrong = await served.client.post(f"{at}/finish", json={"status": "running"})
    assert wrong.status_code == 422


async def test_an_absent_store_is_503_with_a_time_to_come_back(served: Served) -> None:
    await _task(served)
    for error in (
        StoreUnavailable("the disk is full", hint="make room"),
        EngineError("no supervisor", retryable=True),
    ):
        served.service.broken = error
        answer = await served.client.get("/api/v1/runs/abcd")
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json()["code"] == error.code


async def test_an_error_inside_shows_an_id_and_no_traceback(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    served.service.broken = RuntimeError("/secret/path exploded")
    answer = await served.client.get("/api/v1/runs/abcd")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    incident = answer.json()["incident"]
    assert any(incident in record.getMessage() and record.exc_info for record in caplog.records)
