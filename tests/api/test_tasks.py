"""Tasks, versions, queues, executors and the system over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from runyard.api import answers

if TYPE_CHECKING:
    from tests.api.conftest import Served


async def _create(served: Served, task_id: str = "hello", content: str = "print(1)\n") -> Any:
    answer = await served.client.post("/api/v1/tasks", json={"id": task_id, "content": content})
    assert answer.status_code == 201, answer.text
    return answer


async def test_a_created_task_has_an_address_and_an_etag(served: Served) -> None:
    answer = await _create(served, "grüße")
    assert answer.headers["location"] == "/api/v1/tasks/gr%C3%BC%C3%9Fe"
    read = await served.client.get(answer.headers["location"])
    assert read.json()["id"] == "grüße"
    assert read.json()["content"] == "print(1)\n"
    assert read.headers["etag"] == f'"{read.json()["content_hash"]}"'
    answers.TaskWithContent.model_validate(read.json())
    assert read.json()["spec"]["grace_s"] == 5.0


async def test_a_known_content_is_not_sent_again(served: Served) -> None:
    tag = (await _create(served)).headers["etag"]
    get = served.client.get
    for header in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = await get("/api/v1/tasks/hello", headers={"If-None-Match": header})
        assert answer.status_code == 304, header
        assert answer.content == b""
        assert answer.headers["etag"] == tag
    assert (await get("/api/v1/tasks/hello", headers={"If-None-Match": '"x"'})).status_code == 200


async def test_an_edit_based_on_an_older_content_is_refused(served: Served) -> None:
    tag = (await _create(served)).headers["etag"]
    put = served.client.put
    body = {"content": "print(2)\n"}
    fresh = await put("/api/v1/tasks/hello", json=body, headers={"If-Match": tag})
    assert fresh.status_code == 200
    assert fresh.json()["version"] == 2
    stale = await put("/api/v1/tasks/hello", json=body, headers={"If-Match": tag})
    assert stale.status_code == 412
    assert stale.json()["code"] == "stale_edit"
    weak = f"W/{fresh.headers['etag']}"
    assert (
        await put("/api/v1/tasks/hello", json=body, headers={"If-Match": weak})
    ).status_code == 412
    assert (
        await put("/api/v1/tasks/hello", json=body, headers={"If-Match": "*"})
    ).status_code == 200
    assert (await put("/api/v1/tasks/hello", json=body)).status_code == 200


@pytest.mark.parametrize("header", ["abc", '"a', '"a" "b"', ",", 'w/"a"', "**"])
async def test_a_broken_if_match_is_a_bad_request(served: Served, header: str) -> None:
    await _create(served)
    answer = await served.client.put(
        "/api/v1/tasks/hello", json={"content": ""}, headers={"If-Match": header}
    )
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_header"


async def test_settings_are_edited(served: Served) -> None:
    await _create(served)
    answer = await served.client.patch(
        "/api/v1/tasks/hello", json={"settings": {"title": "A greeting"}}
    )
    assert answer.json()["spec"]["title"] == "A greeting"


async def test_versions_are_listed_read_compared_and_restored(served: Served) -> None:
    await _create(served)
    await served.client.put("/api/v1/tasks/hello", json={"content": "print(2)\n", "message": "two"})
    at = "/api/v1/tasks/hello/versions"
    listed = (await served.client.get(at)).json()
    answers.VersionsAnswer.model_validate(listed)
    assert [(v["version"], v["message"]) for v in listed["items"]] == [(2, "two"), (1, "")]
    one = (await served.client.get(f"{at}/1")).json()
    answers.VersionAnswer.model_validate(one)
    assert one["content"] == "print(1)\n"
    diff = (await served.client.get(f"{at}/1/diff?to=2")).json()["diff"]
    assert "-print(1)" in diff
    assert "+print(2)" in diff
    text = await served.client.get(f"{at}/1/diff?to=2", headers={"Accept": "text/plain"})
    assert text.text == diff
    assert text.headers["content-type"].startswith("text/plain")
    restored = await served.client.post(f"{at}/1/restore")
    assert restored.json()["version"] == 3
    assert (await served.client.get("/api/v1/tasks/hello")).json()["content"] == "print(1)\n"


@pytest.mark.parametrize("version", ["0", "9", "x", "-1", "1.0", "99999999999999999999", "١"])
async def test_what_is_no_version_is_not_found(served: Served, version: str) -> None:
    await _create(served)
    answer = await served.client.get(f"/api/v1/tasks/hello/versions/{version}")
    assert answer.status_code == 404


async def test_rename_pause_resume_delete(served: Served) -> None:
    await _create(served)
    renamed = await served.client.post("/api/v1/tasks/hello/rename", json={"new_id": "bye"})
    assert renamed.json()["id"] == "bye"
    assert (await served.client.post("/api/v1/tasks/bye/pause")).json()["paused"] is True
    assert (await served.client.post("/api/v1/tasks/bye/resume")).json()["paused"] is False
    run = (await served.client.post("/api/v1/tasks/bye/runs")).json()
    deleted = await served.client.delete("/api/v1/tasks/bye?cancel_runs=true")
    assert deleted.json() == {"id": "bye", "cancelled": [run["id"]]}
    assert (await served.client.get("/api/v1/tasks/bye")).status_code == 404


async def test_tasks_are_searched_and_paged(served: Served) -> None:
    for number in range(5):
        await _create(served, f"task{number}")
    await served.client.post("/api/v1/tasks/task3/pause")
    get = served.client.get
    first = (await get("/api/v1/tasks?limit=3")).json()
    second = (await get("/api/v1/tasks", params={"cursor": first["next_cursor"]})).json()
    answers.TaskPageAnswer.model_validate(first)
    assert [task["id"] for task in first["items"] + second["items"]] == [
        f"task{number}" for number in range(5)
    ]
    assert second["next_cursor"] is None
    paused = (await get("/api/v1/tasks?paused=true")).json()["items"]
    assert [task["id"] for task in paused] == ["task3"]
    assert [t["id"] for t in (await get("/api/v1/tasks?q=TASK4")).json()["items"]] == ["task4"]
    assert (await get("/api/v1/tasks?broken=true")).json()["items"] == []
    assert len((await get("/api/v1/tasks?queue=script")).json()["items"]) == 5


async def test_a_typed_task_names_its_executor(served: Served) -> None:
    post = served.client.post
    right = {"id": "date", "executor": "shell", "config": {"command": "date"}}
    assert (await post("/api/v1/tasks", json=right)).json()["spec"]["config"] == right["config"]
    for wrong in (
        {"id": "x"},
        {"id": "x", "content": "", "executor": "shell"},
        {"id": "x", "content": "", "settings": {"title": "x"}},
    ):
        assert (await post("/api/v1/tasks", json=wrong)).status_code == 422
    assert (await post("/api/v1/tasks", json=right | {"id": "../x"})).status_code in {201, 422}


async def test_what_a_queue_is_not_told_stays(served: Served) -> None:
    client = served.client
    limited = (await client.patch("/api/v1/queues/crawl", json={"limit": 2})).json()
    answers.QueueAnswer.model_validate(limited)
    assert (await client.post("/api/v1/queues/crawl/pause")).json()["paused"] is True
    assert (await client.get("/api/v1/queues/crawl")).json()["limit"] == 2
    free = await client.patch("/api/v1/queues/crawl", json={"limit": None})
    assert free.json() == {
        "name": "crawl",
        "limit": None,
        "rate": None,
        "paused": True,
        "running": 0,
        "waiting": 0,
    }
    assert (await client.post("/api/v1/queues/crawl/resume")).json()["paused"] is False
    listed = (await client.get("/api/v1/queues")).json()
    assert [queue["name"] for queue in listed["items"]] == ["crawl"]
    assert (await client.patch("/api/v1/queues/crawl", json={"limit": 0})).status_code == 422


async def test_executors_system_health_reload(served: Served) -> None:
    get = served.client.get
    executors = (await get("/api/v1/executors")).json()
    answers.ExecutorsAnswer.model_validate(executors)
    assert executors["items"][1]["config_schema"] == {"type": "object"}
    system = await get("/api/v1/system")
    answers.SystemAnswer.model_validate(system.json())
    assert system.json()["tasks_dir"] == "tasks"
    assert "secret" not in system.text
    health = (await get("/api/system/health")).json()
    answers.HealthAnswer.model_validate(health)
    assert health["message"] == "Service is running"
    assert (await served.client.post("/api/v1/reload")).json() == {"tasks": 1, "problems": []}
