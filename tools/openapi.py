"""Writes the server's OpenAPI document for the page's typed client: `web/openapi.json`.

With `--check` it only says whether the file is current.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from runyard.api.app import operations
from runyard.api.openapi import document

TARGET = Path(__file__).parents[1] / "web" / "openapi.json"


def current() -> str:
    made = document(tuple(operations()))
    return json.dumps(made, indent=1, ensure_ascii=False, default=str, sort_keys=True) + "\n"


def main() -> int:
    text = current()
    if "--check" in sys.argv[1:]:
        if TARGET.read_text(encoding="utf-8") == text:
            return 0
        sys.stderr.write("web/openapi.json is behind the server: run make web/openapi.json\n")
        return 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
