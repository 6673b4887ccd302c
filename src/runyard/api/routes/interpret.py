"""What is asked for in plain words: understood, shown, and done when it is confirmed."""

from typing import Annotated, Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from runyard.api.answers import Answer
from runyard.api.calls import caller_of, service_of
from runyard.api.models import Asked
from runyard.api.operations import Operations
from runyard.api.responses import json_answer
from runyard.domain.intents.model import IntentKind, When
from runyard.runtime.interpretation import Interpretation, Sentence

interpreting = Operations("interpreting")


class InterpretBody(Asked):
    text: Annotated[str, Field(min_length=1, max_length=2_000)]
    user_id: Annotated[str, Field(max_length=500)] | None = None
    confirm: bool = False
    target: Annotated[str, Field(max_length=200)] | None = None


class CandidateAnswer(Answer):
    id: str
    kind: Literal["definition", "task"] = Field(description="definition: an instruction in words")
    title: str
    score: float | None = Field(description="0 to 100: how alike it is")


class TriggerAnswer(Answer):
    type: Literal["IMMEDIATE", "SCHEDULED", "LOOP"]
    interval_s: float | None
    cron: str | None
    at: str | None
    start: str | None = Field(description="the first fire of an interval")
    timezone: str


class InterpretAnswer(Answer):
    intent: IntentKind
    language: Literal["en", "zh"]
    subject: str
    understood: str = Field(description="what would be done, or why nothing is")
    sure: bool
    target: CandidateAnswer | None
    trigger: TriggerAnswer | None
    candidates: list[CandidateAnswer]
    done: bool
    result: dict[str, Any] | None


@interpreting.on("POST", "/interpret", answers=InterpretAnswer, errors=(404, 409))
async def interpret(request: Request, body: InterpretBody) -> Response:
    """Say in English or Chinese what to do: create with a trigger, pause, resume, run, list.

    Without `confirm` nothing is done; the answer says what would be. With it, a sentence that may
    mean several tasks is refused (409) with the candidates; `target` names one of them.
    """
    sentence = Sentence(
        text=body.text, user_id=body.user_id, confirm=body.confirm, target=body.target
    )
    found = await service_of(request).interpret(sentence, by=caller_of(request))
    return json_answer(_plain(found))


def _plain(found: Interpretation) -> dict[str, Any]:
    return {
        "intent": found.intent.value,
        "language": found.language,
        "subject": found.subject,
        "understood": found.understood,
        "sure": found.sure,
        "target": found.target.plain() if found.target else None,
        "trigger": _trigger(found.when, found.timezone) if found.when else None,
        "candidates": [one.plain() for one in found.candidates],
        "done": found.done,
        "result": found.result,
    }


def _trigger(when: When, timezone: str) -> dict[str, Any]:
    kind = "IMMEDIATE" if when.is_now else "SCHEDULED" if when.at else "LOOP"
    return {
        "type": kind,
        "interval_s": when.every.total_seconds() if when.every else None,
        "cron": when.cron,
        "at": when.at.isoformat() if when.at else None,
        "start": when.start.isoformat() if when.start else None,
        "timezone": timezone,
    }
