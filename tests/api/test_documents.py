"""The OpenAPI document, Swagger without a foreign host, and the start page."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from runyard.api.app import operations
from runyard.api.encoding import RunItems, dumps, object_bytes, spec_fragment
from runyard.api.openapi import document
from runyard.domain.tasks import Queue, TaskSpec
from runyard.runtime.requests import SubmitRequest

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


class _Checker(HTMLParser):
    """Counts open elements; a page that was not escaped would not balance."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in {"meta", "link", "br", "img", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def test_the_start_page_tells_what_runs_and_escapes_it(served: Served) -> None:
    service = served.service
    await service.catalog.create_script("<b>&task", "", author="test")
    submitted = await service.submit(SubmitRequest(task_id="<b>&task"), by="test")
    await service.change(replace(submitted.run, message='<script>alert("x")</script>'))
    answer = await served.client.get("/")
    assert answer.status_code == 200
    checker = _Checker()
    checker.feed(answer.text)
    assert checker.open == []
    assert not {"script", "b&task"} & checker.tags
    assert "&lt;script&gt;" in answer.text
    assert "&lt;b&gt;&amp;task" in answer.text
    assert "disk &lt;nearly&gt; full" in answer.text
    assert "/docs" in answer.text
    assert not ELSEWHERE.search(answer.text)
    assert "secret" not in answer.text


def test_durations_and_definitions_are_encoded_once() -> None:
    spec = TaskSpec()
    assert spec_fragment(spec) is spec_fragment(spec)
    assert b'"grace_s":5.0' in dumps(spec_fragment(spec))
    queue = object_bytes(Queue(name="crawl", limit=1), RunItems(), default_zone=lambda: "UTC")
    assert queue == b'{"name":"crawl","limit":1,"rate":null,"paused":false}'
