"""What a script says about itself: progress, a result, structured log records.

Everything here is harmless where no Runyard is: the same file still runs as a plain script.
Runs inside user scripts: standard library only, syntax of Python 3.8.
"""

from __future__ import annotations

import json
import math
import sys
import time

from runyard.sdk.channel import CHANNEL, MAX_LINE_BYTES, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, TypeVar

    T = TypeVar("T")

_TRACK_EVERY_S = 0.1


def progress(percent: float | None = None, message: str | None = None, **detail: Any) -> None:
    """Say how far the run is: 0 to 100 (clamped), a short message, and any further facts.

    Only the newest progress is kept; at most ten a second are passed on, always including the
    last. Values of `detail` that JSON can't hold are sent as their `repr`. Without Runyard it
    prints a line to stderr if that is a terminal, else nothing.
    """
    number = _percent(percent)
    event: dict[str, Any] = {"type": "progress", "progress": number}
    if message is not None:
        event["message"] = str(message)
    if detail:
        event["detail"] = detail
    if not CHANNEL.send(_encode_leniently(event, "detail")) and _on_a_terminal():
        share = "" if number is None else f"{number:3.0f}% "
        _print_line("{}{}".format(share, "" if message is None else message).rstrip())


def result(value: Any) -> None:
    """Set the run's result: anything that JSON holds, up to 1 MiB; the last call wins.

    Raises TypeError (a value that JSON can't hold, with its place) or ValueError (not a finite
    number, or too large), with or without Runyard around, so that a test finds it.
    """
    try:
        line = encode({"type": "result", "result": value})
    except (TypeError, ValueError, RecursionError):
        raise _explain(value) from None
    if len(line) >= MAX_LINE_BYTES:
        raise ValueError(
            f"the result is {len(line):,} bytes as JSON, the limit is {MAX_LINE_BYTES:,};"
            " write it to a file and give the file's name as the result"
        )
    CHANNEL.send(line)


def track(
    iterable: Iterable[T], message: str | None = None, total: int | None = None
) -> Iterator[T]:
    """Iterate over `iterable` and report progress by the number of items that are done.

    `total` is needed where `len()` does not answer; without both, only the count is reported.
    Costs next to nothing for an item: it reports at most ten times a second, and at the end.
    """
    if total is None:
        try:
            total = len(iterable)  # type: ignore[arg-type]
        except TypeError:
            total = None
    done = 0
    reported = float("-inf")
    for item in iterable:
        now = time.monotonic()
        if now - reported >= _TRACK_EVERY_S:
            reported = now
            _report_count(done, total, message)
        yield item
        done += 1
    _report_count(done, done if total is None else total, message)


class Log:
    """Structured log records of the run: a message and any fields.

    Within Runyard a record is an event of the run (and is not printed as well); elsewhere it is
    one line on stderr. Fields that JSON can't hold are kept as their `repr`. For a program that
    uses `logging`, plain `logging` to stderr is as good: both end up with the run.
    """

    __slots__ = ()

    def debug(self, message: str, **fields: Any) -> None:
        _record("debug", message, fields)

    def info(self, message: str, **fields: Any) -> None:
        _record("info", message, fields)

    def warning(self, message: str, **fields: Any) -> None:
        _record("warning", message, fields)

    def error(self, message: str, **fields: Any) -> None:
        _record("error", message, fields)


log = Log()


def _record(level: str, message: str, fields: dict[str, Any]) -> None:
    event = {"type": "log", "level": level, "message": str(message), "fields": fields}
    if not CHANNEL.send(_encode_leniently(event, "fields")):
        rest = "".join(f" {name}={value!r}" for name, value in fields.items())
        _print_line(f"{level.upper()} {message}{rest}")


def _report_count(done: int, total: int | None, message: str | None) -> None:
    percent = None if total is None else 100.0 * done / total if total else 100.0
    progress(percent, message, done=done, total=total)


def _percent(percent: float | None) -> float | None:
    if percent is None:
        return None
    number = float(percent)
    if math.isnan(number):
        raise ValueError("progress is a number from 0 to 100, not nan")
    return min(100.0, max(0.0, number))


def _encode_leniently(event: dict[str, Any], loose: str) -> bytes:
    """The event, whose part `loose` may hold anything: what does not fit becomes its `repr`."""
    try:
        line = encode(event)
    except (TypeError, ValueError, RecursionError):
        event[loose] = {str(name): _plain(value) for name, value in event.get(loose, {}).items()}
        line = encode(event)
    if len(line) >= MAX_LINE_BYTES:
        text = str(event.get("message") or "")[: MAX_LINE_BYTES // 8]
        size = f"{len(line):,} bytes of JSON"
        line = encode(dict(event, message=text, **{loose: {"left_out": size}}))
    return line


def _plain(value: Any) -> Any:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return repr(value)
    return value


def _explain(value: Any, place: str = "result", depth: int = 0) -> TypeError | ValueError:
    """Why `value` is not JSON, and where the culprit sits."""
    if depth > 100:
        return ValueError(f"{place[:80]} is nested too deep (or in itself) for JSON")
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, (str, int, float, bool, type(None))):
                return TypeError(f"{place} has the key {key!r}: JSON's keys are strings")
            if not _is_json(item):
                return _explain(item, f"{place}[{key!r}]", depth + 1)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            if not _is_json(item):
                return _explain(item, f"{place}[{index}]", depth + 1)
    elif isinstance(value, float):
        return ValueError(f"{place} is {value}: JSON has no such number")
    kind = type(value)
    return TypeError(
        f"{place} is a {kind.__module__}.{kind.__qualname__}, which JSON can't hold;"
        " convert it to str, a number, a list or a dict"
    )


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _on_a_terminal() -> bool:
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):  # None under pythonw-like starts, or closed
        return False


def _print_line(text: str) -> None:
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except (AttributeError, ValueError, OSError):  # no stderr, or it is closed
        return
