"""A sentence that is to be understood, and what was understood: plain data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from runyard.domain.intents.model import IntentKind, Language, When


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """`target` names the task that is meant where the words alone leave it open."""

    text: str
    user_id: str | None = None
    confirm: bool = False
    target: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A task that may be meant. `score`, 0 to 100, says how alike it is; None: not compared."""

    id: str
    kind: Literal["definition", "task"]
    title: str
    score: float | None = None

    @property
    def name(self) -> str:
        """The id, where a person has chosen it."""
        return self.id if self.kind == "task" else ""

    def scored(self, score: float) -> Candidate:
        return replace(self, score=round(min(score, 100.0), 1))

    def plain(self) -> dict[str, Any]:
        return {"id": self.id, "kind": self.kind, "title": self.title, "score": self.score}


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpretation:
    """`understood` says what would be done, or why nothing is, in the sentence's language."""

    intent: IntentKind
    language: Language
    subject: str
    understood: str
    sure: bool
    target: Candidate | None
    when: When | None
    timezone: str
    candidates: tuple[Candidate, ...]
    done: bool
    result: dict[str, Any] | None
