"""Every operation of the OpenAPI document, asked at random; the real server keeps to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import checks
from schemathesis.config import SchemathesisConfig

from runyard.api.app import operations
from runyard.api.openapi import document
from tests.support.server import Server

_CONFIG = SchemathesisConfig.from_dict(
    {
        "generation": {"max-examples": 8, "deterministic": True, "no-shrink": True},
        "phases": {"coverage": {"enabled": False}},
    }
)
SCHEMA = schemathesis.openapi.from_dict(document(tuple(operations())), config=_CONFIG)
Case: TypeAlias = "schemathesis.Case[Any]"
ASKED = SCHEMA.exclude(path="/api/v1/events")  # a stream without end
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
_LONGEST_WAIT_S = 1


@pytest.fixture(scope="module")
def known(module_server: Server) -> dict[str, str]:
    """Names of things that are there."""
    module_server.write_task("known", "print('known')\n")
    run = module_server.finished("known")
    daily = {"task_id": "known", "cron": "0 0 * * *"}
    assert module_server.http.post("/api/v1/schedules", json=daily).status_code == 201
    assert module_server.http.put("/api/v1/calendars/script", json={}).status_code == 200
    return {
        "task_id": "known",
        "run_id": run["id"],
        "schedule_id": "known:default",
        "name": "script",  # of a queue and of a calendar
        "version": "1",
    }


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@ASKED.parametrize()
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_with_names_that_are_not_there(
    case: Case, module_server: Server, session: requests.Session
) -> None:
    ask(case, module_server, session)


@ASKED.exclude(method="DELETE").exclude(path_regex="rename$").parametrize()
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_with_names_that_are_there(
    case: Case,
    module_server: Server,
    session: requests.Session,
    known: dict[str, str],
) -> None:
    """Nothing that is there is removed, so that the next question finds it too."""
    case.path_parameters.update({n: v for n, v in known.items() if n in case.path_parameters})
    ask(case, module_server, session)


def ask(case: Case, server: Server, session: requests.Session) -> None:
    _wait_briefly(case.query)
    response = case.call(base_url=server.url, session=session, timeout=30)
    case.validate_response(response, checks=CHECKS)


def _wait_briefly(query: dict[str, Any] | None) -> None:
    if query and isinstance(query.get("wait"), int | float) and query["wait"] > _LONGEST_WAIT_S:
        query["wait"] = _LONGEST_WAIT_S
