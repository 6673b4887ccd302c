"""Frozen definitions: stored once per content, decoded once per process."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import select

from runyard.store import dialect, schema
from runyard.store.encoding import spec_from_json, spec_to_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runyard.domain.tasks import TaskSpec
    from runyard.store.tx import Tx

_MOST = 20_000  # entries; a cache that is full starts again
_PART = 500  # digests in one SELECT


class SpecCache:
    """What this process knows of the table `specs`; shared by all threads of one store."""

    def __init__(self) -> None:
        self._by_digest: dict[str, TaskSpec] = {}
        # By identity: the cache holds the object, so its id is not given to another.
        self._by_object: dict[int, tuple[TaskSpec, str, str]] = {}
        self._stored: set[str] = set()

    def digest(self, spec: TaskSpec) -> tuple[str, str]:
        """(digest, JSON text) of a definition."""
        known = self._by_object.get(id(spec))
        if known is not None:
            return known[1], known[2]
        body = spec_to_json(spec)
        digest = hashlib.sha256(body.encode()).hexdigest()[:32]
        if len(self._by_object) >= _MOST:
            self._by_object = {}
        self._by_object[id(spec)] = (spec, digest, body)
        self._remember(digest, spec)
        return digest, body

    def get(self, digest: str) -> TaskSpec | None:
        return self._by_digest.get(digest)

    def decode(self, digest: str, body: str) -> TaskSpec:
        spec = spec_from_json(body)
        self._remember(digest, spec)
        return spec

    def is_stored(self, digest: str) -> bool:
        return digest in self._stored

    def stored(self, digests: Iterable[str]) -> None:
        """These are in the database for good: their transaction is committed."""
        if len(self._stored) >= _MOST:
            self._stored = set()
        self._stored.update(digests)

    def _remember(self, digest: str, spec: TaskSpec) -> None:
        if len(self._by_digest) >= _MOST:
            self._by_digest = {}
        self._by_digest[digest] = spec


def keep(tx: Tx, spec: TaskSpec) -> str:
    """The digest of `spec`, which is in the table when the transaction commits."""
    digest, body = tx.specs.digest(spec)
    if not tx.specs.is_stored(digest) and digest not in tx.new_specs:
        statement = dialect.insert_or_ignore(tx.dialect, schema.specs)
        tx.execute(statement, {"digest": digest, "body": body})
        tx.new_specs.add(digest)
    return digest


def load(tx: Tx, digests: Iterable[str]) -> dict[str, TaskSpec]:
    """The definitions with these digests; equal digests give the same object."""
    found: dict[str, TaskSpec] = {}
    missing: list[str] = []
    for digest in set(digests):
        spec = tx.specs.get(digest)
        if spec is None:
            missing.append(digest)
        else:
            found[digest] = spec
    for start in range(0, len(missing), _PART):
        part = missing[start : start + _PART]
        rows = tx.execute(
            select(schema.specs.c.digest, schema.specs.c.body).where(
                schema.specs.c.digest.in_(part)
            )
        )
        for digest, body in rows:
            found[digest] = tx.specs.decode(digest, body)
    return found
