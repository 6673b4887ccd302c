"""All dialects on one port: by path, prefix, header, listener, body; refusals in their shapes."""

from __future__ import annotations

import ast
import asyncio
import subprocess
import sys
from typing import NoReturn

import pytest
from starlette.requests import Request
from starlette.responses import Response

from runyard.app import settings
from runyard.dialects import all as dialects
from runyard.dialects.answers import json_answer
from runyard.dialects.frame import Surroundings
from runyard.dialects.routing import all_routes
from runyard.dialects.shared import whose
from tests.dialects.frame.conftest import Client, face, small, taskrun


async def test_original_paths_and_prefixes_are_the_same(client: Client) -> None:
    for path in ("/api/tasks/one", "/taskrun/api/tasks/one"):
        assert (await client.get(path)).json() == {"task": "one"}


async def test_a_fixed_path_wins_over_a_name(client: Client) -> None:
    """Although it was registered later."""
    for path in ("/api/tasks/runs", "/taskrun/api/tasks/runs"):
        assert (await client.get(path)).json() == {"runs": True}


@pytest.mark.parametrize(
    ("body", "owner"),
    [
        ({"task_id": "a"}, "taskrun"),
        ({"content": ""}, "taskrun"),
        ({"task_id": "a", "status": "x"}, "taskrun"),
        ({"pagination": {}}, "pixivtailor"),
        ({"status": "running"}, "pixivtailor"),
        ({"type": "crawl"}, "pixivtailor"),
        ({"page": 1}, "pixivtailor"),
        ({"page_size": 1}, "pixivtailor"),
        ({}, None),
        ({"else": 1}, None),
        (None, None),
        ([], None),
        ("task_id", None),
    ],
)
async def test_the_body_says_whom_a_shared_path_is_for(
    client: Client, body: object, owner: str | None
) -> None:
    assert whose(body) == owner
    answer = await client.post("/api/tasks", json=body)
    if owner is None:
        assert_superset(answer, 400)
    else:
        assert answer.json() == {owner: body}


async def test_a_shared_path_without_json_is_refused_in_both_shapes(client: Client) -> None:
    assert_superset(await client.post("/api/tasks", content=b"{nope"), 400)
    assert_superset(await client.post("/api/tasks"), 400)


@pytest.mark.parametrize("name", ["taskrun", "pixivtailor"])
async def test_prefix_or_header_choose_whatever_the_body_is(client: Client, name: str) -> None:
    by_prefix = await client.post(f"/{name}/api/tasks", json={})
    by_header = await client.post("/api/tasks", json={}, headers={"X-Runyard-Dialect": name})
    assert by_prefix.json() == by_header.json() == {name: {}}


async def test_the_header_leaves_prefixes_and_the_native_api_alone(client: Client) -> None:
    headers = {"X-Runyard-Dialect": "pixivtailor"}
    assert (await client.get("/taskrun/api/tasks/runs", headers=headers)).json() == {"runs": True}
    native = await client.get("/api/v1/nothing", headers=headers)
    assert native.json()["code"] == "no_such_path"
    unknown = await client.get("/api/tasks/runs", headers={"X-Runyard-Dialect": "klingon"})
    assert unknown.json() == {"runs": True}


async def test_a_listener_of_its_own_serves_one_dialect_alone(client: Client) -> None:
    alone = "http://server:50052"
    assert (await client.post(f"{alone}/api/tasks", json={})).json() == {"pixivtailor": {}}
    for path in ("/api/tasks/runs", "/api/v1/tasks", "/", "/docs", "/taskrun/api/tasks/runs"):
        answer = await client.get(alone + path)
        assert answer.status_code == 404
        assert answer.json() == {"pixivtailor": f"there is nothing at {path}"}


async def test_unknown_paths_and_methods_are_refused_in_the_right_shape(client: Client) -> None:
    own = await client.get("/taskcontrol/nothing")
    assert (own.status_code, own.json()) == (404, {"taskcontrol": "there is nothing at /nothing"})
    for path in ("/api/nothing", "/tasks/a/b/c", "/users/x", "/ws/x"):
        assert_superset(await client.get(path), 404)
    wrong = await client.delete("/api/tasks/one")
    assert_superset(wrong, 405)
    assert set(wrong.headers["allow"].split(", ")) == {"GET", "HEAD"}
    native = await client.get("/nothing")
    assert native.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("how", "status"),
    [("missing", 404), ("invalid", 400), ("busy", 409), ("large", 413), ("away", 503)],
)
async def test_what_an_endpoint_raises_is_told_by_its_dialect(
    client: Client, how: str, status: int
) -> None:
    answer = await client.get(f"/api/broken/{how}")
    assert answer.status_code == status
    assert answer.json()["taskrun"].startswith("it is ")


async def test_a_bug_shows_nothing_of_the_inside(client: Client) -> None:
    answer = await client.get("/api/broken/bug")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("path", ["/tasks", "/tasks/new", "/tasks/x/edit", "/logs", "/monitor"])
async def test_browser_pages_of_task_run_are_served(client: Client, path: str) -> None:
    answer = await client.get(path, headers={"accept": "text/html"})
    assert (answer.status_code, answer.text) == (200, "the page")


async def test_a_definition_is_json_unless_a_browser_asks_for_none(client: Client) -> None:
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for headers in (browser, {"accept": "*/*"}):
        answer = await client.get("/tasks/known", headers=headers)
        assert answer.json() == {"definition": "known"}
    assert (await client.get("/tasks/unknown", headers=browser)).text == "the page"
    for accept in ("*/*", "application/json, text/html"):
        answer = await client.get("/tasks/unknown", headers={"accept": accept})
        assert answer.json() == {"taskcontrol": "no such definition"}


async def test_two_dialects_may_not_claim_one_operation() -> None:
    other = small("other")

    @other.on("GET", "/api/tasks/{task_id}")
    async def read(request: Request) -> Response:
        del request
        return json_answer({})

    around = Surroundings(service=no_service, closing=asyncio.Event())
    with pytest.raises(ValueError, match="claimed by taskrun, other"):
        all_routes([taskrun(), other], around, page=read)


async def test_the_dialects_of_the_server_fit_together() -> None:
    every = dialects.load()
    assert tuple(one.name for one in every) == dialects.NAMES == settings.DIALECTS
    async with face(every) as opened:
        for dialect in every:
            answer = await opened.get(f"/{dialect.name}/nothing-here")
            assert answer.status_code == 404
            assert "nothing-here" in answer.text


async def test_pages_of_a_named_origin_may_read_the_answers() -> None:
    origin = "http://localhost:5173"
    async with face([taskrun()], extra_origins=(origin,)) as opened:
        preflight = await opened.request(
            "OPTIONS",
            "/api/tasks",
            headers={
                "origin": origin,
                "access-control-request-method": "POST",
                "access-control-request-headers": "content-type",
            },
        )
        assert preflight.status_code == 200
        asked = await opened.post("/api/tasks", json={"task_id": "a"}, headers={"origin": origin})
        assert asked.headers["access-control-allow-origin"] == origin
        assert "access-control-allow-credentials" not in asked.headers
        foreign = {"origin": "http://evil.example"}
        refused = await opened.post("/api/tasks", json={"task_id": "a"}, headers=foreign)
        assert refused.status_code == 403


def no_service() -> NoReturn:
    raise AssertionError("nothing asks for it")


def test_a_server_does_not_load_dialects_for_nothing() -> None:
    program = (
        "import sys; import runyard.app.server; "
        "print(sorted(name for name in sys.modules if name.startswith('runyard.dialects')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ast.literal_eval(done.stdout) == [
        "runyard.dialects",
        "runyard.dialects.all",
        "runyard.dialects.mounting",
    ]


def assert_superset(answer: object, status: int) -> None:
    assert answer.status_code == status  # type: ignore[attr-defined]
    body = answer.json()  # type: ignore[attr-defined]
    message = body["message"]
    assert body == {
        "success": False,
        "message": message,
        "error": message,
        "detail": message,
        "status": {"code": 1, "message": message, "details": message},
    }
