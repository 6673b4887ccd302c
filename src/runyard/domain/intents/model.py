"""What a sentence can ask for: an intent, what it is about, and when it shall happen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

Language = Literal["en", "zh"]


class IntentKind(StrEnum):
    CREATE = "create"  # something new, with a trigger
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    TRIGGER = "trigger_now"  # once more, now; something new where nothing like it is known
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """At most one of `every`, `cron`, `at`; none: now, once.

    `at` is aware, in the zone of the reader. `start` belongs to `every`: its first fire.
    """

    every: timedelta | None = None
    start: datetime | None = None
    cron: str | None = None
    at: datetime | None = None

    @property
    def is_now(self) -> bool:
        return self.every is None and self.cron is None and self.at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """`subject` is what is left when the command, its time and polite words are taken away.

    `when` is given for CREATE only.
    """

    kind: IntentKind
    language: Language
    subject: str
    when: When | None = None
