"""The one tree of errors that Runyard raises on purpose; each has a stable `code`.

```
RunyardError
├── NotFound            no such task, run, queue ...
├── Invalid             the request can't be right; says what to do
├── Conflict            right in itself, but not in this state
│   ├── Busy            the concurrency key is held (`run_id` of the holder)
│   ├── Full            as many runs are live as may be, and this one may not wait
│   ├── StaleEdit       `If-Match` names an older content
│   └── IdempotencyMismatch   the key was used for another request (`run_id` of that run)
├── Forbidden           known, but not allowed
├── TooLarge            a body, line or result over its limit
├── StaleAttempt        a zombie reports on an attempt that is over
├── EngineError         the engine can't do it now (`retryable`)
├── StoreUnavailable    the database does not answer or can't write
└── AlreadyServed       another server has this data folder
```

HTTP statuses are not known here; they live in `api/problems.py`.
"""

from __future__ import annotations

from typing import Any, ClassVar


class RunyardError(Exception):
    """Base of all errors raised on purpose: a sentence, a stable code, and facts for a program."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str | None = None, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.facts = facts


class NotFound(RunyardError):
    code = "not_found"


class Invalid(RunyardError):
    """`problems` is a list of {"where", "message"} when more than one thing is wrong."""

    code = "invalid"

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        problems: list[dict[str, Any]] | None = None,
        **facts: Any,
    ) -> None:
        if problems is not None:
            facts["problems"] = problems
        super().__init__(message, hint=hint, **facts)


class Conflict(RunyardError):
    code = "conflict"


class Busy(Conflict):
    code = "busy"

    def __init__(self, message: str, *, run_id: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint, run_id=run_id)
        self.run_id = run_id


class Full(Conflict):
    code = "full"


class StaleEdit(Conflict):
    code = "stale_edit"


class IdempotencyMismatch(Conflict):
    code = "idempotency_mismatch"


class Forbidden(RunyardError):
    code = "forbidden"


class TooLarge(RunyardError):
    code = "too_large"


class StaleAttempt(RunyardError):
    code = "stale_attempt"


class EngineError(RunyardError):
    code = "engine_error"

    def __init__(self, message: str, *, retryable: bool, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retryable = retryable


class StoreUnavailable(RunyardError):
    code = "store_unavailable"


class AlreadyServed(RunyardError):
    code = "already_served"
