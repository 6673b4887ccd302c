"""Every operation of Task Control's own document, asked at random; the server keeps to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import checks
from schemathesis.config import SchemathesisConfig

from runyard.dialects.taskcontrol.pages import document
from tests.support.server import Server

_CONFIG = SchemathesisConfig.from_dict(
    {
        "generation": {"max-examples": 10, "deterministic": True, "no-shrink": True},
        "phases": {"coverage": {"enabled": False}},
    }
)
SCHEMA = schemathesis.openapi.from_dict(document(), config=_CONFIG)
Case: TypeAlias = "schemathesis.Case[Any]"
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture(scope="module")
def known(module_server: Server) -> str:
    """A definition that is there."""
    body = {
        "user_id": "u",
        "content": "echo",
        "trigger_type": "LOOP",
        "trigger_args": {"interval": 9},
    }
    return str(module_server.http.post("/tasks", json=body).json())


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@SCHEMA.parametrize()
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_with_any_names(case: Case, module_server: Server, session: requests.Session) -> None:
    ask(case, module_server, session)


@SCHEMA.exclude(path_regex="cancel$").parametrize()
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_with_names_that_are_there(
    case: Case, module_server: Server, session: requests.Session, known: str
) -> None:
    for name, value in (("task_def_id", known), ("user_id", "u")):
        if name in case.path_parameters:
            case.path_parameters[name] = value
    ask(case, module_server, session)


def ask(case: Case, server: Server, session: requests.Session) -> None:
    response = case.call(base_url=f"{server.url}/taskcontrol", session=session, timeout=60)
    case.validate_response(response, checks=CHECKS)
