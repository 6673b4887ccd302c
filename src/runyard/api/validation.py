"""Pydantic's findings as one `Invalid` with a sentence for each wrong place."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from runyard.domain.errors import Invalid

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

_SHOWN = 20
_SHOWN_TEXT = 100


def problems_of(error: ValidationError, *, model: type[BaseModel], what: str) -> Invalid:
    """`what` is "body" or "query". At most 20 problems are told."""
    found = error.errors(include_url=False, include_context=True)
    problems = [
        {"where": _where(item["loc"]), "message": _message(dict(item), model)}
        for item in found[:_SHOWN]
    ]
    first = problems[0]
    place = f"{first['where']}: " if first["where"] else ""
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return Invalid(f"the {what} is wrong: {place}{first['message']}{more}", problems=problems)


def _where(location: tuple[int | str, ...]) -> str:
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def _message(item: dict[str, Any], model: type[BaseModel]) -> str:
    if item["type"] == "extra_forbidden":
        name = str(item["loc"][-1])[:_SHOWN_TEXT]
        near = difflib.get_close_matches(name, model.model_fields, n=1)
        known = ", ".join(sorted(model.model_fields)) or "nothing"
        return f"is not known; did you mean {near[0]}?" if near else f"is not known; known: {known}"
    message = str(item["msg"]).removeprefix("Value error, ")
    return message[0].lower() + message[1:]
