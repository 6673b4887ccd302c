"""Where the server of a data folder can be found: what it says of itself in `server.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

_FILE = "server.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningServer:
    """For `runyard restart` and `stop`. `started_at` tells one server from the next."""

    pid: int
    url: str
    started_at: str


def write(data_dir: Path, server: RunningServer) -> None:
    """Replaces what an earlier server left, in one step."""
    temporary = data_dir / f"{_FILE}.new"
    facts = json.dumps(asdict(server), separators=(",", ":"))
    temporary.write_text(facts, encoding="utf-8")
    temporary.replace(data_dir / _FILE)


def read(data_dir: Path) -> RunningServer | None:
    """The server that announced itself in `data_dir`; it may have died since."""
    try:
        facts = json.loads((data_dir / _FILE).read_bytes())
        return RunningServer(
            pid=int(facts["pid"]), url=str(facts["url"]), started_at=str(facts["started_at"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remove(data_dir: Path) -> None:
    (data_dir / _FILE).unlink(missing_ok=True)
