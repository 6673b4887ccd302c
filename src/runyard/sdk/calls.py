"""The client without I/O: what to send, how to read the answer, and how both shells offer it.

A `Call` is a request and the way to read its answer. An operation is a function that builds one;
as an attribute of a shell (`Client().tasks.get`) it takes the same arguments and performs the
call: at once in the synchronous client, awaited in the other. So every operation is written once.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, ParamSpec, Protocol, Self, TypeVar, overload
from urllib.parse import quote

from runyard.sdk.errors import error_of

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

DEFAULT_URL = "http://127.0.0.1:5000"
_LISTS = (list, tuple, set, frozenset)
_LOOPBACK = ("http://127.", "http://localhost", "http://[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[T]):
    """One request. `wait_s` is how long the server may take on purpose.

    `body` is sent as JSON, `content` as it is.

    `repeatable`: sending it twice does the same as once, so a broken connection is tried again.
    """

    method: str
    path: str
    read: Callable[[Answer], T]
    query: dict[str, str | list[str]] = field(default_factory=dict)
    body: Any = None
    content: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    wait_s: float = 0.0

    @property
    def repeatable(self) -> bool:
        return self.method in {"GET", "PUT", "DELETE"} or "Idempotency-Key" in self.headers

    @property
    def url(self) -> str:
        return self.path if self.path.startswith("/api/") else f"/api/v1{self.path}"

    def result(self, answer: Answer) -> T:
        """What the answer says; raises the `ClientError` that it stands for."""
        if answer.status >= 400:
            raise error_of(answer.status, answer.body)
        return self.read(answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the server is and how to be let in."""

    url: str
    token: str | None

    @classmethod
    def of(cls, url: str | None, token: str | None) -> Address:
        """What is given, else `RUNYARD_URL` and `RUNYARD_TOKEN`, else this machine's port 5000."""
        chosen = url or os.environ.get("RUNYARD_URL") or DEFAULT_URL
        if "://" not in chosen:
            chosen = f"http://{chosen}"
        return cls(url=chosen.rstrip("/"), token=token or os.environ.get("RUNYARD_TOKEN") or None)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    @property
    def is_local(self) -> bool:
        """On this machine no proxy is asked."""
        return self.url.startswith(_LOOPBACK)


class Performs(Protocol):
    """The synchronous side: performs a call at once."""

    def perform(self, call: Call[T], /) -> T: ...


class PerformsAsync(Protocol):
    """The asynchronous side."""

    def perform_async(self, call: Call[T], /) -> Coroutine[Any, Any, T]: ...


class Operation(Generic[P, T_co]):
    """A function that builds a `Call`, offered as a method by whatever performs calls."""

    def __init__(self, build: Callable[P, Call[T_co]]) -> None:
        self.build = build
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, place: None, owner: type) -> Self: ...
    @overload
    def __get__(self, place: Performs, owner: type) -> Callable[P, T_co]: ...
    @overload
    def __get__(
        self, place: PerformsAsync, owner: type
    ) -> Callable[P, Coroutine[Any, Any, T_co]]: ...

    def __get__(self, place: Any, owner: type) -> Any:
        if place is None:
            return self
        perform = getattr(place, "perform", None) or place.perform_async

        @functools.wraps(self.build)
        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return perform(self.build(*args, **kwargs))

        return method


def reading(
    of: Callable[[Any], T],
) -> Callable[[Answer], T]:
    """Read the whole JSON body with `of`."""
    return lambda answer: of(answer.json())


def listing(of: Callable[[Any], T]) -> Callable[[Answer], list[T]]:
    """Read a list, plain or under `items`."""

    def read(answer: Answer) -> list[T]:
        body = answer.json()
        return [of(one) for one in (body["items"] if isinstance(body, dict) else body)]

    return read


def path(*parts: str) -> str:
    """`/a/b` with each part quoted whole."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def query(**given: Any) -> dict[str, str | list[str]]:
    """What is given (not None), as query texts: instants as RFC 3339, of a list each item."""
    return {
        name: list(map(_text, value)) if isinstance(value, _LISTS) else _text(value)
        for name, value in given.items()
        if value is not None
    }


def body(**given: Any) -> dict[str, Any]:
    """What is given (not None), as JSON values."""
    return {name: json_value(value) for name, value in given.items() if value is not None}


def json_value(value: Any) -> Any:
    """Instants become RFC 3339 texts, durations seconds, tuples lists."""
    match value:
        case datetime():
            return _text(value)
        case timedelta():
            return value.total_seconds()
        case tuple() | set() | frozenset():
            return list(value)
    return value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()  # without a zone it was this machine's
    return str(value)
