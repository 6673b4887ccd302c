"""A command with its standard input as one text for the shell, and apart again."""

from __future__ import annotations

import re

_MARK = "INPUT"
_WITH_INPUT = re.compile(
    r"\{\n(?P<command>[^\n]*)\n\} <<'(?P<mark>INPUT_*)'\n(?P<stdin>.*)(?P=mark)", re.DOTALL
)


def with_input(command: str, stdin: str) -> str:
    """The command with its input (lines that end with a newline); its exit status stays."""
    mark = _MARK
    while f"{mark}\n" in stdin:
        mark += "_"
    return f"{{\n{command}\n}} <<'{mark}'\n{stdin}{mark}"


def without_input(text: str) -> tuple[str, str | None]:
    """The command and its input, if `with_input` has made the text."""
    match = _WITH_INPUT.fullmatch(text)
    return (text, None) if match is None else (match["command"], match["stdin"])
