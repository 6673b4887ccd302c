"""Finds the fenced code blocks of the documentation and reads what their fence says about them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [ROOT / "README.md", *(p for p in (ROOT / "docs").rglob("*.md") if "_build" not in p.parts)]
)

_FENCE = re.compile(r"^(?P<indent> *)(?P<mark>`{3,})(?P<info>[^`\n]*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block. `words` are what stands behind the language in the fence.

    `no-run`: needs a network, a second machine or a person. `part`: a piece of a program, only
    compiled. `file=PATH`: the reader saves it there. `output`: what the program before prints.
    `events`: JSON lines of the event protocol.
    """

    language: str
    words: tuple[str, ...]
    text: str
    line: int  # of the fence, from 1

    @property
    def file(self) -> str | None:
        named = [word.removeprefix("file=") for word in self.words if word.startswith("file=")]
        return named[0] if named else None

    def has(self, word: str) -> bool:
        return word in self.words


def blocks_of(page: Path) -> list[Block]:
    """The code blocks of a page in order; directives (`{note}` ...) are no code."""
    found: list[Block] = []
    lines = page.read_text(encoding="utf-8").splitlines()
    number = 0
    while number < len(lines):
        fence = _FENCE.match(lines[number])
        number += 1
        if fence is None:
            continue
        start, indent = number, len(fence["indent"])
        while lines[number].strip() != fence["mark"]:
            number += 1
        language, *words = fence["info"].split() or [""]
        number += 1
        if not language.startswith("{"):
            text = "".join(f"{line[indent:]}\n" for line in lines[start : number - 1])
            found.append(Block(language=language, words=tuple(words), text=text, line=start))
    return found


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))
