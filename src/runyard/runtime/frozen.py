"""Contents of versions as immutable files, named by their hash: what runs execute."""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from runyard.definitions.source import encode_source
from runyard.domain.errors import NotFound
from runyard.runtime.file_swap import sync_folder

_SUFFIX = ".py"
_FLUSHES_AT_ONCE = 8


class FrozenContents:
    """Equal contents share a file; a file that is there is complete, durable and never changes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self) -> set[str]:
        """Make the folder; answers the hashes that it holds."""
        self._path.mkdir(parents=True, exist_ok=True)
        present = set()
        for file in self._path.iterdir():
            if file.suffix == _SUFFIX:
                present.add(file.stem)
            else:
                file.unlink(missing_ok=True)  # left half-written by a killed server
        return present

    def path(self, content_hash: str) -> Path:
        return self._path / f"{content_hash}{_SUFFIX}"

    def found(self, content_hash: str) -> Path:
        """The file of a content. Raises NotFound when it is not there."""
        path = self.path(content_hash)
        if not path.exists():
            raise NotFound("the frozen content of this run is gone", content_hash=content_hash)
        return path

    def keep_only(self, content_hashes: Collection[str]) -> int:
        """Remove the files of all other contents; answers how many. Nobody may be adding some."""
        others = self.open() - set(content_hashes)
        for content_hash in others:
            self.path(content_hash).unlink(missing_ok=True)
        return len(others)

    def put_all(self, contents: Mapping[str, str]) -> None:
        """Make all durable, by hash. Side by side, because a disk takes many waiting flushes as
        one: a folder of new scripts is taken over in a fraction of the time."""
        missing = [one for one in contents.items() if not self.path(one[0]).exists()]
        if len(missing) > 1:
            with ThreadPoolExecutor(min(_FLUSHES_AT_ONCE, len(missing))) as pool:
                list(pool.map(lambda one: self.put(*one), missing))
        else:
            for one in missing:
                self.put(*one)
        if missing:
            sync_folder(self._path)

    def put(self, content_hash: str, text: str) -> None:
        """Without making the name durable, too."""
        target = self.path(content_hash)
        if target.exists():
            return
        temporary = target.with_name(f"{content_hash}.{secrets.token_hex(4)}.writing")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with open(os.open(temporary, flags, 0o444), "wb") as file:  # noqa: PTH123 - with a mode
            file.write(encode_source(text))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
