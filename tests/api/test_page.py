"""The web page's document and files: where they are served, with which headers, and what is not."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING

import httpx2
import pytest

from runyard.api.app import create_app
from runyard.api.page import ADDRESSES, SHARED_ADDRESSES, Page
from tests.api.fake import FakeService

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runyard.api.ports import ServicePort

_DOCUMENT = '<!doctype html><meta property="csp-nonce" nonce="__CSP_NONCE__"><div id="app"></div>'
_SCRIPT = "export const answer = 42;\n" * 100


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "built"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(_DOCUMENT)
    (folder / "assets" / "main-abc.js").write_text(_SCRIPT)
    (folder / "assets" / "icon.png").write_bytes(b"\x89PNG")
    (folder / "secret.txt").write_text("secret")
    return folder


@pytest.fixture
async def client(built: Path, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    port_like: ServicePort = FakeService(tmp_path)
    app = create_app(lambda: port_like, page=Page(built))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


def _example(address: str) -> str:
    return address.replace("{rest:path}", "a/b%20c")


@pytest.mark.parametrize("address", [_example(one) for one in ADDRESSES + SHARED_ADDRESSES])
async def test_every_address_of_the_page_shows_it(client: httpx2.AsyncClient, address: str) -> None:
    answer = await client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert '<div id="app">' in answer.text


async def test_styles_need_a_nonce_that_is_new_each_time(client: httpx2.AsyncClient) -> None:
    seen = set()
    for _ in range(3):
        answer = await client.get("/")
        policy = answer.headers["content-security-policy"]
        (nonce,) = re.findall(r"'nonce-([\w-]{16,})'", policy)
        assert f'nonce="{nonce}"' in answer.text
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["cache-control"] == "no-store"
        seen.add(nonce)
    assert len(seen) == 3


async def test_files_are_kept_for_ever_and_sent_small(client: httpx2.AsyncClient) -> None:
    plain = await client.get("/assets/main-abc.js", headers={"accept-encoding": "identity"})
    assert plain.text == _SCRIPT
    assert "javascript" in plain.headers["content-type"]
    assert "immutable" in plain.headers["cache-control"]
    assert plain.headers["vary"] == "accept-encoding"
    async with client.stream(
        "GET", "/assets/main-abc.js", headers={"accept-encoding": "gzip"}
    ) as packed:
        raw = b"".join([chunk async for chunk in packed.aiter_raw()])
    assert len(raw) < len(_SCRIPT) / 10
    assert gzip.decompress(raw).decode() == _SCRIPT
    picture = await client.get("/assets/icon.png", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in picture.headers
    assert picture.content == b"\x89PNG"


async def test_a_page_that_is_built_again_is_served_anew(
    client: httpx2.AsyncClient, built: Path
) -> None:
    await client.get("/assets/main-abc.js")
    (built / "assets" / "main-abc.js").write_text("new")
    assert (await client.get("/assets/main-abc.js")).text == "new"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/nothing.js",
        "/assets/..%2fsecret.txt",
        "/assets/%2e%2e%2fsecret.txt",
        "/assets/../secret.txt",
        "/assets/%2e%2e",
        "/assets/.hidden",
        "/secret.txt",
        "/api/v1/nothing",
        "/nowhere",
    ],
)
async def test_nothing_else_is_served(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert "secret" not in answer.text.replace("/secret.txt", "").replace("secret.txt", "")


async def test_a_checkout_without_its_page_says_what_to_do(
    client: httpx2.AsyncClient, built: Path
) -> None:
    (built / "index.html").unlink()
    answer = await client.get("/")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "make web" in answer.text
