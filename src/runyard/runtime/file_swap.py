"""Moves of files that the standard library lacks: exchange two, and move without overwriting."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

KEPT = "-kept"  # ends the name of the former file between two steps of the long way
_AT_FDCWD = -100
_NO_REPLACE = 1
_EXCHANGE = 2
_NOT_HERE = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM})


def exchange(one: Path, other: Path) -> None:
    """Swap the names of two files in one step (renameat2(2) with RENAME_EXCHANGE).

    Where the kernel or the file system does not know it, the former content of `other` is kept
    under the name of `one` all the same, but somebody who saves at that very instant may lose.
    """
    if _renameat2(one, other, _EXCHANGE):
        return
    kept = one.with_name(f"{one.name}{KEPT}")
    os.link(other, kept)
    one.replace(other)
    kept.rename(one)


def move_new(source: Path, target: Path) -> None:
    """Rename, but raise FileExistsError rather than replace a file."""
    if _renameat2(source, target, _NO_REPLACE):
        return
    os.link(source, target, follow_symlinks=False)
    source.unlink()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _renameat2(source: Path, target: Path, flags: int) -> bool:
    """False: not possible here."""
    function = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if function is None:
        return False
    if function(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), flags) == 0:
        return True
    code = ctypes.get_errno()
    if code in _NOT_HERE:
        return False
    raise OSError(code, os.strerror(code), str(source), None, str(target))
