"""Exit statuses: what a failed command and a followed run's outcome mean to a shell.

| status | a command                              | a run that was followed or waited for |
| ------ | -------------------------------------- | ------------------------------------- |
| 0      | done                                   | succeeded                             |
| 1      | any other refusal                      | failed                                |
| 2      | wrong usage, or the request was wrong  |                                       |
| 3      | not found                              |                                       |
| 4      | conflict: busy, changed meanwhile      |                                       |
| 5      | no server answers                      |                                       |
| 70     |                                        | crashed                               |
| 124    |                                        | timed out                             |
| 130    | interrupted                            | cancelled, or detached by Ctrl-C      |
"""

from __future__ import annotations

from runyard.sdk.errors import ClientError, Conflict, Invalid, NotFound, StaleEdit, Unavailable

OK = 0
FAILED = 1
USAGE = 2
NOT_FOUND = 3
CONFLICT = 4
NO_SERVER = 5
INTERRUPTED = 130

_OUTCOMES = {"succeeded": OK, "failed": FAILED, "timed_out": 124, "cancelled": 130, "crashed": 70}


def of_outcome(status: str) -> int:
    """The exit status for a final run status."""
    return _OUTCOMES.get(status, FAILED)


def of_error(error: ClientError) -> int:
    match error:
        case NotFound():
            return NOT_FOUND
        case Conflict() | StaleEdit():
            return CONFLICT
        case Invalid():
            return USAGE
        case Unavailable():
            return NO_SERVER
        case _:
            return FAILED
