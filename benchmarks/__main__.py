"""All measurements, one after the other: `python -m benchmarks`. They never gate anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PARTS = {
    "product.py": [],  # through the API
    "process.py": [],  # supervisor and zygotes alone
    "store.py": [],  # the database alone, and pages over 1,000,000 runs
    "schedules.py": [],  # 100,000 of them, and 1,000 due at once
    "api.py": [],  # the HTTP face alone
}


def main() -> int:
    worst = 0
    for name, arguments in PARTS.items():
        print(f"\n== {name}", flush=True)
        path = Path(__file__).parent / name
        worst = max(
            worst, subprocess.run([sys.executable, str(path), *arguments], check=False).returncode
        )
    return worst


if __name__ == "__main__":
    sys.exit(main())
