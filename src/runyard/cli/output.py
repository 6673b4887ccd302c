"""Prints: tables and colours on a terminal, plain aligned text in a pipe, JSON when asked for."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]|\n|\t")
STYLES = {
    "running": "cyan",
    "succeeded": "green",
    "failed": "red",
    "timed_out": "red",
    "crashed": "bold red",
    "cancelled": "yellow",
    "retrying": "yellow",
    "paused": "yellow",
    "stderr": "yellow",
    "platform": "dim",
}


def is_terminal(stream: TextIO | None = None) -> bool:
    """A person looks at it. `NO_COLOR` and `TERM=dumb` ask for plain text."""
    chosen = sys.stdout if stream is None else stream
    return chosen.isatty() and os.environ.get("TERM") != "dumb" and "NO_COLOR" not in os.environ


def console() -> Console:
    from rich.console import Console  # noqa: PLC0415 (only a terminal needs it)

    return Console(highlight=False, markup=False, emoji=False)


def write(text: str) -> None:
    """One line to stdout."""
    sys.stdout.write(text + "\n")


def note(text: str) -> None:
    """One line to stderr: for the person, not for the pipe."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def complain(message: str, hint: str | None = None) -> None:
    """What went wrong, in one line, and what to do about it in another."""
    note(f"runyard: {one_line(message)}")
    if hint:
        note(f"  hint: {one_line(hint)}")


def write_json(value: Any, *, lines: bool = False) -> None:
    """A JSON document; `lines`: on one line, for a stream of them."""
    indent = 2 if is_terminal() and not lines else None
    write(json.dumps(value, ensure_ascii=False, indent=indent, default=str))
    if lines:
        sys.stdout.flush()


def write_table(headers: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """A table with a header line. Nothing to show: `empty` on stderr, and no output."""
    cells = [[one_line(cell) for cell in row] for row in rows]
    if not cells:
        note(empty)
    elif is_terminal():
        _write_rich(headers, cells)
    else:
        _write_plain(headers, cells)


def _write_plain(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = [list(headers), *[[cell or "-" for cell in row] for row in rows]]
    widths = [max(len(row[column]) for row in table) for column in range(len(headers))]
    for row in table:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        write("  ".join(padded).rstrip())


def _write_rich(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold dim")
    for header in headers:
        is_id = header in {"RUN", "TASK", "STATUS", "QUEUE", "VERSION"}
        table.add_column(header, no_wrap=is_id, overflow="fold" if is_id else "ellipsis")
    for row in rows:
        table.add_row(*[Text(cell, style=STYLES.get(cell, "")) for cell in row])
    console().print(table)


def write_facts(facts: Iterable[tuple[str, str | None]]) -> None:
    """`name  value` lines, without the facts that have no value."""
    present = [(name, one_line(value)) for name, value in facts if value]
    width = max((len(name) for name, _ in present), default=0)
    if not is_terminal():
        for name, value in present:
            write(f"{name.ljust(width)}  {value}")
        return
    from rich.text import Text  # noqa: PLC0415

    screen = console()
    for name, value in present:
        line = Text(name.ljust(width) + "  ", style="dim")
        screen.print(line + Text(value, style=STYLES.get(value, "not dim")), soft_wrap=True)


def one_line(text: str) -> str:
    """Without what would break a line, a column or a terminal."""
    return _CONTROL.sub(" ", text)


def error_text(kind: str, message: str) -> str:
    """`ValueError: no brush`; a message that says its kind already stands alone."""
    return message if message.startswith(kind) else f"{kind}: {message}"


def compact(value: Any) -> str | None:
    """JSON on one line; None for nothing."""
    if value is None or value in ({}, []):
        return None
    return json.dumps(value, ensure_ascii=False, default=str)


def write_now(text: str) -> None:
    """One line to stdout, also into a pipe at once."""
    write(text)
    sys.stdout.flush()
