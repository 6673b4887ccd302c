"""PixivTailor's image folder: its tree, single files, and removing some. Nothing leaves it."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runyard.domain.errors import NotFound

ROOT = "images"
IMAGES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"})
_MOST_FILES = 20_000  # in one answer
_OF_TASK = re.compile(r"_(\w+)_([0-9a-f]{8})$")


@dataclass(frozen=True, slots=True)
class ImageFolder:
    """Paths of clients are relative to it, with or without `images/` in front.

    Methods do I/O and block. A path that would leave the folder counts as not there.
    """

    path: Path

    def file(self, name: str) -> Path:
        """An existing file. Raises `NotFound`."""
        found = self._inside(name)
        if found is None or not found.is_file():
            raise NotFound("Image not found")
        return found

    def image_of_task(self, task_id: str, number: int) -> Path:
        """`generated_<task>_<number>.<ext>`, or the image at that place (from 0) in the folder."""
        folder = next(iter(sorted(self.path.glob(f"*_{task_id}"))), None)
        if folder is None or not folder.is_dir():
            raise NotFound("Image not found")
        images = sorted(_images_in(folder))
        named = [image for image in images if image.stem == f"generated_{task_id}_{number}"]
        found = named or images[number : number + 1]
        if not found:
            raise NotFound("Image not found")
        return self.file(str(found[0].relative_to(self.path)))

    def tree(self) -> dict[str, Any]:
        """One child for each folder, the newest first."""
        left = [_MOST_FILES]
        children = [self._branch(folder, left) for folder in self._folders()]
        return {"key": ROOT, "title": ROOT, "isFolder": True, "children": children}

    def images(self, type_: str) -> list[dict[str, Any]]:
        """The images of all tasks of a type, newest folder first."""
        found: list[dict[str, Any]] = []
        for folder in self._folders():
            named = _OF_TASK.search(folder.name)
            if named is None or named[1] != type_:
                continue
            for image in sorted(_images_in(folder)):
                if len(found) >= _MOST_FILES:
                    return found
                found.append(self._image(image, task_id=named[2]))
        return found

    def delete(self, names: list[str]) -> Deleted:
        """Files first, then folders; the image folder itself stays."""
        deleted = Deleted()
        targets = {name: self._inside(name) for name in names}
        for name, target in sorted(
            targets.items(), key=lambda item: item[1] is not None and item[1].is_dir()
        ):
            reason = "not found" if target is None else _remove(target, keep=self.path)
            if reason is None:
                deleted.count += 1
            else:
                deleted.failed.append({"path": name, "error": reason})
        return deleted

    def _inside(self, name: str) -> Path | None:
        if "\0" in name or "\\" in name or len(name) > 1024:
            return None
        relative = Path(name.removeprefix(f"{ROOT}/"))
        if relative.is_absolute() or ".." in relative.parts:
            return None
        try:
            found = (self.path / relative).resolve()
            inside = found.is_relative_to(self.path.resolve()) and found.exists()
        except (OSError, RuntimeError):  # too long, or links in a circle
            return None
        return found if inside else None

    def _folders(self) -> list[Path]:
        if not self.path.is_dir():
            return []
        found = [(_changed(entry), entry) for entry in self.path.iterdir() if entry.is_dir()]
        return [entry for _, entry in sorted(found, key=lambda pair: pair[0], reverse=True)]

    def _branch(self, folder: Path, left: list[int]) -> dict[str, Any]:
        leaves = []
        for file in sorted(entry for entry in folder.iterdir() if entry.is_file()):
            if left[0] <= 0:
                break
            left[0] -= 1
            leaves.append(
                {
                    "key": self._name(file),
                    "title": file.name,
                    "filePath": self._name(file),
                    "fileType": file.suffix.lstrip(".").lower(),
                    "isLeaf": True,
                }
            )
        return {
            "key": self._name(folder),
            "title": f"{folder.name} ({len(_images_in(folder))}张)",
            "filePath": self._name(folder),
            "isFolder": True,
            "children": leaves,
        }

    def _image(self, image: Path, *, task_id: str) -> dict[str, Any]:
        name = self._name(image)
        return {
            "id": name,
            "task_id": task_id,
            "title": image.stem,
            "file_path": name,
            "url": f"/api/{name}",
            "size": image.stat().st_size,
        }

    def _name(self, path: Path) -> str:
        return f"{ROOT}/{path.relative_to(self.path).as_posix()}"


@dataclass(slots=True)
class Deleted:
    count: int = 0
    failed: list[dict[str, str]] = field(default_factory=list)


def _images_in(folder: Path) -> list[Path]:
    return [entry for entry in folder.iterdir() if entry.suffix.lower() in IMAGES]


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _remove(target: Path, *, keep: Path) -> str | None:
    """Why it could not be removed; None: it is gone."""
    if target == keep.resolve():
        return "the image folder itself can't be deleted"
    try:
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
    except OSError as error:
        return error.strerror or "it can't be deleted"
    return None
