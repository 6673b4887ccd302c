"""Change the settings in a script's metadata block and leave every other byte as it is."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any, TypeVar

import tomlkit
from tomlkit.items import InlineTable, Item, Table

from runyard.definitions.metadata import MARK, Block, find_blocks, read_metadata, split_lines
from runyard.domain.errors import Invalid

_TOOL = ("tool", "runyard")
TOP_LEVEL = frozenset({"dependencies", "requires-python"})
_OWN_SECTION = frozenset({"env", "parameters", "config"})  # written as [tool.runyard.<key>]
_OWN_SECTIONS = frozenset({"schedules"})  # written as [[tool.runyard.<key>]]
T = TypeVar("T", Table, InlineTable)
_CODING = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*[-\w.]+")


def edit(text: str, changes: Mapping[str, Any]) -> str:
    """The text with `changes` merged into `[tool.runyard]`, by the rules of RFC 7396.

    None removes a key, a mapping is merged into the table that is there, anything else replaces
    the value. `dependencies` and `requires-python` (also `requires_python`) are changed at the top
    level of the block, where they belong. Comments, order, line ends and everything outside of the
    changed keys stay byte for byte. A block is added where there is none.

    Raises Invalid when the block can't be edited (two blocks, broken TOML, a value that TOML does
    not know).
    """
    wanted = {key.replace("requires_python", "requires-python"): v for key, v in changes.items()}
    _check_values(wanted, path="")
    lines = split_lines(text)
    block = _block(lines)
    if block is None:
        if _is_empty(wanted):
            return text
        toml = _edit_toml("", wanted)
        result = _with_new_block(text, lines, toml)
    else:
        toml = _edit_toml(block.toml, wanted)
        result = _splice(lines, block, toml)
    if read_metadata(result).data != tomllib.loads(toml):
        raise _not_editable()
    return result


def _is_empty(changes: Mapping[str, Any]) -> bool:
    return all(
        value is None or (isinstance(value, Mapping) and value and _is_empty(value))
        for value in changes.values()
    )


def _block(lines: Sequence[tuple[str, str]]) -> Block | None:
    blocks = [block for block in find_blocks(lines) if block.kind == "script"]
    if len(blocks) > 1:
        raise Invalid(
            "the file has two '# /// script' blocks", hint="join them before changing settings"
        )
    return blocks[0] if blocks else None


def _edit_toml(toml: str, changes: Mapping[str, Any]) -> str:
    """The TOML text with the changes; checked against what the changes mean."""
    try:
        before = tomllib.loads(toml)
    except (ValueError, RecursionError) as error:
        raise Invalid(
            f"the metadata block is not valid TOML: {error}", hint="correct it in the file first"
        ) from error
    expected = merged(before, _placed(changes))
    try:
        document = tomlkit.parse(toml)
        for key in TOP_LEVEL & changes.keys():
            _merge(document, {key: changes[key]}, in_section=False)
        own = {key: value for key, value in changes.items() if key not in TOP_LEVEL}
        if own and not _has_section(before):
            result = _with_section(tomlkit.dumps(document), own)
        else:
            if own:
                _merge(document["tool"]["runyard"], own, in_section=True)
            result = tomlkit.dumps(document)
        kept = tomllib.loads(result) == expected
    except Exception as error:  # tomlkit fails in many ways on unusual documents
        raise _not_editable() from error
    if not kept:
        raise _not_editable()
    return result


def _not_editable() -> Invalid:
    return Invalid(
        "the metadata block is written in a way that can't be changed from here",
        hint="change it in the file, or write the settings as one [tool.runyard] table",
    )


def _placed(changes: Mapping[str, Any]) -> dict[str, Any]:
    top = {key: value for key, value in changes.items() if key in TOP_LEVEL}
    own = {key: value for key, value in changes.items() if key not in TOP_LEVEL}
    return {**top, "tool": {"runyard": own}} if own else top


def merged(before: Any, changes: Any) -> Any:
    """RFC 7396 (JSON merge patch): `before` with `changes`; neither is modified."""
    if not isinstance(changes, Mapping):
        return changes
    result = dict(before) if isinstance(before, Mapping) else {}
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def _has_section(data: Mapping[str, Any]) -> bool:
    tool = data.get("tool", {})
    return isinstance(tool, Mapping) and isinstance(tool.get("runyard"), Mapping)


def _with_section(toml: str, changes: Mapping[str, Any]) -> str:
    """Appended as text: nothing that is there can be disturbed."""
    section = tomlkit.document()
    tool = tomlkit.table(is_super_table=True)
    table = tomlkit.table()
    tool["runyard"] = table
    section["tool"] = tool
    _merge(table, changes, in_section=True)
    gap = "\n" if toml.strip() else ""
    if toml and not toml.endswith("\n"):
        toml += "\n"
    return f"{toml}{gap}{tomlkit.dumps(section)}"


def _merge(target: Any, changes: Mapping[str, Any], *, in_section: bool) -> None:
    for key, value in changes.items():
        if value is None:
            if key in target:
                target.remove(key)
        elif isinstance(value, Mapping) and isinstance(target.get(key), Mapping):
            _merge(target[key], value, in_section=False)
        else:
            target[key] = _own_item(key, value) if in_section else _item(value)


def _own_item(key: str, value: Any) -> Item:
    """What stands directly in [tool.runyard], as people write it."""
    if key in _OWN_SECTION and isinstance(value, Mapping):
        return _table(value, tomlkit.table())
    if key in _OWN_SECTIONS and _is_list_of_tables(value):
        tables = tomlkit.aot()
        for one in value:
            tables.append(_table(one, tomlkit.table()))
        return tables
    return _item(value)


def _is_list_of_tables(value: Any) -> bool:
    is_list = isinstance(value, (list, tuple)) and bool(value)
    return is_list and all(isinstance(one, Mapping) for one in value)


def _table(value: Mapping[str, Any], table: T) -> T:
    for key, inner in value.items():
        if inner is not None:
            table[key] = _item(inner)
    return table


def _item(value: Any) -> Item:
    if isinstance(value, Mapping):
        return _table(value, tomlkit.inline_table())
    if isinstance(value, (list, tuple)):
        array = tomlkit.array()
        for inner in value:
            array.append(_item(inner))
        return array
    item: Item = tomlkit.item(value)
    return item


def _check_values(value: Any, *, path: str) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise Invalid(f"{path or 'the settings'}: {key!r} can't be a key")
            _check_text(key, path=path)
            if inner is not None:
                _check_values(inner, path=f"{path}.{key}" if path else key)
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            _check_values(inner, path=f"{path}[{index}]")
    elif isinstance(value, str):
        _check_text(value, path=path)
    elif isinstance(value, float) and not math.isfinite(value):
        raise Invalid(f"{path}: {value} is not a number that can be kept")
    elif not isinstance(value, (bool, int, float, date, time)):
        raise Invalid(f"{path}: TOML does not know a value like {value!r:.80}")


def _check_text(text: str, *, path: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Invalid(f"{path}: the text is not valid Unicode") from error


def _with_new_block(text: str, lines: Sequence[tuple[str, str]], toml: str) -> str:
    """The block goes first, but after a `#!` line and the line that names the encoding."""
    end = _line_end(lines)
    mark = MARK if text.startswith(MARK) else ""
    head = 0
    for content, _ in lines[:2]:
        is_first = head == 0 and content.removeprefix(MARK).startswith("#!")
        if not is_first and not _CODING.match(content.removeprefix(MARK)):
            break
        head += 1
    before = "".join(content + (line_end or end) for content, line_end in lines[:head])
    after = "".join(content + line_end for content, line_end in lines[head:])
    if not before and mark:
        before, after = mark, after.removeprefix(mark)
    block = ["# /// script", *_commented(toml), "# ///"]
    gap = end if after.strip("\r\n") else ""
    return before + "".join(line + end for line in block) + gap + after


def _splice(lines: Sequence[tuple[str, str]], block: Block, toml: str) -> str:
    """The file with the block's inner lines replaced; lines that stay keep their own bytes."""
    old = lines[block.first : block.last - 1]
    new = _commented(toml)
    end = _line_end(lines)
    result = list(lines[: block.first])
    # "#" and "# " are the same empty line of TOML: compare what they mean, keep what they are.
    matcher = difflib.SequenceMatcher(
        None, [content.rstrip(" ") for content, _ in old], [line.rstrip(" ") for line in new], False
    )
    for operation, i1, i2, j1, j2 in matcher.get_opcodes():
        if operation == "equal":
            result += [
                (old_line if _same(old_line[0], line) else (line, end))
                for old_line, line in zip(old[i1:i2], new[j1:j2], strict=True)
            ]
        else:
            result += [(line, end) for line in new[j1:j2]]
    result += lines[block.last - 1 :]
    return "".join(content + line_end for content, line_end in result)


def _same(old: str, new: str) -> bool:
    return old == new or (old == "# " and new == "#")


def _commented(toml: str) -> list[str]:
    lines = toml.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    return [f"# {line}" if line else "#" for line in lines]


def _line_end(lines: Sequence[tuple[str, str]]) -> str:
    return next((line_end for _, line_end in lines if line_end), "\n")
