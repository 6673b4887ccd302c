"""What both clients do alike with httpx2: how a client is made, and what its failures mean."""

from __future__ import annotations

from typing import Any

import httpx2

from runyard.sdk.calls import Address, Answer, Call
from runyard.sdk.errors import ClientError, NoServer, no_server

BROKEN = (httpx2.NetworkError, httpx2.RemoteProtocolError)
"""The connection broke: whether the server has seen the request is not known."""

STREAM_SILENCE_S = 60.0
"""A stream that is silent for so long is opened again; servers send a sign of life before."""


def options(address: Address) -> dict[str, Any]:
    """Arguments for `httpx2.Client` and `httpx2.AsyncClient`."""
    return {
        "base_url": address.url,
        "headers": {**address.headers, "User-Agent": "runyard-sdk"},
        "trust_env": not address.is_local,
    }


def request(call: Call[Any], timeout_s: float) -> dict[str, Any]:
    """Arguments for `request` of either client."""
    arguments: dict[str, Any] = {
        "method": call.method,
        "url": call.url,
        "params": call.query,
        "headers": call.headers,
        "timeout": httpx2.Timeout(timeout_s + call.wait_s, connect=min(5.0, timeout_s)),
    }
    if call.body is not None:
        arguments["json"] = call.body
    if call.content is not None:
        arguments["content"] = call.content
    return arguments


def stream_timeout() -> httpx2.Timeout:
    return httpx2.Timeout(STREAM_SILENCE_S, connect=5.0)


def answer(response: httpx2.Response) -> Answer:
    return Answer(
        status=response.status_code, body=response.content, headers=dict(response.headers)
    )


def explain(error: httpx2.TransportError, url: str) -> ClientError:
    """What a failure of the transport means to a user."""
    match error:
        case httpx2.ConnectError() | httpx2.ConnectTimeout():
            return no_server(url, "connection refused" if "refused" in str(error) else str(error))
        case httpx2.TimeoutException():
            return NoServer(f"the server at {url} took too long to answer", code="timeout")
        case httpx2.UnsupportedProtocol():
            return ClientError(f"{url} is not an address: {error}", code="bad_address")
    return NoServer(
        f"the connection to {url} broke: {error or type(error).__name__}", code="broken_connection"
    )
