"""From the body of a submission to what the runtime is asked; many entries in groups of alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from pydantic import ValidationError

from runyard.api.models import BulkBody, RunBody, SubmitBody
from runyard.api.validation import problems_of
from runyard.domain.errors import Invalid
from runyard.runtime.requests import AlikeRequests, SubmitRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MOST_ENTRIES = 10_000


def request_of(
    asked: SubmitBody,
    *,
    task_id: str | None,
    executor: str | None = None,
    config: dict[str, Any] | None = None,
    idempotency_key: str | None = None,
) -> SubmitRequest:
    return SubmitRequest(
        task_id=task_id,
        executor=executor,
        config=config,
        params=asked.params,
        argv=None if asked.argv is None else tuple(asked.argv),
        if_busy=asked.if_busy,
        priority=asked.priority,
        not_before=asked.not_before,
        delay=asked.delay,
        labels=tuple(asked.labels),
        timeout=asked.timeout,
        version=asked.version,
        queue=asked.queue,
        concurrency_key=asked.concurrency_key,
        idempotency_key=idempotency_key,
    )


def run_request_of(body: RunBody, *, idempotency_key: str | None = None) -> SubmitRequest:
    return request_of(
        body,
        task_id=body.task_id,
        executor=body.executor,
        config=body.config,
        idempotency_key=idempotency_key,
    )


def bulk_body(value: Any) -> BulkBody | None:
    """The body, if it is right at first sight; else None, and the model says what is wrong."""
    match value:
        case {"runs": list(entries), **rest} if not rest and len(entries) <= MOST_ENTRIES:
            if set(map(type, entries)) <= {dict}:
                return BulkBody.model_construct(runs=entries)
    return None


def groups_of(
    entries: Iterable[Mapping[str, Any]],
) -> tuple[list[AlikeRequests], dict[int, Invalid]]:
    """The entries that are right, alike ones together, and what is wrong with the others.

    An entry is checked as the body of `POST /runs` is, but what is equal in many is checked once.
    """
    places: dict[str | bytes, list[int]] = {}
    params: dict[str | bytes, list[dict[str, Any]]] = {}
    for place, entry in enumerate(entries):
        key, given = _split(entry)
        if key in places:
            places[key].append(place)
            params[key].append(given)
        else:
            places[key], params[key] = [place], [given]
    groups: list[AlikeRequests] = []
    wrong: dict[int, Invalid] = {}
    for key, members in places.items():
        try:
            groups.append(_group(key, members, params[key]))
        except ValidationError as error:
            wrong |= dict.fromkeys(members, problems_of(error, model=RunBody, what="entry"))
    return groups, wrong


def _split(entry: Mapping[str, Any]) -> tuple[str | bytes, dict[str, Any]]:
    """What must be equal in entries that are alike, and the parameters."""
    task_id = entry.get("task_id")
    params = entry.get("params")
    if params is None:
        if len(entry) == 1 and type(task_id) is str:
            return task_id, _NOTHING
        return orjson.dumps(entry), _NOTHING
    if type(params) is dict and "argv" not in entry:
        if len(entry) == 2 and type(task_id) is str:
            return task_id, params
        entry = dict(entry)
        del entry["params"]
    return orjson.dumps(entry), params


_NOTHING: dict[str, Any] = {}


def _group(
    key: str | bytes, places: Sequence[int], params: Sequence[dict[str, Any]]
) -> AlikeRequests:
    if isinstance(key, str):
        body = RunBody.model_validate({"task_id": key}, strict=True)
    else:
        body = RunBody.model_validate_json(key, strict=True)
    return AlikeRequests(request=run_request_of(body), places=places, params=params)
