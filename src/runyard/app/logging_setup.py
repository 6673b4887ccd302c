"""The server's own log: the console, and `app.log` beside the runs' logs."""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path

_FORMAT = "%(asctime)s - %(name)s - %(levelname)s - %(message)s"
_BYTES = 10 * 1024 * 1024
_FILES = 5


def set_up_logging(logs_dir: Path, level: str) -> None:
    """Configure the root logger once for this process."""
    formatter = logging.Formatter(_FORMAT)
    file = logging.handlers.RotatingFileHandler(
        logs_dir / "app.log", maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8"
    )
    console = logging.StreamHandler()
    root = logging.getLogger()
    root.setLevel(level)
    for handler in (file, console):
        handler.setFormatter(formatter)
        root.addHandler(handler)
    # One line a request is the reverse proxy's business; what changes is logged by its meaning.
    for chatty in ("uvicorn.access", "uvicorn.error", "alembic", "watchfiles"):
        logging.getLogger(chatty).setLevel("WARNING")
