"""The OpenAPI document, and Swagger without a foreign host."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from runyard.api.app import operations
from runyard.api.encoding import RunItems, dumps, object_bytes, spec_fragment
from runyard.api.openapi import document
from runyard.domain.tasks import Queue, TaskSpec

if TYPE_CHECKING:
    from tests.api.conftest import Served

ELSEWHERE = re.compile(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""")


async def test_the_document_names_every_operation_and_its_errors(served: Served) -> None:
    made: dict[str, Any] = (await served.client.get("/openapi.json")).json()
    assert made["openapi"].startswith("3.1")
    names = set()
    for operation in operations():
        described = made["paths"][operation.path][operation.method.lower()]
        names.add(described["operationId"])
        assert described["summary"]
        assert described["tags"]
        for status in ("400", "403", "422", "503"):
            (media,) = described["responses"][status]["content"]
            assert media == "application/problem+json"
        if "{" in operation.path:
            assert "404" in described["responses"]
    assert len(names) == len(operations())


def test_every_reference_in_the_document_leads_somewhere() -> None:
    made = document(tuple(operations()))
    schemas = made["components"]["schemas"]
    found = set(re.findall(r"'\$ref': '#/components/schemas/([^']+)'", str(made)))
    assert found
    assert found <= schemas.keys()
    assert "HTTPValidationError" not in schemas


async def test_swagger_comes_from_this_server(served: Served) -> None:
    page = await served.client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert not ELSEWHERE.search(page.text)
    assert "script-src 'self'" in page.headers["content-security-policy"]
    for address in re.findall(r'(?:src|href)="(/[^"]+)"', page.text):
        answer = await served.client.get(address)
        assert answer.status_code == 200, address
        assert answer.content


def test_durations_and_definitions_are_encoded_once() -> None:
    spec = TaskSpec()
    assert spec_fragment(spec) is spec_fragment(spec)
    assert b'"grace_s":5.0' in dumps(spec_fragment(spec))
    queue = object_bytes(Queue(name="crawl", limit=1), RunItems(), default_zone=lambda: "UTC")
    assert queue == b'{"name":"crawl","limit":1,"rate":null,"paused":false}'
