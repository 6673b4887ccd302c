"""Runs: storing new ones, finding them again; with the transitions, all one does with them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import IntegrityError

from runyard.domain.errors import Conflict, NotFound
from runyard.domain.ids import LENGTH
from runyard.domain.states import LIVE
from runyard.store import dialect, specs
from runyard.store.committed import AlikeRuns
from runyard.store.encoding import to_json_or_none
from runyard.store.filters import Page, RunFilter
from runyard.store.rows import run_row, runs_of
from runyard.store.run_search import ids_matching, page
from runyard.store.run_tally import count_all
from runyard.store.schema import run_labels, runs
from runyard.store.transitions import (
    Finish,
    ProgressUpdate,
    Retry,
    cancel_waiting,
    claim,
    finish,
    mark_started,
    record_progress,
    request_cancel,
    requeue,
    retry,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runyard.domain.runs import Run
    from runyard.domain.states import RunStatus
    from runyard.store.tx import Tx

__all__ = [
    "Finish",
    "Page",
    "ProgressUpdate",
    "Retry",
    "RunFilter",
    "by_idempotency_key",
    "cancel_waiting",
    "claim",
    "count_by_status",
    "find",
    "finish",
    "get",
    "get_many",
    "ids_matching",
    "insert",
    "insert_alike",
    "live",
    "mark_started",
    "newest_id",
    "page",
    "record_progress",
    "request_cancel",
    "requeue",
    "retry",
]

_BY_ID = select(runs).where(runs.c.id == bindparam("run_id", type_=runs.c.id.type))
_SHORTEST_REF = 4
_PART = 500
_AFTER_ANY = "~"  # sorts after every character of an id


def insert(tx: Tx, new: Sequence[Run]) -> list[Run]:
    """Store new runs; the same objects are the answer, with their `seq` filled in.

    Raises Conflict for an idempotency key that is known or given twice (`run_id` and
    `idempotency_key` are facts of the error; look with `by_idempotency_key` to replay), or for an
    id that exists.
    """
    if not new:
        return []
    _check_keys(tx, new)
    numbers = tx.numbers(len(new))
    digests = {id(run.spec): specs.keep(tx, run.spec) for run in new}
    rows = [
        run_row(run, digest=digests[id(run.spec)], seq=seq)
        for run, seq in zip(new, numbers, strict=True)
    ]
    try:
        dialect.insert_rows(tx.connection, tx.dialect, runs, rows)
    except IntegrityError as error:
        raise Conflict("A run with this id or idempotency key exists already.") from error
    labels = [(label, run.id) for run in new for label in dict.fromkeys(run.labels)]
    if labels:
        dialect.insert_rows(tx.connection, tx.dialect, run_labels, labels)
    for run, seq in zip(new, numbers, strict=True):
        # Runs are submitted by the ten thousand, and a copy costs as much as storing it.
        object.__setattr__(run, "seq", seq)
        tx.changed("run", run)
    return list(new)


def insert_alike(tx: Tx, model: Run, ids: Sequence[str], params: Sequence[dict[str, Any]]) -> None:
    """Store new runs like `model`, each with its own id and parameters; `model` itself is not.

    For thousands at once: costs a fraction of `insert`. They have no idempotency key.
    Raises Conflict for an id that exists.
    """
    if not ids:
        return
    numbers = tx.numbers(len(ids))
    varying: dict[str, Sequence[Any]] = {"id": ids, "seq": numbers}
    if any(params):
        varying["params"] = [to_json_or_none(given) for given in params]
    blank = replace(model, params={}, idempotency_key=None)
    row = run_row(blank, digest=specs.keep(tx, model.spec), seq=0)
    try:
        dialect.insert_alike(tx.connection, tx.dialect, runs, model=row, varying=varying)
    except IntegrityError as error:
        raise Conflict("A run with this id exists already.") from error
    for label in dict.fromkeys(model.labels):
        dialect.insert_alike(
            tx.connection, tx.dialect, run_labels, model=(label, ""), varying={"run_id": ids}
        )
    tx.submitted(AlikeRuns(model=blank, ids=ids, params=params, first_seq=numbers[0]))


def by_idempotency_key(tx: Tx, key: str) -> Run | None:
    rows = tx.execute(select(runs).where(runs.c.idempotency_key == key))
    return _one(tx, rows)


def get(tx: Tx, run_id: str) -> Run | None:
    return _one(tx, tx.hot(_BY_ID, run_id=run_id))


def get_many(tx: Tx, run_ids: Sequence[str]) -> list[Run]:
    """Those that exist, in no particular order."""
    found: list[Run] = []
    for start in range(0, len(run_ids), _PART):
        part = run_ids[start : start + _PART]
        found += runs_of(tx, tx.execute(select(runs).where(runs.c.id.in_(part))))
    return found


def find(tx: Tx, ref: str) -> Run:
    """The run whose id is `ref`, or starts or ends with it (4 characters or more, no other does).

    Raises NotFound, or Conflict with `candidates` when several fit.
    """
    exact = get(tx, ref)
    if exact is not None:
        return exact
    ids: list[str] = []
    if _SHORTEST_REF <= len(ref) < LENGTH and ref.isalnum():
        begins = (runs.c.id >= ref) & (runs.c.id < ref + _AFTER_ANY)
        for condition in (begins, runs.c.id.endswith(ref, autoescape=True)):
            query = select(runs.c.id).where(condition).order_by(runs.c.id.desc()).limit(3)
            ids += tx.execute(query).scalars().all()
    match list(dict.fromkeys(ids)):
        case []:
            raise NotFound(f"There is no run {ref!r}.", run_id=ref)
        case [only]:
            return get_many(tx, [only])[0]
        case several:
            raise Conflict(
                f"More than one run fits {ref!r}.",
                hint="Give more characters of the id.",
                candidates=several,
            )


def live(tx: Tx) -> list[Run]:
    """Every run that is not final, oldest first."""
    waiting_or_running = [status.value for status in sorted(LIVE)]
    rows = tx.execute(select(runs).where(runs.c.status.in_(waiting_or_running)))
    return sorted(runs_of(tx, rows), key=lambda run: run.id)


def count_by_status(tx: Tx) -> dict[RunStatus, int]:
    """How many runs are in each state; states without runs are there with 0."""
    return count_all(tx) if tx.tally is None else tx.tally.count(tx)


def newest_id(tx: Tx) -> str | None:
    found: str | None = tx.execute(select(func.max(runs.c.id))).scalar_one()
    return found


def _one(tx: Tx, rows: Any) -> Run | None:
    found = runs_of(tx, rows)
    return found[0] if found else None


def _check_keys(tx: Tx, new: Sequence[Run]) -> None:
    keyed: dict[str, str] = {}
    for run in new:
        if run.idempotency_key is not None:
            if run.idempotency_key in keyed:
                raise _repeated(run.idempotency_key, keyed[run.idempotency_key])
            keyed[run.idempotency_key] = run.id
    keys = list(keyed)
    for start in range(0, len(keys), _PART):
        query = select(runs.c.idempotency_key, runs.c.id).where(
            runs.c.idempotency_key.in_(keys[start : start + _PART])
        )
        for key, run_id in tx.execute(query):
            raise _repeated(key, run_id)


def _repeated(key: str, run_id: str) -> Conflict:
    return Conflict("This idempotency key was used already.", run_id=run_id, idempotency_key=key)
