"""Reads the events that a run writes as JSON lines, and judges each line."""

from __future__ import annotations

import os

from runyard.process.wire import decode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_LINE_BYTES = 1 << 20
_READ_BYTES = 1 << 16
_SHOWN_CHARACTERS = 2000
_LEVELS = frozenset({"debug", "info", "warning", "error", "critical"})


class EventChannel:
    """The reading end of a run's event pipe. Nothing that a run writes can raise here."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._rest = b""
        self._skipping = False  # inside a line that is too long

    def read(self) -> tuple[list[tuple[str, dict[str, Any]]], bool]:
        """Read once; (the judged events of the whole lines, whether writers may write more)."""
        try:
            data = os.read(self.fd, _READ_BYTES)
        except BlockingIOError:
            return [], True
        if not data:
            rest, self._rest = self._rest, b""
            return ([judge(rest)] if rest and not self._skipping else []), False
        return self._cut(data), True

    def drain(self) -> list[tuple[str, dict[str, Any]]]:
        """Everything that is there now; a last line without its newline counts."""
        events: list[tuple[str, dict[str, Any]]] = []
        while True:
            try:
                data = os.read(self.fd, _READ_BYTES)
            except BlockingIOError:
                data = b""
            if not data:
                break
            events += self._cut(data)
        rest, self._rest = self._rest, b""
        if rest and not self._skipping:
            events.append(judge(rest))
        return events

    def _cut(self, data: bytes) -> list[tuple[str, dict[str, Any]]]:
        *lines, rest = data.split(b"\n")
        events = []
        for line in lines:
            whole, self._rest = self._rest + line, b""
            if self._skipping:
                self._skipping = False
            elif len(whole) > MAX_LINE_BYTES:
                events.append(_too_long())
            elif whole.strip():
                events.append(judge(whole))
        if not self._skipping:
            self._rest += rest
            if len(self._rest) > MAX_LINE_BYTES:
                events.append(_too_long())
                self._rest = b""
                self._skipping = True
        return events


def judge(line: bytes) -> tuple[str, dict[str, Any]]:  # noqa: PLR0911 - one per kind
    """The event kind and its fields; what is not understood becomes a warning `message`."""
    try:
        event = decode_line(line)
    except (ValueError, RecursionError):
        shown = line[:200].decode(errors="replace")
        return _warning("a line on the event channel is not a JSON object", line=shown)
    kind = event.get("type")
    if kind == "progress":
        return _judge_progress(event)
    if kind == "result" and "result" in event:
        return "result", {"result": event["result"]}
    if kind == "error" and isinstance(event.get("error"), dict):
        return "error", {"error": _error_text(event["error"])}
    if kind == "log":
        level = event.get("level")
        fields = event.get("fields")
        return "message", {
            "level": level if isinstance(level, str) and level in _LEVELS else "info",
            "message": str(event.get("message", "")),
            "fields": fields if isinstance(fields, dict) else {},
        }
    if kind == "ready":
        return "ready", {}
    return _warning("an event of an unknown type or shape was ignored", event=str(event)[:200])


def shown(message: dict[str, Any]) -> str:
    """A `message` as one line of the log: `[level] text key=value`, of bounded length."""
    words = [f"[{message['level']}]", str(message["message"])]
    words += [f"{name}={_plain(value)}" for name, value in message["fields"].items()]
    line = " ".join(words)[:_SHOWN_CHARACTERS]
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


def _judge_progress(event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    progress, message, detail = event.get("progress"), event.get("message"), event.get("detail")
    number = isinstance(progress, int | float) and not isinstance(progress, bool)
    if not (number or progress is None) or not isinstance(detail, dict | None):
        return _warning("a progress event of the wrong shape was ignored", event=str(event)[:200])
    fields: dict[str, Any] = {}
    if progress is not None:
        bounded = min(max(float(progress), 0.0), 100.0)
        fields["progress"] = bounded if bounded == bounded else 0.0  # noqa: PLR0124 - NaN
    if message is not None:
        fields["message"] = str(message)
    if detail is not None:
        fields["detail"] = detail
    return "progress", fields


def _error_text(error: dict[str, Any]) -> dict[str, Any]:
    traceback = error.get("traceback")
    return {
        "type": str(error.get("type", "Error")),
        "message": str(error.get("message", "")),
        "traceback": None if traceback is None else str(traceback)[-16384:],
    }


def _warning(message: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    return "message", {"level": "warning", "message": message, "fields": fields}


def _too_long() -> tuple[str, dict[str, Any]]:
    return _warning(f"a line over {MAX_LINE_BYTES} bytes on the event channel was ignored")
