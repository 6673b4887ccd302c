"""Starts the supervisor as a process that outlives the server."""

from __future__ import annotations

import contextlib
import logging
import socket
import subprocess
import sys
import threading
from pathlib import Path

_logger = logging.getLogger(__name__)
_TAIL_BYTES = 2000
# Needs only the standard library and this package: without `site`, which may import a lot, it is
# up sooner and smaller. The path is where this package lies, installed or not.
_PROGRAM = (
    f"import sys; sys.path.append({str(Path(__file__).resolve().parents[3])!r}); "
    "from runyard.process.supervisor import main; sys.exit(main())"
)


class Spawner:
    """Starts a supervisor for one data folder when none that we started is still coming up."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._log = data_dir / "supervisor.log"
        self._process: subprocess.Popen[bytes] | None = None

    def ensure_early(self) -> None:
        """Start one unless one answers, so that it comes up while the server still imports."""
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as probe:
            try:
                probe.connect(str(self._data_dir / "supervisor.sock"))
            except OSError:
                self.ensure()

    def ensure(self) -> None:
        """A second one by accident does no harm: it finds the folder locked and ends."""
        if self._process is not None and self._process.returncode is None:
            return
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _PROGRAM, "--data", str(self._data_dir)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                close_fds=True,
            )
        _logger.info("started the supervisor, process %d", process.pid)
        self._process = process
        # Reaped by a thread of its own, so that it never stays behind as a zombie of ours.
        threading.Thread(target=process.wait, name="supervisor-reaper", daemon=True).start()

    def dismiss(self) -> None:
        """End the one that was started here, if any; for a server to which nothing was given."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()

    def log_tail(self) -> str:
        """The end of the supervisor's log, for the sentence that says why it did not come up."""
        try:
            with self._log.open("rb") as log:
                log.seek(max(0, log.seek(0, 2) - _TAIL_BYTES))
                return log.read().decode(errors="replace").strip()
        except OSError as error:
            return f"({error})"
