"""Launches for tests of engines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from runyard.engines.contract import AttemptKey, Launch, LaunchKind


def script(folder: Path, text: str, *, key: str = "r1.1", **fields: Any) -> Launch:
    """A launch of `text` as a script of its own in `folder`."""
    path = folder / f"{key}.py"
    path.write_text(text)
    return Launch(
        key=AttemptKey(key),
        kind=LaunchKind.SCRIPT,
        task_id="hello",
        log_path=folder / f"hello_{key.partition('.')[0]}.log",
        cwd=folder,
        path=path,
        code_path=path,
        **fields,
    )
