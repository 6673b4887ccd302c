"""The tasks folder on disk: which scripts are there, reading them, and changing them atomically."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runyard.definitions.source import MAX_BYTES, decode_source, too_large
from runyard.definitions.task_ids import check_task_id
from runyard.domain.errors import Conflict, Invalid, NotFound
from runyard.domain.tasks import Problem
from runyard.runtime.file_swap import KEPT, exchange, move_new, sync_folder

SUFFIX = ".py"
FILE = "file"  # where a problem is that concerns the file as a whole
_WRITING = ".runyard-writing"  # being written: worthless
_SWAP = ".runyard-swap"  # complete: the new content before the exchange, the old one after it

Signature = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The scripts of the folder by task id, and the names that can't be tasks."""

    signatures: dict[str, Signature]
    refused: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one file held. `content` None: it can't be used, and `problem` says why."""

    task_id: str
    content: str | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A complete file that a killed server left between two steps of an edit."""

    task_id: str
    content: str | None
    path: Path


class Folder:
    """All methods block on the disk; call them from a thread. One caller at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)

    def file(self, task_id: str) -> Path:
        return self.path / f"{task_id}{SUFFIX}"

    def scan(self) -> Listing:
        """Every `*.py` at the top level but those that start with `_` or `.`.

        A signature changes whenever the content may have changed. Raises OSError when the folder
        can't be read: that its tasks are gone must not be concluded.
        """
        signatures: dict[str, Signature] = {}
        refused = []
        with os.scandir(self.path) as entries:
            for entry in entries:
                if not entry.name.endswith(SUFFIX) or entry.name[0] in "._":
                    continue
                if _is_folder(entry):
                    continue
                stem = entry.name.removesuffix(SUFFIX)
                problem = _name_problem(stem)
                if problem is not None:
                    where = entry.name.encode(errors="replace").decode()
                    message = f"{where} is not a task: {problem}"
                    refused.append(Problem(message=message, where=where))
                    continue
                signature = self._signature(entry.path)
                if signature is not None:
                    signatures[stem] = signature
        return Listing(
            signatures=signatures, refused=tuple(sorted(refused, key=lambda item: item.where))
        )

    def signature(self, task_id: str) -> Signature | None:
        return self._signature(str(self.file(task_id)))

    def _signature(self, path: str) -> Signature | None:
        """None: it is not there."""
        try:
            facts = os.lstat(path)
            if stat.S_ISLNK(facts.st_mode):
                return (*_signed(facts), *self._target_signature(path))
        except OSError:
            return None
        return _signed(facts)

    def _target_signature(self, path: str) -> Signature:
        try:
            return _signed(os.stat(path))  # noqa: PTH116 - beside lstat, on a plain string
        except OSError:
            return ()

    def read(self, task_id: str) -> Reading:
        """The file's text, or why it can't be used. Raises FileNotFoundError when it is gone."""
        path = self.file(task_id)
        try:
            content = decode_source(self._bytes(path))
        except FileNotFoundError:
            if not path.is_symlink():
                raise
            return _unusable(task_id, "the link leads nowhere")
        except Invalid as error:
            message = error.message if error.hint is None else f"{error.message}; {error.hint}"
            return _unusable(task_id, message, line=error.facts.get("line"))
        except OSError as error:
            return _unusable(task_id, f"the file can't be read: {error.strerror or error}")
        return Reading(task_id=task_id, content=content)

    def _bytes(self, path: Path) -> bytes:
        real = self._inside(path)
        # A pipe or device of that name must neither block nor answer without end.
        descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor has no path
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Invalid("it is not a regular file")
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise too_large()
        return data

    def _inside(self, path: Path) -> Path:
        """Where the file really is; links may lead around in the folder, not out of it."""
        # Path.resolve raises on a link to itself; open does so too, and says why.
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(os.path.realpath(self.path)):
            raise Invalid("it is a link out of the tasks folder", hint="copy the file instead")
        return real

    def add(self, task_id: str, data: bytes) -> None:
        """A new file, durable when this returns. Raises Conflict when the name is taken."""
        path = self.file(task_id)
        temporary = self._written(path, data, mode=None)
        try:
            move_new(temporary, path)
        except FileExistsError:
            temporary.unlink(missing_ok=True)
            raise Conflict(f"there is a file {path.name} already", task_id=task_id) from None
        sync_folder(path.parent)

    def swap(self, task_id: str, data: bytes) -> Path:
        """Put `data` in the file's place in one step; its mode stays.

        Answers where the former content now is, exactly as it was at that instant; then call
        `settle` or `swap_back` with it. Readers see the old or the new content, never a mixture.
        """
        path = self._inside(self.file(task_id))
        if not path.exists():
            raise NotFound(f"the file {path.name} is gone", task_id=task_id)
        temporary = self._written(path, data, mode=stat.S_IMODE(path.stat().st_mode))
        ready = temporary.with_suffix(_SWAP)
        temporary.rename(ready)
        exchange(ready, path)
        sync_folder(path.parent)
        return ready

    def swap_back(self, task_id: str, former: Path) -> None:
        exchange(former, self._inside(self.file(task_id)))
        self.settle(former)

    def settle(self, former: Path) -> None:
        former.unlink(missing_ok=True)
        sync_folder(former.parent)

    def former_content(self, former: Path) -> str | None:
        """The text of a file that `swap` set aside; None when it is not a script's text."""
        try:
            return decode_source(self._bytes(former))
        except (OSError, Invalid):
            return None

    def remove(self, task_id: str) -> None:
        self.file(task_id).unlink(missing_ok=True)
        sync_folder(self.path)

    def rename(self, task_id: str, new_id: str) -> None:
        """Raises Conflict when a file has the new name, NotFound when the old one is gone."""
        try:
            move_new(self.file(task_id), self.file(new_id))
        except FileExistsError:
            name = self.file(new_id).name
            raise Conflict(f"there is a file {name} already", task_id=new_id) from None
        except FileNotFoundError:
            raise NotFound(f"the file of {task_id} is gone", task_id=task_id) from None
        sync_folder(self.path)

    def leftovers(self) -> Sequence[Leftover]:
        """What a killed server left; half-written files are removed on the way."""
        found = []
        for path in self.path.glob(".*"):
            if path.suffix == _WRITING:
                path.unlink(missing_ok=True)
            elif path.suffix in (_SWAP, f"{_SWAP}{KEPT}"):
                task_id = path.name[1:].rpartition(SUFFIX)[0]
                found.append(
                    Leftover(task_id=task_id, content=self.former_content(path), path=path)
                )
        return found

    def _written(self, path: Path, data: bytes, *, mode: int | None) -> Path:
        """A durable file with `data` beside `path`. `mode` None: what the umask says."""
        name = f".{path.stem}{SUFFIX}-{secrets.token_hex(4)}{_WRITING}"
        temporary = path.with_name(name)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        try:
            descriptor = os.open(temporary, flags, 0o666 if mode is None else 0o600)
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor has no path
                file.write(data)
                file.flush()
                if mode is not None:
                    os.fchmod(descriptor, mode)
                os.fsync(descriptor)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise Conflict(f"can't write to the tasks folder: {error.strerror or error}") from error
        return temporary


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # a link to itself


def _signed(facts: os.stat_result) -> Signature:
    return (facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size, facts.st_ino, facts.st_dev)


def _name_problem(stem: str) -> str | None:
    try:
        if check_task_id(stem) != stem:
            return "its name is not in Unicode's composed form (NFC); rename it"
    except Invalid as error:
        return error.message
    return None


def _unusable(task_id: str, message: str, *, line: int | None = None) -> Reading:
    return Reading(task_id=task_id, problem=Problem(message=message, where=FILE, line=line))
