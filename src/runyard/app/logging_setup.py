"""The server's own log: the console, and `app.log` beside the runs' logs."""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import sys
import time
from pathlib import Path

APP_LOG = "app.log"
_FORMAT = "%(asctime)s - %(name)s - %(levelname)s - %(message)s"
_BYTES = 10 * 1024 * 1024
_FILES = 5
_COMPLAIN_EVERY_S = 300.0


class _FileThatMayFail(logging.handlers.RotatingFileHandler):
    """A full disk, or a folder that is gone, costs lines of this file and nothing else.

    The console is told so now and then; it has the lines themselves, too.
    """

    _complained_at: float | None = None

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        del record
        if self.stream is not None:
            with contextlib.suppress(OSError):  # told below
                self.stream.close()  # what it still holds would fail again and again
            self.stream = None  # the next record opens it
        now = time.monotonic()
        if self._complained_at is None or now - self._complained_at >= _COMPLAIN_EVERY_S:
            self._complained_at = now
            print(f"{self.baseFilename} can't be written: {sys.exc_info()[1]}", file=sys.stderr)  # noqa: T201


def set_up_logging(logs_dir: Path, level: str) -> None:
    """Configure the root logger once for this process."""
    formatter = logging.Formatter(_FORMAT)
    file = _FileThatMayFail(
        logs_dir / APP_LOG, maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8", delay=True
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
