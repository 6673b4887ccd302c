"""The inline metadata block of a script (PEP 723): find it, read it, know where each key stands.

The block is recognised exactly as by the specification's regular expression
(packaging.python.org, "Inline script metadata"), but in one pass over the lines, so that no text
takes quadratic time. Lines end as Python's own reader sees them: LF, CRLF or CR.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from runyard.definitions.positions import Path, Places, Position, find_places
from runyard.domain.tasks import Problem

_START = re.compile(r"# /// ([a-zA-Z0-9-]+)")
_CLOSE = "# ///"
_TOML_POSITION = re.compile(r"\(at line (\d+), column (\d+)\)$")
_LINE_END = re.compile(r"\r\n|\n|\r")
_PREFIX = 2  # "# " before each line of TOML
MARK = "\ufeff"  # byte order mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A metadata block: lines `first` to `last` of the file (from 1), fences included."""

    kind: str
    first: int
    last: int
    toml: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the `script` block of a text says; `data` is empty without one and with a broken one."""

    block: Block | None = None
    data: dict[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def positions(self) -> dict[Path, Position]:
        """Where each key of `data` stands in the file."""
        return self._places.keys

    @property
    def _places(self) -> Places:
        return _places(self.block) if self.block is not None and self.data else _NOWHERE

    def problem(self, message: str, path: Path, *, character: int | None = None) -> Problem:
        """A problem of the setting at `path`, placed at the closest key that stands in the file.

        `character` (from 0) is where in the setting's text it is: then its column is that of it.
        """
        where = ".".join(str(part) for part in path)
        text = self._places.texts.get(path)
        if character is not None and text is not None:
            return Problem(
                message=message, where=where, line=text.line, column=text.column + character
            )
        for length in range(len(path), 0, -1):
            position = self.positions.get(path[:length])
            if position is not None:
                return Problem(
                    message=message, where=where, line=position.line, column=position.column
                )
        line = None if self.block is None else self.block.first
        return Problem(message=message, where=where, line=line)


def split_lines(text: str) -> list[tuple[str, str]]:
    """The lines of a text as (content, line end), without the mark; joined they give the text."""
    lines = []
    at = 0
    for match in _LINE_END.finditer(text):
        lines.append((text[at : match.start()], match.group()))
        at = match.end()
    if at < len(text):
        lines.append((text[at:], ""))
    return lines


def find_blocks(lines: Sequence[tuple[str, str]]) -> list[Block]:
    """All metadata blocks, of any kind, in order."""
    contents = [content for content, _ in lines]
    if contents:
        contents[0] = contents[0].removeprefix(MARK)
    closes = _last_closes(contents)
    blocks = []
    at = 0
    while at < len(contents):
        start = _START.fullmatch(contents[at])
        close = closes[at]
        # Between the fences stands at least one line.
        if start is None or close is None or close < at + 2:
            at += 1
            continue
        inner = contents[at + 1 : close]
        toml = "".join(f"{line[_PREFIX:]}\n" for line in inner)
        blocks.append(Block(kind=start.group(1), first=at + 1, last=close + 1, toml=toml))
        at = close + 1
    return blocks


def _last_closes(contents: Sequence[str]) -> list[int | None]:
    """For each line the last closing fence of the unbroken run of comments that follows it."""
    closes: list[int | None] = [None] * len(contents)
    newest: int | None = None
    for index in range(len(contents) - 1, -1, -1):
        line = contents[index]
        if line != "#" and not line.startswith("# "):
            newest = None
        elif newest is None and line == _CLOSE:
            newest = index
        closes[index] = newest
    return closes


def read_metadata(text: str) -> Metadata:
    """The `script` block of a text. Never raises: what is wrong becomes a problem with its line."""
    blocks = [block for block in find_blocks(split_lines(text)) if block.kind == "script"]
    if not blocks:
        return Metadata()
    if len(blocks) > 1:
        return Metadata(
            problems=(
                Problem(
                    message=(
                        "there are two '# /// script' blocks, so neither counts; "
                        f"join them (the first is in line {blocks[0].first})"
                    ),
                    where="script",
                    line=blocks[1].first,
                ),
            )
        )
    return _parse(blocks[0])


def _parse(block: Block) -> Metadata:
    try:
        data = tomllib.loads(block.toml)
    except tomllib.TOMLDecodeError as error:
        return Metadata(block=block, problems=(_broken(block, str(error)),))
    except (RecursionError, ValueError) as error:
        # A number of thousands of digits, or lists in lists in lists.
        return Metadata(block=block, problems=(_broken(block, str(error)),))
    return Metadata(block=block, data=data)


_NOWHERE = Places(keys={}, texts={})


@lru_cache(maxsize=4)  # asked for only by problems, then once for each
def _places(block: Block) -> Places:
    try:
        inside = find_places(block.toml)
    except (RecursionError, ValueError):
        return _NOWHERE  # the problem is told without its place
    return Places(keys=_in_file(inside.keys, block), texts=_in_file(inside.texts, block))


def _in_file(inside: dict[Path, Position], block: Block) -> dict[Path, Position]:
    return {
        path: Position(block.first + position.line, position.column + _PREFIX)
        for path, position in inside.items()
    }


def _broken(block: Block, reason: str) -> Problem:
    match = _TOML_POSITION.search(reason)
    if match is None:
        return Problem(
            message=f"the metadata block is not valid TOML, so none of it applies: {reason}",
            where="script",
            line=block.last,
        )
    line = min(block.first + int(match.group(1)), block.last)
    said = reason[: match.start()].strip()
    return Problem(
        message=f"the metadata block is not valid TOML, so none of it applies: {said}",
        where="script",
        line=line,
        column=int(match.group(2)) + _PREFIX,
    )
