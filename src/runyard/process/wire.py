"""The lines between server and supervisor: one JSON object a line, many lines in one write."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PROTOCOL = 1
_encode = json.JSONEncoder(separators=(",", ":")).encode
_decode = json.JSONDecoder().decode


def encode_line(message: dict[str, Any]) -> bytes:
    return _encode(message).encode() + b"\n"


def decode_line(line: bytes) -> dict[str, Any]:
    """Raises ValueError for what is not a JSON object."""
    message = _decode(line.decode())
    if not isinstance(message, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - one kind of error for callers
    return message


class LineBuffer:
    """Cuts a stream of bytes into lines; what comes after the last newline waits for more."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest: list[bytes] = []

    def feed(self, data: bytes) -> list[bytes]:
        if b"\n" not in data:
            self._rest.append(data)
            return []
        if self._rest:
            self._rest.append(data)
            data = b"".join(self._rest)
        *lines, rest = data.split(b"\n")
        self._rest = [rest] if rest else []
        return lines
