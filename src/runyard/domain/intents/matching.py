"""Finds what is meant by approximate words among the things that are known."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

SURE = 75.0
NEAR = 55.0
_APART = 6.0  # so much better than the next one is clear
_MOST = 5
_HAN = re.compile(r"([\u4e00-\u9fff])")
_WORD = re.compile(r"[^\W_]+")
_EMPTY = {
    "the",
    "a",
    "an",
    "my",
    "task",
    "job",
    "of",
    "to",
    "on",
    "for",
    "me",
    "please",
    "and",
    "it",
}
_ENDINGS = ("ings", "ing", "ers", "er", "ed", "es", "s", "e", "or", "ors")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Something that may be meant, and the texts by which one may call it."""

    id: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`score` is 0 to 100."""

    id: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """The likely ones, best first; `sure` is the one that is clearly meant."""

    likely: tuple[Found, ...]
    sure: Found | None


def match(subject: str, known: Sequence[Known]) -> Matches:
    """At most five likely ones. Without a subject only a lone one is sure."""
    if not subject:
        some = tuple(Found(id=one.id, score=0.0) for one in known[:_MOST])
        return Matches(likely=some, sure=some[0] if len(known) == 1 else None)
    wanted = _folded(subject)
    scored = [Found(id=one.id, score=_score(wanted, subject, one)) for one in known]
    likely = sorted(
        (one for one in scored if one.score >= NEAR), key=lambda one: (-one.score, one.id)
    )
    return Matches(likely=tuple(likely[:_MOST]), sure=_sure(likely))


def _sure(likely: Sequence[Found]) -> Found | None:
    if not likely or likely[0].score < SURE:
        return None
    if len(likely) > 1 and likely[0].score - likely[1].score < _APART:
        return None
    return likely[0]


def _score(wanted: str, subject: str, one: Known) -> float:
    if subject == one.id:
        return 200.0  # an exact id is meant, whatever else is like it
    return max((_alike(wanted, _folded(text)) for text in one.texts), default=0.0)


def _alike(wanted: str, text: str) -> float:
    """100 for the same words; what holds all the words that are wanted comes close to it."""
    if not wanted or not text:
        return 0.0
    if wanted == text:
        return 100.0
    whole = fuzz.ratio(wanted, text)
    words = fuzz.token_set_ratio(wanted, text) if len(wanted) > 1 else 0.0
    part = fuzz.partial_ratio(wanted, text) if len(wanted) > 2 else 0.0
    return max(whole, 0.92 * words, 0.88 * part * _weight(wanted, text))


def _weight(wanted: str, text: str) -> float:
    """A long sentence that holds a short title somewhere is less like it."""
    return min(1.0, len(text) / len(wanted))


def _folded(text: str) -> str:
    """Lower case, words without endings, each Chinese character a word of its own."""
    plain = _HAN.sub(r" \1 ", unicodedata.normalize("NFKC", text).lower())
    words = [word for word in _WORD.findall(plain) if word not in _EMPTY]
    return " ".join(_stem(word) for word in words)


def _stem(word: str) -> str:
    """Roughly: "monitoring", "monitors" and "monitor" become one."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return _stem(word[: -len(ending)])
    return word
