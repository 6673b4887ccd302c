"""A process that edits tasks without end and prints each edit that was answered; to be killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.runtime.catalogs import Place


async def edit_for_ever(root: Path, start: int) -> None:
    async with Place(root).open() as catalog:
        print("ready", flush=True)
        number = start
        while True:
            number += 1
            text = f"x = {number}\n"
            await catalog.update("job", text, author="api", message=str(number))
            print("update", number, flush=True)
            await catalog.create_script(f"new_{number}", text, author="api", message=str(number))
            print("create", number, flush=True)
            await catalog.rename(f"new_{number}", f"old_{number}", author="api")
            print("rename", number, flush=True)


if __name__ == "__main__":
    asyncio.run(edit_for_ever(Path(sys.argv[1]), int(sys.argv[2])))
