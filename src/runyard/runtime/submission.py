"""Submission: turns a request into a run that is stored, or says why not."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, assert_never

from runyard.domain import parameters
from runyard.domain.errors import Busy, IdempotencyMismatch, Invalid, RunyardError
from runyard.domain.ids import RunIds
from runyard.domain.runs import IfBusy, Run, RunError
from runyard.domain.states import RunStatus
from runyard.domain.tasks import TaskSpec
from runyard.executors.registry import Executors
from runyard.runtime.catalog import Catalog
from runyard.runtime.clock import Clock
from runyard.runtime.control import Cancellation
from runyard.runtime.dispatcher import Dispatcher
from runyard.runtime.requests import AlikeRequests, SubmitRequest, Submitted
from runyard.store import Store, Tx, runs

Beside = Callable[[Tx, Run], None]
"""Stores what belongs to a new run, in the transaction that stores the run; keeps no state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Definition:
    """What a request names: a task at a version, or a bare type."""

    task_id: str | None
    version: int | None
    spec: TaskSpec
    draft: str | None = None


@dataclass(frozen=True, slots=True)
class _Prepared:
    index: int  # place in the request
    run: Run
    replaced: tuple[str, ...]  # runs to cancel once this one is stored


@dataclass(slots=True)
class _Bulk:
    """Runs like `model`, each with its place in the request, its parameters and its id."""

    model: Run
    places: Sequence[int]
    params: Sequence[dict[str, Any]]
    ids: Sequence[str] = ()


class Submission:
    """Checks, decides `if_busy` and stores runs; a run that is answered for is durable."""

    def __init__(
        self,
        *,
        store: Store,
        dispatcher: Dispatcher,
        executors: Executors,
        ids: RunIds,
        clock: Clock,
        catalog: Catalog,
        cancellation: Cancellation,
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._executors = executors
        self._ids = ids
        self._clock = clock
        self._catalog = catalog
        self._cancellation = cancellation

    async def submit(
        self, request: SubmitRequest, *, by: str, beside: Beside | None = None
    ) -> Submitted:
        """Store one run. Raises `NotFound`, `Invalid`, or `Busy` for `if_busy = reject`."""
        (outcome,) = await self.submit_many([request], by=by, beside=beside)
        if isinstance(outcome, RunyardError):
            raise outcome
        return outcome

    async def submit_many(
        self, requests: Sequence[SubmitRequest], *, by: str, beside: Beside | None = None
    ) -> list[Submitted | RunyardError]:
        """Store many runs in one transaction; each request has its own answer, in order.

        `beside` stores what belongs to each new run, in the same transaction.
        """
        answers: dict[int, Submitted | RunyardError] = {}
        prepared: list[_Prepared] = []
        for index, request in enumerate(requests):
            try:
                definition = await self._definition(request)
                # From here to `dispatcher.submit` nothing is awaited: looking whether the key is
                # busy and taking a place on it are one step.
                params = self._params(request, definition.spec)
                frozen = self._freeze(
                    request, definition, run_id=self._ids.new(), params=params, by=by
                )
                run, replaced = self._apply_if_busy(frozen, request.if_busy)
            except RunyardError as error:
                answers[index] = error
                continue
            prepared.append(_Prepared(index, run, replaced))
            if not run.status.is_final:
                # In admission before the insert is durable: a claim queues behind the insert.
                self._dispatcher.submit(run)
        if prepared:
            answers |= await self._insert(prepared, beside)
        return [answers[index] for index in range(len(requests))]

    async def _insert(
        self, prepared: Sequence[_Prepared], beside: Beside | None
    ) -> dict[int, Submitted | RunyardError]:
        def change(tx: Tx) -> tuple[dict[str, Run], dict[str, Run]]:
            known: dict[str, Run] = {}
            fresh = []
            for run in (one.run for one in prepared):
                key = run.idempotency_key
                if key is not None:
                    earlier = known.get(key) or runs.by_idempotency_key(tx, key)
                    known[key] = earlier or run
                    if earlier is not None:
                        continue
                fresh.append(run)
            return known, {run.id: run for run in _store(tx, fresh, beside)}

        try:
            known, stored = await self._store.write(change)
        except BaseException:
            for one in prepared:
                self._dispatcher.forget(one.run.id)
            raise
        answers: dict[int, Submitted | RunyardError] = {}
        for one in prepared:
            if one.run.id in stored:
                answers[one.index] = Submitted(run=stored[one.run.id], created=True)
                await self._cancellation.cancel_many(
                    one.replaced, reason=f"replaced by run {one.run.id}", by=one.run.submitted_by
                )
            else:
                self._dispatcher.forget(one.run.id)
                answers[one.index] = _replay(known[one.run.idempotency_key or ""], one.run)
        return answers

    def template(self, request: SubmitRequest, *, by: str) -> Run:
        """A run of a task's newest version, checked as a submission would be, and nothing more.

        It has no id and is neither stored nor announced: who decides in a transaction of their own
        whether there shall be runs gives copies of it ids and uses `runs.insert` and `announce`.
        May be called from any thread. Raises `NotFound` or `Invalid`.
        """
        task = self._catalog.find(request.task_id or "")
        definition = _Definition(task_id=task.id, version=task.version, spec=task.spec)
        params = self._params(request, definition.spec)
        return self._freeze(request, definition, run_id="", params=params, by=by)

    def announce(self, stored: Sequence[Run]) -> None:
        """Runs that were stored elsewhere may start now."""
        for run in stored:
            self._dispatcher.submit(run)

    async def submit_alike(
        self, groups: Sequence[AlikeRequests], *, by: str
    ) -> dict[int, str | RunyardError]:
        """Store the runs of all groups in one transaction; their ids, or errors, by their place.

        Ids ascend with the places. What differs from run to run is all that costs time here, so
        each group must be one that `can_be_bulk`.
        """
        answers: dict[int, str | RunyardError] = {}
        defined = []
        for group in groups:
            try:
                defined.append((group, await self._definition(group.request)))
            except RunyardError as error:
                answers |= dict.fromkeys(group.places, error)
        bulks: list[_Bulk] = []
        for group, definition in defined:
            try:
                bulks.append(self._freeze_alike(group, definition, by=by, wrong=answers))
            except RunyardError as error:
                answers |= dict.fromkeys(group.places, error)
        places = sorted(itertools.chain.from_iterable(bulk.places for bulk in bulks))
        ids = dict(zip(places, self._ids.block(len(places)), strict=True))
        for bulk in bulks:
            bulk.ids = [ids[place] for place in bulk.places]
            # In admission before the insert is durable: a claim queues behind the insert.
            self._dispatcher.submit_alike(bulk.model, bulk.ids)
        if ids:
            await self._insert_alike(bulks)
        return answers | ids

    async def _insert_alike(self, bulks: Sequence[_Bulk]) -> None:
        def change(tx: Tx) -> None:
            for bulk in bulks:
                runs.insert_alike(tx, bulk.model, bulk.ids, bulk.params)

        try:
            await self._store.write(change)
        except BaseException:
            for bulk in bulks:
                for run_id in bulk.ids:
                    self._dispatcher.forget(run_id)
            raise

    def _freeze_alike(
        self,
        group: AlikeRequests,
        definition: _Definition,
        *,
        by: str,
        wrong: dict[int, str | RunyardError],
    ) -> _Bulk:
        """Raises what is wrong with all runs of the group; notes in `wrong` what is with some."""
        spec = definition.spec
        model = self._freeze(group.request, definition, run_id="", params={}, by=by)
        places, checked = group.places, group.params
        if spec.parameters or not spec.extra_parameters:
            places, checked = [], []
            for place, given in zip(group.places, group.params, strict=True):
                try:
                    checked.append(_checked_params(spec, given))
                    places.append(place)
                except RunyardError as error:
                    wrong[place] = error
        return _Bulk(model, places, checked)

    async def _definition(self, request: SubmitRequest) -> _Definition:
        if request.draft is not None:
            draft = request.draft
            return _Definition(
                task_id=request.task_id, version=None, spec=draft.spec, draft=draft.content_hash
            )
        if request.task_id is not None:
            if request.executor is not None or request.config is not None:
                raise Invalid("name a task or a type with its config, not both")
            task = await self._catalog.get(request.task_id)
            spec = task.spec
            version = task.version
            if request.version is not None and request.version != task.version:
                version = request.version
                spec = (await self._catalog.version(task.id, version)).spec
            return _Definition(task_id=task.id, version=version, spec=spec)
        if request.executor is None:
            raise Invalid("name a task (`task_id`) or a type (`executor`) to run")
        executor = self._executors.get(request.executor)
        if executor.needs_task:
            raise Invalid(
                f"a run of type {executor.name} needs a task",
                hint="create the task, then submit a run of it",
            )
        spec = executor.one_off_spec(executor.check_config(request.config or {}))
        return _Definition(task_id=None, version=None, spec=spec)

    def _params(self, request: SubmitRequest, spec: TaskSpec) -> dict[str, Any]:
        if request.argv is None:
            return _checked_params(spec, request.params)
        if request.params:
            raise Invalid("give typed parameters (`params`) or plain arguments (`argv`), not both")
        return {}

    def _freeze(
        self,
        request: SubmitRequest,
        definition: _Definition,
        *,
        run_id: str,
        params: dict[str, Any],
        by: str,
    ) -> Run:
        now = self._clock.now()
        spec = definition.spec
        if request.timeout is not None:
            spec = replace(spec, timeout=request.timeout)
        if request.retry is not None:
            spec = replace(spec, retry=request.retry)
        executor = self._executors.get(spec.executor)  # NotFound if the type is gone
        if request.argv is not None and not executor.takes_argv:
            raise Invalid(f"a run of type {executor.name} takes parameters, not plain arguments")
        not_before = _not_before(request, now)
        key, limit = _concurrency(request, definition)
        return Run(
            id=run_id,
            task_id=definition.task_id,
            task_version=definition.version,
            spec=spec,
            executor=spec.executor,
            queue=request.queue or spec.effective_queue,
            project=spec.project,
            concurrency_key=key,
            concurrency_limit=limit,
            priority=spec.priority if request.priority is None else request.priority,
            params=params,
            argv=request.argv,
            labels=tuple(dict.fromkeys((*spec.labels, *request.labels))),
            status=RunStatus.SCHEDULED if not_before else RunStatus.QUEUED,
            not_before=not_before,
            submitted_at=now,
            submitted_by=by,
            rerun_of=request.rerun_of,
            schedule_id=request.schedule_id,
            scheduled_for=request.scheduled_for,
            idempotency_key=request.idempotency_key,
            draft=definition.draft,
        )

    def _apply_if_busy(self, run: Run, if_busy: IfBusy) -> tuple[Run, tuple[str, ...]]:
        """The run as it is to be stored, and the runs that it replaces."""
        if if_busy is IfBusy.QUEUE or run.concurrency_key is None:
            return run, ()
        holders = self._dispatcher.holders(run.concurrency_key)
        if len(holders) < run.concurrency_limit:
            return run, ()
        name = run.task_id or run.concurrency_key
        match if_busy:
            case IfBusy.REJECT:
                raise Busy(
                    f"{name} is busy with run {holders[0]}",
                    run_id=holders[0],
                    hint="wait for it, cancel it, or submit with if_busy=queue or replace",
                )
            case IfBusy.SKIP:
                reason = f"{name} was busy with run {holders[0]}"
                skipped = replace(
                    run,
                    status=RunStatus.CANCELLED,
                    finished_at=run.submitted_at,
                    cancel_reason=reason,
                    error=RunError(type="skipped", message=reason),
                )
                return skipped, ()
            case IfBusy.REPLACE:
                return run, holders
            case _:
                assert_never(if_busy)


def _checked_params(spec: TaskSpec, given: Mapping[str, Any]) -> dict[str, Any]:
    return parameters.check(spec.parameters, given, extra_allowed=spec.extra_parameters)


def _store(tx: Tx, fresh: Sequence[Run], beside: Beside | None) -> list[Run]:
    stored = runs.insert(tx, fresh)
    if beside is not None:
        for run in stored:
            beside(tx, run)
    return stored


def _not_before(request: SubmitRequest, now: datetime) -> datetime | None:
    if request.not_before is not None and request.delay is not None:
        raise Invalid("give `not_before` or a delay, not both")
    time = now + request.delay if request.delay is not None else request.not_before
    return time if time is not None and time > now else None


def _concurrency(request: SubmitRequest, definition: _Definition) -> tuple[str | None, int]:
    """The default key is the task itself; a task with `concurrency = 0` and one-offs have none.

    Drafts of a task keep to its limit among themselves, and never hold up the task.
    """
    limit = definition.spec.concurrency
    if request.concurrency_key is not None:
        return request.concurrency_key, max(limit, 1)
    if definition.task_id is None or limit == 0:
        return None, 1
    kind = "task" if definition.draft is None else "draft"
    return f"{kind}:{definition.task_id}", limit


def _replay(earlier: Run, run: Run) -> Submitted | RunyardError:
    """The first run under the key, if all that this request froze is the same."""
    frozen = ("task_id", "executor", "queue", "params", "argv", "labels", "priority", "draft")
    same = all(getattr(earlier, name) == getattr(run, name) for name in frozen)
    if same and earlier.spec.config == run.spec.config:
        return Submitted(run=earlier, created=False)
    return IdempotencyMismatch(
        f"the idempotency key {run.idempotency_key!r} was used for another request",
        hint="use a fresh key for a different run",
        run_id=earlier.id,
    )
