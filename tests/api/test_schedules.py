"""Schedules over HTTP: made, read, edited, tried without saving, listed, deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from runyard.api import answers, schedule_answers
from runyard.api.app import operations
from runyard.api.openapi import document
from runyard.domain.tasks import Parameter, ParameterType, TaskSource, TaskSpec

if TYPE_CHECKING:
    from tests.api.conftest import Served

AT = "/api/v1/schedules"


async def make(served: Served, task_id: str = "hello", **keys: Any) -> Any:
    """A schedule of a task that is there."""
    if task_id not in served.service.catalog.tasks:
        await served.service.catalog.create_script(task_id, "print(1)\n", author="test")
    answer = await served.client.post(AT, json={"task_id": task_id, **keys})
    assert answer.status_code == 201, answer.text
    return answer


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_a_made_schedule_has_an_address_an_etag_and_all_its_fields(served: Served) -> None:
    answer = await make(
        served,
        cron="30 2 * * *",
        timezone="America/New_York",
        jitter="5m",
        overlap="buffer_one",
        params={"mode": "fast"},
        message="asked for",
    )
    assert answer.headers["location"] == f"{AT}/hello:default"
    assert answer.headers["etag"] == '"1"'
    made = answer.json()
    schedule_answers.ScheduleAnswer.model_validate(made)
    assert made["id"] == "hello:default"
    assert made["spec"]["jitter_s"] == 300
    assert made["spec"]["overlap"] == "buffer_one"
    assert made["settings"] == {
        "cron": "30 2 * * *",
        "timezone": "America/New_York",
        "jitter": "5m",
        "overlap": "buffer_one",
        "params": {"mode": "fast"},
    }
    assert made["next"]["at"] == made["next_at"]
    assert moment(made["next"]["local"]) == moment(made["next_at"])
    assert "T02:30:00-0" in made["next"]["local"]
    assert set(made["description"]) == {"en", "zh"}
    read = await served.client.get(answer.headers["location"])
    assert read.json() == made
    assert read.headers["etag"] == '"1"'


async def test_without_a_zone_it_goes_by_the_servers(served: Served) -> None:
    made = (await make(served, cron="0 0 * * *", start="2026-05-01T08:00:00")).json()
    assert made["timezone"] == "Europe/Berlin"
    assert made["spec"]["timezone"] is None
    assert made["spec"]["start"] == "2026-05-01T08:00:00"
    assert "T00:00:00+0" in made["next"]["local"]


async def test_unnamed_ones_get_names_and_a_taken_name_is_refused(served: Served) -> None:
    names = [(await make(served, every="1h")).json()["name"] for _ in range(3)]
    assert names == ["default", "default-2", "default-3"]
    again = await served.client.post(
        AT, json={"task_id": "hello", "name": "default", "every": "1h"}
    )
    assert again.status_code == 409
    named = await make(served, name="nächtlich", every=60)
    assert named.json()["id"] == "hello:nächtlich"
    assert (await served.client.get(named.headers["location"])).status_code == 200


async def test_a_task_with_one_schedule_stands_for_it(served: Served) -> None:
    await make(served, every="1h")
    assert (await served.client.get(f"{AT}/hello")).json()["id"] == "hello:default"
    await make(served, every="2h")
    assert (await served.client.get(f"{AT}/hello")).status_code == 409
    assert (await served.client.get(f"{AT}/nobody")).status_code == 404


@pytest.mark.parametrize(
    ("keys", "where"),
    [
        ({"cron": "61 2 * * *"}, "cron"),
        ({"cron": "0 0 31 2 *"}, "cron"),
        ({"every": "0s"}, "every"),
        ({"every": "1h", "cron": "@daily"}, "cron"),
        ({"timezone": "Europe/Berln", "every": "1h"}, "timezone"),
        ({"every": "1h", "overlap": "maybe"}, "overlap"),
        ({"every": "1h", "colour": "red"}, "colour"),
        ({"at": "soon"}, "at"),
        ({"rrule": "FREQ=SOMETIMES"}, "rrule"),
        ({"every": "1h", "params": {}, "argv": "x"}, "argv"),
        ({}, ""),
    ],
)
async def test_a_wrong_schedule_is_refused_with_its_place(
    served: Served, keys: dict[str, Any], where: str
) -> None:
    await served.service.catalog.create_script("hello", "", author="test")
    for dry_run in ("", "?dry_run=true"):
        answer = await served.client.post(AT + dry_run, json={"task_id": "hello", **keys})
        assert answer.status_code == 422, answer.text
        problem = answer.json()
        assert problem["problems"][0]["where"] == where, problem
        assert problem["problems"][0]["message"]
    assert served.service.schedules.all == {}


async def test_a_wrong_expression_says_the_character(served: Served) -> None:
    answer = await served.client.post(f"{AT}/preview", json={"cron": "0 25 * * *"})
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["position"] == 2


async def test_parameters_that_the_task_refuses_are_refused(served: Served) -> None:
    wanted = Parameter(name="mode", type=ParameterType.INTEGER, required=True)
    spec = TaskSpec(parameters=(wanted,), extra_parameters=False)
    served.service.catalog._save("strict", "", spec=spec, author="test")
    right = {"task_id": "strict", "every": "1h", "params": {"mode": 1}}
    for wrong in ({}, {"mode": "x"}, {"mode": 1, "more": 2}):
        for dry_run in ("", "?dry_run=true"):
            answer = await served.client.post(AT + dry_run, json={**right, "params": wrong})
            assert answer.status_code == 422
            assert answer.json()["problems"][0]["where"].startswith("params.")
    entries = [{**right, "params": {}}, right]
    bulk = await served.client.post(f"{AT}/bulk", json={"schedules": entries})
    assert bulk.json()["ids"] == [None, "strict:default"]
    edited = await served.client.patch(f"{AT}/strict", json={"params": {"mode": "x"}})
    assert edited.status_code == 422
    as_words = await served.client.patch(f"{AT}/strict", json={"params": None, "argv": ["a"]})
    assert as_words.json()["settings"] == {"every": "1h", "argv": ["a"]}


async def test_the_rest_of_the_body_is_checked_too(served: Served) -> None:
    post = served.client.post
    assert (await post(AT, json={"every": "1h"})).status_code == 422
    assert (await post(AT, json={"task_id": "nobody", "every": "1h"})).status_code == 404
    await served.service.catalog.create_script("hello", "", author="test")
    bad_name = await post(AT, json={"task_id": "hello", "name": "a:b", "every": "1h"})
    assert bad_name.status_code == 422


async def test_put_makes_a_new_version_of_the_whole(served: Served) -> None:
    tag = (await make(served, cron="0 2 * * *", jitter="5m")).headers["etag"]
    put = served.client.put
    body = {"cron": "0 3 * * *", "message": "later"}
    fresh = await put(f"{AT}/hello:default", json=body, headers={"If-Match": tag})
    assert fresh.status_code == 200
    assert fresh.headers["etag"] == '"2"'
    assert fresh.json()["settings"] == {"cron": "0 3 * * *"}
    stale = await put(f"{AT}/hello:default", json=body, headers={"If-Match": tag})
    assert stale.status_code == 412
    assert stale.json()["version"] == 2
    bad = await put(f"{AT}/hello:default", json=body, headers={"If-Match": "x"})
    assert bad.status_code == 400
    listed = (await served.client.get(f"{AT}/hello:default/versions")).json()
    schedule_answers.ScheduleVersionsAnswer.model_validate(listed)
    assert [(one["version"], one["message"]) for one in listed["items"]] == [(2, "later"), (1, "")]


async def test_patch_changes_what_is_named(served: Served) -> None:
    await make(served, every="30m", at_once=True, jitter="5m", params={"a": 1})
    patch = served.client.patch
    edited = await patch(f"{AT}/hello", json={"jitter": None, "timezone": "UTC"})
    assert edited.json()["settings"] == {
        "every": "30m",
        "at_once": True,
        "timezone": "UTC",
        "params": {"a": 1},
    }
    other = await patch(f"{AT}/hello", json={"cron": "0 2 * * *"})
    assert other.json()["settings"] == {
        "cron": "0 2 * * *",
        "timezone": "UTC",
        "params": {"a": 1},
    }
    assert (await patch(f"{AT}/hello", json={"cron": None})).status_code == 422
    assert (await patch(f"{AT}/hello", json={"cron": "x"})).status_code == 422
    assert (await served.client.get(f"{AT}/hello")).json()["version"] == 3


async def test_a_patch_that_was_overtaken_is_done_on_the_newer_one(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make(served, every="30m")
    known = served.service.schedules
    replaced, others = known.replace, iter([True])

    async def overtaken(schedule_id: str, spec: Any, **rest: Any) -> Any:
        if next(others, False):
            theirs = replace(known.all[schedule_id].spec, note="theirs")
            await replaced(schedule_id, theirs, expected_version=None, author="other")
        return await replaced(schedule_id, spec, **rest)

    monkeypatch.setattr(known, "replace", overtaken)
    edited = await served.client.patch(f"{AT}/hello", json={"timezone": "UTC"})
    assert edited.json()["settings"] == {"every": "30m", "timezone": "UTC", "note": "theirs"}
    assert edited.json()["version"] == 3


async def test_what_a_definition_holds_is_not_edited_here(served: Served) -> None:
    await make(served, every="1h")
    known = served.service.schedules
    known.all["hello:default"] = replace(known.all["hello:default"], source=TaskSource.FILE)
    for method in ("put", "patch"):
        for dry_run in ("", "?dry_run=true"):
            answer = await getattr(served.client, method)(
                f"{AT}/hello{dry_run}", json={"every": "2h"}
            )
            assert answer.status_code == 409
            assert answer.json()["hint"]
    assert (await served.client.delete(f"{AT}/hello")).status_code == 409
    paused = await served.client.post(f"{AT}/hello/pause", json={"reason": "too loud"})
    assert paused.json()["pause_reason"] == "too loud"


async def test_a_dry_run_saves_nothing_and_tells_the_difference(served: Served) -> None:
    await make(served, cron="0 2 * * *", timezone="UTC")
    before = dict(served.service.schedules.all)
    answer = await served.client.patch(f"{AT}/hello?dry_run=true", json={"cron": "0 2,14 * * *"})
    change = answer.json()
    schedule_answers.PlanChangeAnswer.model_validate(change)
    assert change["disappear"] == []
    assert len(change["appear"]) == 30
    assert {fire["local"][11:] for fire in change["appear"]} == {"14:00:00"}
    assert not change["more"]
    assert change["schedule"]["version"] == 2
    assert moment(change["until"]) - datetime.now(UTC) > timedelta(days=29)
    weekly = (
        await served.client.put(
            f"{AT}/hello?dry_run=true", json={"cron": "0 2 * * 1", "timezone": "UTC"}
        )
    ).json()
    assert weekly["appear"] == []
    assert 24 <= len(weekly["disappear"]) <= 27
    policy = await served.client.patch(f"{AT}/hello?dry_run=true", json={"overlap": "allow_all"})
    assert policy.json()["appear"] == policy.json()["disappear"] == []
    assert served.service.schedules.all == before


async def test_a_dry_run_of_a_new_one_tells_its_fires(served: Served) -> None:
    await served.service.catalog.create_script("hello", "", author="test")
    body = {"task_id": "hello", "every": "1h"}
    answer = await served.client.post(f"{AT}?dry_run=true", json=body)
    assert answer.status_code == 200
    change = answer.json()
    assert len(change["appear"]) == 500
    assert change["more"]
    assert change["schedule"]["id"] == "hello:default"
    assert change["schedule"]["next_at"] == change["appear"][0]["at"]
    assert served.service.schedules.all == {}
    gone = await served.client.post(f"{AT}?dry_run=true", json={**body, "task_id": "nobody"})
    assert gone.status_code == 404
    await make(served, name="mine", every="1h")
    taken = await served.client.post(f"{AT}?dry_run=true", json={**body, "name": "mine"})
    assert taken.status_code == 409


async def test_they_are_found_and_paged(served: Served) -> None:
    for number in range(5):
        await make(served, f"task{number}", every="1h", note="x")
    await served.client.post(f"{AT}/task3/pause")
    get = served.client.get
    first = (await get(f"{AT}?limit=3")).json()
    second = (await get(AT, params={"limit": 3, "cursor": first["next_cursor"]})).json()
    schedule_answers.SchedulePageAnswer.model_validate(first)
    ids = [one["id"] for one in first["items"] + second["items"]]
    assert ids == [f"task{number}:default" for number in range(5)]
    assert second["next_cursor"] is None
    assert [one["id"] for one in (await get(f"{AT}?paused=true")).json()["items"]] == [
        "task3:default"
    ]
    assert len((await get(f"{AT}?task_id=task1")).json()["items"]) == 1
    assert len((await get(f"{AT}?q=task4")).json()["items"]) == 1
    assert (await get(f"{AT}?broken=true")).json()["items"] == []
    assert (await get(f"{AT}?cursor=!")).status_code == 400


async def test_many_are_made_in_one_call(served: Served) -> None:
    await served.service.catalog.create_script("hello", "", author="test")
    entries: list[dict[str, Any]] = [
        {"task_id": "hello", "every": "1h"},
        {"task_id": "nobody", "every": "1h"},
        {"task_id": "hello", "cron": "x"},
        {"task_id": "hello", "every": "2h"},
        {"every": "2h"},
        {"task_id": "hello", "name": "default-2", "every": "1h", "message": "named"},
    ]
    answer = await served.client.post(f"{AT}/bulk", json={"schedules": entries})
    assert answer.status_code == 201
    schedule_answers.ScheduleBulkAnswer.model_validate(answer.json())
    assert answer.json()["ids"] == [
        *("hello:default", None, None, "hello:default-3", None, "hello:default-2")
    ]
    errors = answer.json()["errors"]
    assert [(one["index"], one["code"]) for one in errors] == [
        (1, "not_found"),
        (2, "invalid"),
        (4, "invalid"),
    ]


async def test_a_known_version_is_not_sent_again(served: Served) -> None:
    tag = (await make(served, every="1h")).headers["etag"]
    known = await served.client.get(f"{AT}/hello", headers={"If-None-Match": tag})
    assert known.status_code == 304
    assert known.headers["etag"] == tag


async def test_a_deleted_one_is_gone(served: Served) -> None:
    await make(served, every="1h")
    answer = await served.client.delete(f"{AT}/hello:default")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await served.client.get(f"{AT}/hello:default")).status_code == 404
    assert (await served.client.delete(f"{AT}/hello:default")).status_code == 404


async def test_a_task_shows_its_schedules(served: Served) -> None:
    made = (await make(served, every="1h")).json()
    await served.client.post(f"{AT}/hello/pause")
    shown = [{"id": "hello:default", "next_at": made["next_at"], "paused": True}]
    task = (await served.client.get("/api/v1/tasks/hello")).json()
    answers.TaskWithContent.model_validate(task)
    assert task["schedules"] == shown
    listed = (await served.client.get("/api/v1/tasks")).json()
    answers.TaskPageAnswer.model_validate(listed)
    assert listed["items"][0]["schedules"] == shown


def test_the_routes_stand_in_the_document_with_the_keys_of_a_schedule() -> None:
    made = document(tuple(operations()))
    body = made["components"]["schemas"]["CreateScheduleBody"]
    assert {"task_id", "cron", "every", "dst_gap", "catch_up"} <= body["properties"].keys()
    assert body["additionalProperties"] is False
