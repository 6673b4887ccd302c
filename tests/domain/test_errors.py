"""Errors: each has its own stable code and carries facts for a program."""

from __future__ import annotations

from runyard.domain import errors
from runyard.domain.errors import Busy, EngineError, Invalid, RunyardError


def all_errors(root: type[RunyardError]) -> list[type[RunyardError]]:
    return [root] + [error for child in root.__subclasses__() for error in all_errors(child)]


def test_codes_are_unique_and_drawn_in_the_tree() -> None:
    kinds = [kind for kind in all_errors(RunyardError) if kind.__module__ == errors.__name__]
    assert len(kinds) > 10, "the tree is there"
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert all(kind.__name__ in (errors.__doc__ or "") for kind in kinds)


def test_facts_travel_with_the_sentence() -> None:
    busy = Busy("hello runs already", run_id="0123")
    assert (str(busy), busy.message, busy.code) == ("hello runs already",) * 2 + ("busy",)
    assert busy.facts == {"run_id": "0123"}
    invalid = Invalid("wrong", problems=[{"where": "a", "message": "b"}], hint="try c", extra=1)
    assert invalid.facts == {"problems": [{"where": "a", "message": "b"}], "extra": 1}
    assert invalid.hint == "try c"
    assert EngineError("gone", retryable=True).retryable
