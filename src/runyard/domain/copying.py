"""A changed copy of a frozen, slotted dataclass, at a fraction of what `dataclasses.replace` takes.

For the few places where a thousand of them are made at once; elsewhere `replace` is the plain way.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


def changed(thing: T, **values: Any) -> T:
    """A copy with these fields instead. The class has slots, and no `__post_init__`."""
    kind: type[Any] = type(thing)
    fresh: T = object.__new__(kind)
    slots = _slots(kind)
    for get, fill in slots.values():
        fill(fresh, get(thing))
    for name, value in values.items():
        slots[name][1](fresh, value)
    return fresh


@cache
def _slots(kind: type[Any]) -> dict[str, tuple[Any, Any]]:
    slots = {field.name: getattr(kind, field.name) for field in fields(kind)}
    return {name: (slot.__get__, slot.__set__) for name, slot in slots.items()}
