"""Contents of draft runs: texts that are no version of a task, kept as long as a run has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, select

from runyard.domain.states import LIVE
from runyard.store import dialect
from runyard.store.encoding import to_us
from runyard.store.schema import draft_contents, runs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from runyard.store.tx import Tx

_PART = 100  # contents in one SELECT: each may have 1 MiB


def keep(tx: Tx, content_hash: str, content: str, *, at: datetime) -> None:
    """Store a content unless it is there; the run that has it goes into the same transaction."""
    statement = dialect.insert_or_ignore(tx.dialect, draft_contents)
    values = {"content_hash": content_hash, "content": content, "created_at": to_us(at)}
    tx.execute(statement, values)


def content(tx: Tx, content_hash: str) -> str | None:
    text: str | None = tx.execute(
        select(draft_contents.c.content).where(draft_contents.c.content_hash == content_hash)
    ).scalar_one_or_none()
    return text


def contents(tx: Tx, content_hashes: Iterable[str]) -> dict[str, str]:
    """Those that exist, by hash."""
    wanted = sorted(set(content_hashes))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _PART):
        part = wanted[start : start + _PART]
        columns = select(draft_contents.c.content_hash, draft_contents.c.content)
        rows = tx.execute(columns.where(draft_contents.c.content_hash.in_(part)))
        found |= {row[0]: row[1] for row in rows}
    return found


def hashes(tx: Tx) -> set[str]:
    """Of all contents that are kept."""
    return set(tx.execute(select(draft_contents.c.content_hash)).scalars())


def live_hashes(tx: Tx) -> set[str]:
    """Of the contents that runs which are not over still need."""
    statuses = [status.value for status in sorted(LIVE)]
    query = select(runs.c.draft).where(runs.c.status.in_(statuses), runs.c.draft.is_not(None))
    return {digest for digest in tx.execute(query).scalars() if digest is not None}


def forget_unused(tx: Tx) -> int:
    """Delete the contents that no run has any more; answers how many."""
    used = exists().where(runs.c.draft == draft_contents.c.content_hash)
    done = tx.execute(delete(draft_contents).where(~used))
    return int(done.rowcount)
