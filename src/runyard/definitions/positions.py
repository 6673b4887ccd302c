"""Where each key of a TOML text stands: the parsers of Python do not tell."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Position:
    line: int  # from 1
    column: int  # from 1


_BLANK = re.compile(r"[ \t]*")
_GAP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY_PART = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\[\s\S]|"{1,2}(?!"))*"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
)
_LONG_QUOTES = ('"""', "'''")
_SCALAR = re.compile(r"[^,\]}#\r\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where things stand in a *valid* TOML text, by their path.

    `keys`: every key and table header; elements of arrays have their index in the path, and the
    first mention of a table wins. `texts`: the first character inside the quotes of each string
    that stands there as it is: on one line, without escapes.
    """

    keys: dict[Path, Position]
    texts: dict[Path, Position]


def find_places(toml: str) -> Places:
    scanner = _Scanner(toml)
    return Places(keys=scanner.scan(), texts=scanner.texts)


def key_positions(toml: str) -> dict[Path, Position]:
    """The position of every key, as in `Places`."""
    return find_places(toml).keys


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._line_start = 0
        self._counted_to = 0
        self._found: dict[Path, Position] = {}
        self.texts: dict[Path, Position] = {}
        self._tables: dict[Path, int] = {}  # arrays of tables: index of the newest element

    def scan(self) -> dict[Path, Position]:
        prefix: Path = ()
        while True:
            self._skip(_GAP)
            if self._at >= len(self._text):
                return self._found
            if self._peek() == "[":
                prefix = self._header()
            else:
                self._pair(prefix)

    def _header(self) -> Path:
        is_array = self._text.startswith("[[", self._at)
        start = self._at
        self._at += 2 if is_array else 1
        path = self._resolve(self._key())
        if is_array:
            self._tables[path] = self._tables.get(path, -1) + 1
        for length in range(1, len(path) + 1):
            self._mark(path[:length], start)
        if is_array:
            path = (*path, self._tables[path])
            self._mark(path, start)
        self._at += 2 if is_array else 1
        return path

    def _resolve(self, key: Path) -> Path:
        path: Path = ()
        for part in key:
            if path in self._tables:
                path = (*path, self._tables[path])
            path = (*path, part)
        return path

    def _pair(self, prefix: Path) -> None:
        start = self._at
        key = self._key()
        for length in range(1, len(key) + 1):
            self._mark(prefix + key[:length], start)
        self._at += 1  # the equals sign
        self._skip(_BLANK)
        self._value(prefix + key)

    def _key(self) -> Path:
        parts: list[str] = []
        while True:
            self._skip(_BLANK)
            part = self._take(_KEY_PART)
            parts.append(_plain(part))
            self._skip(_BLANK)
            if self._peek() != ".":
                return tuple(parts)
            self._at += 1

    def _value(self, path: Path) -> None:
        match self._peek():
            case "[":
                self._array(path)
            case "{":
                self._inline_table(path)
            case '"' | "'":
                self._string(path)
            case _:
                self._take(_SCALAR)

    def _string(self, path: Path) -> None:
        start = self._at
        written = self._take(_STRING)
        if written[:3] in _LONG_QUOTES or (written[0] == '"' and "\\" in written):
            return
        self.texts[path] = self._position(start + 1)

    def _array(self, path: Path) -> None:
        self._at += 1
        index = 0
        while True:
            self._skip(_GAP)
            if self._peek() == "]":
                self._at += 1
                return
            self._mark((*path, index), self._at)
            self._value((*path, index))
            index += 1
            self._skip(_GAP)
            if self._peek() == ",":
                self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while True:
            self._skip(_GAP)
            if self._peek() == "}":
                self._at += 1
                return
            self._pair(path)
            self._skip(_GAP)
            if self._peek() == ",":
                self._at += 1

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._at)
        if match is not None:
            self._at = match.end()

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise ValueError(f"not TOML at offset {self._at}")
        self._at = match.end()
        return match.group()

    def _mark(self, path: Path, offset: int) -> None:
        if path not in self._found:
            self._found[path] = self._position(offset)

    def _position(self, offset: int) -> Position:
        if offset >= self._counted_to:  # offsets only grow, so lines are counted once
            self._line += self._text.count("\n", self._counted_to, offset)
            self._line_start = self._text.rfind("\n", 0, offset) + 1
            self._counted_to = offset
        return Position(self._line, offset - self._line_start + 1)


def _plain(part: str) -> str:
    if part[0] == '"' or part[0] == "'":
        return str(tomllib.loads(f"k = {part}")["k"])
    return part
