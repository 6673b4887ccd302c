"""A process that writes lives of runs as fast as it can and prints what was acknowledged.

`python -m tests.store.writing_process URL`: a line for each fact, printed after its commit:
`inserted ID`, `claimed ID`, `succeeded ID`, and `number N` for a change number it was given.
"""

from __future__ import annotations

import asyncio
import os
import sys

from runyard.domain.states import RunStatus
from runyard.store import Store, open_store, runs
from runyard.store.runs import Finish
from tests.store.making import NOW, new_run, outcome


async def _live(store: Store, count: int) -> None:
    for _ in range(count):
        run = new_run()
        await store.write(lambda tx, run=run: runs.insert(tx, [run]))  # type: ignore[misc]
        _say(f"inserted {run.id}\nnumber {run.seq}\n")
        (claimed,) = await store.write(
            lambda tx, id_=run.id: runs.claim(tx, [id_], at=NOW)  # type: ignore[misc]
        )
        _say(f"claimed {run.id}\nnumber {claimed.seq}\n")
        end = Finish(
            run_id=run.id, attempt=1, status=RunStatus.SUCCEEDED, outcome=outcome(exit_code=0)
        )
        (ended,) = await store.write(lambda tx, end=end: runs.finish(tx, [end]))  # type: ignore[misc]
        _say(f"succeeded {run.id}\nnumber {ended.seq}\n")


def _say(text: str) -> None:
    os.write(1, text.encode())  # unbuffered: a killed process has said what it did


async def main() -> None:
    store = open_store(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    _say("ready\n")
    await asyncio.gather(*(_live(store, count) for _ in range(8)))
    store.close()


if __name__ == "__main__":
    asyncio.run(main())
