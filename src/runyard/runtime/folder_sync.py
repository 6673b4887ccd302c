"""Keeps the store in step with the tasks folder: the file is the truth, each content a version."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from runyard import definitions
from runyard.definitions.script import Definition, read_script
from runyard.definitions.source import content_hash
from runyard.domain.errors import NotFound
from runyard.domain.tasks import Problem, Task, TaskSource
from runyard.runtime.clock import Clock
from runyard.runtime.folder import FILE, SUFFIX, Folder, Listing, Reading, Signature
from runyard.runtime.frozen import FrozenContents
from runyard.runtime.intents import Intents
from runyard.runtime.stand_ins import stand_in, stands_in
from runyard.runtime.task_index import TaskIndex
from runyard.store import Store, Tx, settings, tasks
from runyard.store.tasks import TaskChange

log = logging.getLogger("runyard.catalog")

FILE_AUTHOR = "file"
_READER_KEY = "catalog.reader"
_AT_ONCE = 100  # files in one transaction
_GONE_AFTER_S = 0.3  # some editors remove a file before they write it anew
_SETTLED_NS = 1_000_000_000  # within one tick of the clock a file can change unseen


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """One file as it was read: a content with its definition, or the reason against it.

    Neither of them: the content is the newest version, and nothing is new about it.
    """

    task_id: str
    signature: Signature | None
    content: str = ""
    digest: str = ""
    definition: Definition | None = None
    problem: Problem | None = None


class FolderSync:
    """Every method must be called with the lane held: one look or one edit at a time."""

    def __init__(
        self,
        *,
        store: Store,
        folder: Folder,
        frozen: FrozenContents,
        index: TaskIndex,
        intents: Intents,
        clock: Clock,
    ) -> None:
        self._store = store
        self._folder = folder
        self._frozen = frozen
        self._index = index
        self._intents = intents
        self._clock = clock
        self._seen: dict[str, Signature] = {}
        self._missing: dict[str, float] = {}
        self._is_same_reader = False
        self._suspect: set[str] = set()
        self.problems: tuple[Problem, ...] = ()

    async def open(self) -> None:
        """The first look. Contents that the same reader has read before are not parsed again."""
        reader = await asyncio.to_thread(_reader)
        stored = await self._store.read(lambda tx: settings.get(tx, _READER_KEY))
        self._is_same_reader = stored == reader
        await self.look(is_certain=True)
        if not self._is_same_reader:
            await self._store.write(lambda tx: settings.put(tx, _READER_KEY, reader))
            self._is_same_reader = True

    async def look(self, *, is_certain: bool = False) -> bool:
        """Take over what changed. False: a file is missing and may come back; look again soon.

        `is_certain`: nobody can be in the middle of replacing a file; missing means removed.
        """
        try:
            listing = await asyncio.to_thread(self._folder.scan)
        except OSError as error:
            message = f"the tasks folder can't be read: {error.strerror or error}"
            self.problems = (Problem(message=message, where=str(self._folder.path)),)
            return True
        foreign = {task_id for task_id in listing.signatures if self._is_foreign(task_id)}
        self.problems = (*listing.refused, *(_name_taken(name) for name in sorted(foreign)))
        changed = {
            task_id: signature
            for task_id, signature in listing.signatures.items()
            if task_id not in foreign and self._seen.get(task_id) != signature
        }
        await self._take_over(changed)
        return await self._let_go(listing, is_certain=is_certain)

    async def look_at(self, task_id: str) -> None:
        """The same for one task, at once."""
        if self._is_foreign(task_id):
            return
        signature = await asyncio.to_thread(self._folder.signature, task_id)
        if signature is not None:
            await self._take_over({task_id: signature})
        elif self._index.get(task_id) is not None:
            await self._delete([task_id])

    async def save(self, changes: Sequence[TaskChange]) -> Task:
        """Store versions whose contents stand in files, in order; answers the last one's task."""
        contents = {change.content_hash: change.content for change in changes}
        await asyncio.to_thread(self._frozen.put_all, contents)

        def write(tx: Tx) -> Task:
            for change in changes:
                saved = tasks.save(tx, change)
                intent = self._intents.get(change.id)
                if intent is not None and intent.content_hash == change.content_hash:
                    self._intents.drop(tx, change.id)
            return saved

        task = await self._store.write(write)
        for change in changes:
            intent = self._intents.get(change.id)
            if intent is not None and intent.content_hash == change.content_hash:
                self._intents.forget(change.id)
        return task

    def change(self, task_id: str, content: str, *, author: str, message: str) -> TaskChange:
        """The change that makes `content` the newest version of a file task."""
        definition = read_script(task_id, content)
        return TaskChange(
            id=task_id,
            source=TaskSource.FILE,
            spec=definition.spec,
            content=content,
            content_hash=content_hash(content),
            author=author,
            message=message,
            path=f"{task_id}{SUFFIX}",
            problems=definition.problems,
            at=self._clock.now(),
        )

    def forget(self, task_id: str) -> None:
        """The next look reads the file again, and understands it anew."""
        self._suspect.add(task_id)
        self._seen.pop(task_id, None)
        self._missing.pop(task_id, None)

    def _is_foreign(self, task_id: str) -> bool:
        task = self._index.get(task_id)
        return task is not None and task.source is not TaskSource.FILE

    async def _take_over(self, changed: Mapping[str, Signature]) -> None:
        names = sorted(changed)
        for start in range(0, len(names), _AT_ONCE):
            part = {name: changed[name] for name in names[start : start + _AT_ONCE]}
            found = await asyncio.to_thread(self._read, part)
            changes = [c for one in found if (c := self._change_of(one)) is not None]
            if changes:
                await self.save(changes)
            await self._report([one for one in found if one.problem is not None])
            now = time.time_ns()
            for one in found:
                self._missing.pop(one.task_id, None)
                self._suspect.discard(one.task_id)
                if one.signature is None or max(one.signature[:2]) > now - _SETTLED_NS:
                    self._seen.pop(one.task_id, None)
                else:
                    self._seen[one.task_id] = one.signature

    def _read(self, files: Mapping[str, Signature]) -> list[_Found]:
        found = []
        for task_id, signature in files.items():
            try:
                reading = self._folder.read(task_id)
            except FileNotFoundError:
                continue  # gone since the scan; the next look knows
            found.append(self._found(task_id, signature, reading))
        return found

    def _found(self, task_id: str, signature: Signature, reading: Reading) -> _Found:
        if reading.content is None:
            return _Found(task_id=task_id, signature=signature, problem=reading.problem)
        digest = content_hash(reading.content)
        is_trusted = self._is_same_reader and task_id not in self._suspect
        is_known = is_trusted and _is_newest(self._index.get(task_id), digest)
        return _Found(
            task_id=task_id,
            signature=signature,
            content=reading.content,
            digest=digest,
            definition=None if is_known else read_script(task_id, reading.content),
        )

    def _change_of(self, found: _Found) -> TaskChange | None:
        """None: nothing new."""
        if found.definition is None:
            return None
        task = self._index.get(found.task_id)
        spec, problems = found.definition.spec, found.definition.problems
        if task is not None and (task.content_hash, task.spec, task.problems) == (
            found.digest,
            spec,
            problems,
        ):
            return None
        intent = self._intents.get(found.task_id)
        known = intent is not None and intent.content_hash == found.digest
        return TaskChange(
            id=found.task_id,
            source=TaskSource.FILE,
            spec=spec,
            content=found.content,
            content_hash=found.digest,
            author=intent.author if intent is not None and known else FILE_AUTHOR,
            message=intent.message if intent is not None and known else "",
            path=f"{found.task_id}{SUFFIX}",
            problems=problems,
            at=self._clock.now(),
        )

    async def _report(self, unusable: Sequence[_Found]) -> None:
        """A file that can't be used leaves its task, with the problem and its last good version."""
        for one in unusable:
            if one.problem is None:
                continue
            task = self._index.get(one.task_id)
            problem = one.problem
            if task is None or stands_in(task):
                instead = stand_in(one.task_id, problem, author=FILE_AUTHOR, at=self._clock.now())
                if task is None or task.content_hash != instead.content_hash:
                    await self.save([instead])
                continue
            message = f"{problem.message}; version {task.version} stays in use"
            problem = replace(problem, message=message)
            if task.problems != (problem,):
                await self._set_problems(task.id, problem)

    async def _set_problems(self, task_id: str, problem: Problem) -> None:
        await self._store.write(lambda tx: tasks.update_state(tx, task_id, problems=(problem,)))

    async def _let_go(self, listing: Listing, *, is_certain: bool) -> bool:
        now = time.monotonic()
        gone = []
        for task in self._index.all():
            if task.source is not TaskSource.FILE or task.id in listing.signatures:
                continue
            since = self._missing.setdefault(task.id, now)
            if is_certain or now - since >= _GONE_AFTER_S:
                gone.append(task.id)
        self._missing = {k: v for k, v in self._missing.items() if k not in listing.signatures}
        await self._delete(gone)
        return not self._missing

    async def _delete(self, task_ids: Sequence[str]) -> None:
        at = self._clock.now()

        def write(tx: Tx) -> None:
            for task_id in task_ids:
                try:
                    tasks.delete(tx, task_id, at=at)
                except NotFound:
                    continue  # deleted over the API meanwhile

        if task_ids:
            await self._store.write(write)
        for task_id in task_ids:
            self.forget(task_id)


def _is_newest(task: Task | None, digest: str) -> bool:
    """Whether a file of this content leaves its task as it is; not so if it was unusable."""
    return (
        task is not None
        and task.content_hash == digest
        and all(problem.where != FILE for problem in task.problems)
    )


def _reader() -> str:
    """Changes whenever the same content may be understood in another way."""
    folder = Path(definitions.__file__).parent
    facts = [(f.name, f.stat().st_mtime_ns, f.stat().st_size) for f in sorted(folder.glob("*.py"))]
    return content_hash(f"{sys.version} {facts}")


def _name_taken(task_id: str) -> Problem:
    name = f"{task_id}{SUFFIX}"
    message = f"{name} is not used: a task {task_id!r} that is no file exists; rename one of them"
    return Problem(message=message, where=name)
