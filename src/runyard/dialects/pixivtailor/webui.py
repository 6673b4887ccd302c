"""The image server that `generate` tasks talk to: whether it is there. It is not ours to start."""

from __future__ import annotations

import asyncio
import os
from typing import Any
from urllib.parse import urlsplit

SETTING = "SD_WEBUI_URL"
_DEFAULT = "http://127.0.0.1:7860"
_WITHIN_S = 2.0


def url() -> str:
    """Empty: tasks need no image server, so nobody looks for one."""
    return os.environ.get(SETTING, _DEFAULT).strip()


async def is_running() -> bool:
    """Whether something listens where the image server should be."""
    return not url() or (await _probe())[0]


async def status() -> dict[str, Any]:
    open_, responding = await _probe() if url() else (False, False)
    word = "stopped"
    if open_:
        word = "external" if responding else "starting"
    return {
        "status": word,
        "port_open": open_,
        "api_responding": responding,
        "process_id": False,
        "managed": False,
    }


async def _probe() -> tuple[bool, bool]:
    """Whether the port is open, and whether it answers HTTP."""
    address = urlsplit(url())
    try:
        port = address.port or (443 if address.scheme == "https" else 80)
        async with asyncio.timeout(_WITHIN_S):
            reader, writer = await asyncio.open_connection(address.hostname or "", port)
    except (OSError, ValueError, TimeoutError):
        return False, False
    try:
        async with asyncio.timeout(_WITHIN_S):
            return True, await _answers(reader, writer, address.hostname or "")
    except (OSError, TimeoutError):
        return True, False
    finally:
        writer.close()


async def _answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> bool:
    request = f"GET /internal/ping HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    writer.write(request.encode())
    await writer.drain()
    return (await reader.read(5)).startswith(b"HTTP/")
