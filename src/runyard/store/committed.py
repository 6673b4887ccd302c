"""The changes of a commit, in order; runs stored in bulk become objects when somebody looks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from runyard.domain.runs import Run

if TYPE_CHECKING:
    from runyard.domain.schedules.model import Schedule
    from runyard.domain.tasks import Queue, Task

Kind = Literal["run", "task", "queue", "schedule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a run, task, queue or schedule is like after its change number `seq`."""

    seq: int
    kind: Kind
    object: Run | Task | Queue | Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class AlikeRuns:
    """New runs that are like `model` but for their id, parameters and number.

    `params` belong to the ids, place by place; numbers count up from `first_seq`.
    """

    model: Run
    ids: Sequence[str]
    params: Sequence[dict[str, Any]]
    first_seq: int

    def changes(self) -> Iterator[Change]:
        model = [get(self.model) for get in _READ]
        for seq, (run_id, params) in enumerate(
            zip(self.ids, self.params, strict=True), self.first_seq
        ):
            run = object.__new__(Run)
            for fill, value in zip(_FILL, model, strict=True):
                fill(run, value)
            _SET_ID(run, run_id)
            _SET_PARAMS(run, params)
            _SET_SEQ(run, seq)
            yield Change(seq=seq, kind="run", object=run)


# Filling the slots takes half the time of the constructor.
_READ = [getattr(Run, name).__get__ for name in Run.__slots__]
_FILL = [getattr(Run, name).__set__ for name in Run.__slots__]
_SET_ID, _SET_PARAMS, _SET_SEQ = (getattr(Run, name).__set__ for name in ("id", "params", "seq"))

Part: TypeAlias = "Change | AlikeRuns"


class Committed(Sequence[Change]):
    """A sequence of changes. Asking for its length or its newest number makes no objects."""

    __slots__ = ("_all", "_parts")

    def __init__(self, parts: Iterable[Part] = ()) -> None:
        self._parts = list(parts)
        self._all: list[Change] | None = None

    @property
    def newest(self) -> int:
        """The number of the last change."""
        last = self._parts[-1]
        return last.seq if isinstance(last, Change) else last.first_seq + len(last.ids) - 1

    def of_known_things(self) -> Iterator[Change]:
        """All but those that say that runs were submitted in bulk."""
        return (part for part in self._parts if isinstance(part, Change))

    def __len__(self) -> int:
        return sum(1 if isinstance(part, Change) else len(part.ids) for part in self._parts)

    def __bool__(self) -> bool:
        return bool(self._parts)

    def __iter__(self) -> Iterator[Change]:
        return iter(self._made())

    @overload
    def __getitem__(self, index: int) -> Change: ...
    @overload
    def __getitem__(self, index: slice) -> list[Change]: ...
    def __getitem__(self, index: int | slice) -> Change | list[Change]:
        return self._made()[index]

    def _made(self) -> list[Change]:
        if self._all is None:
            made: list[Change] = []
            for part in self._parts:
                if isinstance(part, Change):
                    made.append(part)
                else:
                    made.extend(part.changes())
            self._all = made
        return self._all


def of_known_things(batch: Sequence[Change]) -> Iterable[Change]:
    """What a listener looks at that has no use for runs which were only just submitted in bulk."""
    return batch.of_known_things() if isinstance(batch, Committed) else batch


def newest_of(batch: Sequence[Change]) -> int:
    """The number of the last change of a batch that is not empty."""
    return batch.newest if isinstance(batch, Committed) else batch[-1].seq
