"""PixivTailor's generation configurations: one JSON file each, its id is the file's name."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runyard.domain.errors import Invalid, NotFound

_ID = re.compile(r"[\w-]{1,80}")
_LARGEST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Configs:
    """Methods do I/O and block. A file that is not a JSON object counts as not there."""

    path: Path

    def get(self, config_id: str) -> dict[str, Any]:
        """Raises `NotFound`."""
        found = _read(self._file(config_id))
        if found is None:
            raise NotFound("Config not found")
        return {**found, "id": config_id}

    def all(self) -> list[dict[str, Any]]:
        """By id."""
        if not self.path.is_dir():
            return []
        read = ((file.stem, _read(file)) for file in sorted(self.path.glob("*.json")))
        return [{**found, "id": name} for name, found in read if found is not None and _is_id(name)]

    def save(self, config_id: str, config: dict[str, Any]) -> dict[str, Any]:
        """Keep it, replacing an older one in one step."""
        file = self._file(config_id)
        self.path.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f"{file.stem}.{secrets.token_hex(4)}.new")
        fresh.write_text(json.dumps(config, ensure_ascii=False, indent=2), encoding="utf-8")
        fresh.replace(file)
        return {**config, "id": config_id}

    def delete(self, config_id: str) -> None:
        """Raises `NotFound`."""
        self.get(config_id)
        self._file(config_id).unlink(missing_ok=True)

    def _file(self, config_id: str) -> Path:
        if not _is_id(config_id):
            raise Invalid("Invalid config id")
        return self.path / f"{config_id}.json"


def overridden(config: dict[str, Any], override: dict[str, Any]) -> dict[str, Any]:
    """The configuration with other values in place; an empty text never replaces one."""
    return {**config, **{name: value for name, value in override.items() if value != ""}}


def _is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None and text.isprintable()


def _read(file: Path) -> dict[str, Any] | None:
    try:
        if file.stat().st_size > _LARGEST:
            return None
        found = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
