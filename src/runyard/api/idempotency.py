"""`Idempotency-Key`: a repeated submission gives the first run, a different one is refused.

The key is durable with the run. What was asked for under a key is remembered as a hash while the
server lives; after a restart the request is compared with what the run froze of it.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from dataclasses import replace
from typing import Any

import orjson

from runyard.domain.errors import Invalid
from runyard.domain.runs import Run
from runyard.runtime.requests import SubmitRequest

from runyard.api.problems import BadRequest

_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?")
_REMEMBERED = 20_000


def check_key(key: str | None) -> str | None:
    """Raises `Invalid` unless it is 1 to 200 printable ASCII characters."""
    if key is not None and not _KEY.fullmatch(key):
        raise Invalid(
            "Idempotency-Key must be 1 to 200 printable ASCII characters",
            problems=[{"where": "Idempotency-Key", "message": "1 to 200 printable characters"}],
        )
    return key


class Asked:
    """What was asked for under the newest keys."""

    def __init__(self) -> None:
        self._hashes: OrderedDict[str, bytes] = OrderedDict()

    def remember(self, request: SubmitRequest) -> None:
        if request.idempotency_key is None:
            return
        self._hashes[request.idempotency_key] = _hash(request)
        if len(self._hashes) > _REMEMBERED:
            self._hashes.popitem(last=False)

    def check(self, request: SubmitRequest, run: Run) -> None:
        """Raises 422 `idempotency_mismatch` when `run` came from a different request."""
        key = request.idempotency_key
        remembered = self._hashes.get(key) if key is not None else None
        same = _hash(request) == remembered if remembered else _is_plausible(request, run)
        if not same:
            raise BadRequest(
                422,
                "idempotency_mismatch",
                "this Idempotency-Key was used for a different request",
                hint="use a new key for a new request",
                run_id=run.id,
            )


def _hash(request: SubmitRequest) -> bytes:
    plain = replace(request, idempotency_key=None)
    text = orjson.dumps(plain, default=str, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).digest()


def _is_plausible(request: SubmitRequest, run: Run) -> bool:
    """Whether nothing that the request says contradicts the run. Parameters may be coerced."""
    pairs: list[tuple[Any, Any]] = [
        (request.task_id, run.task_id),
        (request.argv, run.argv),
        (tuple(request.labels), tuple(run.labels)),
        (request.executor or run.executor, run.executor),
        (run.priority if request.priority is None else request.priority, run.priority),
        (request.queue or run.queue, run.queue),
        (request.version or run.task_version, run.task_version),
    ]
    return all(asked == kept for asked, kept in pairs) and all(
        name in run.params and str(run.params[name]).lower() == str(value).lower()
        for name, value in request.params.items()
    )
