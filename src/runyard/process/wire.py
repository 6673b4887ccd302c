"""The lines between server and supervisor: one JSON object a line, many lines in one write."""

from __future__ import annotations

import json
from json.encoder import c_make_encoder, encode_basestring_ascii  # type: ignore[attr-defined]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PROTOCOL = 1


def _refuse(value: object) -> None:
    raise TypeError(f"{type(value).__name__} is not JSON")


# `json.dumps` makes such an encoder anew for each call, which takes longer than to use it.
_encode = c_make_encoder(
    None, _refuse, encode_basestring_ascii, None, ":", ",", False, False, True
)  # fmt: skip
_decode = json.JSONDecoder().decode


def encode_line(message: dict[str, Any]) -> bytes:
    return "".join(_encode(message, 0)).encode() + b"\n"


def encode_text(text: str) -> bytes:
    """A JSON string."""
    return str(encode_basestring_ascii(text)).encode()


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
