"""Which names a schedule may have, and the names of those that were given none."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from runyard.definitions.task_ids import name_problem
from runyard.domain.errors import Invalid

MAX_BYTES = 100
DEFAULT = "default"


def check_schedule_name(text: str) -> str:
    """Answer `text` in Unicode's NFC form if a schedule can have it as name, else raise Invalid.

    Letters and digits of any script, `_`, `-`, and `.` inside; at most 100 bytes of UTF-8. So the
    id `<task_id>:<name>` has exactly one colon and is a segment of a URL.
    """
    problem = name_problem(text, max_bytes=MAX_BYTES)
    if problem is not None:
        raise Invalid(
            f"{text[:80]!r} can't be the name of a schedule: {problem}",
            hint="use letters, digits, '_', '-' and '.', for instance 'nightly'",
        )
    return unicodedata.normalize("NFC", text)


def schedule_id(task_id: str, name: str) -> str:
    return f"{task_id}:{name}"


def split_schedule_id(text: str) -> tuple[str, str] | None:
    """(task id, name), or None for what is no schedule's id."""
    task_id, colon, name = text.partition(":")
    return (task_id, name) if task_id and colon and name and ":" not in name else None


def with_defaults(names: Sequence[str | None]) -> list[str]:
    """The names with `default`, `default-2` ... for None; those never take a name that is given."""
    given = {name for name in names if name is not None}
    result = []
    for name in names:
        chosen = name if name is not None else free_name(given)
        given.add(chosen)
        result.append(chosen)
    return result


def free_name(taken: set[str]) -> str:
    """The first of `default`, `default-2` ... that is not taken."""
    if DEFAULT not in taken:
        return DEFAULT
    number = 2
    while f"{DEFAULT}-{number}" in taken:
        number += 1
    return f"{DEFAULT}-{number}"
