"""What the supervisor does per second, as ratios against the plain way, in one run.

python benchmarks/process.py [seconds per figure]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.process.client import Supervised

from benchmarks.measuring import Spent, cpu_of, cpu_of_children, in_turns, measured, tell

ROUNDS = 3
TRIVIAL = "print('hello')\n"
CHATTY = (
    "import os\nblock = b'x' * 65535 + b'\\n'\nfor _ in range({blocks}):\n    os.write(1, block)\n"
)
LINES = "for i in range({lines}):\n    print('a line of a usual length, number', i)\n"


def rate(supervised: Supervised, launch: dict[str, Any], *, seconds: float, at_once: int) -> Spent:
    """Runs with `at_once` of them in the air, for so long."""

    def work() -> int:
        running = done = 0
        end = time.monotonic() + seconds
        while running or time.monotonic() < end:
            starts = []
            while running < at_once and time.monotonic() < end:
                starts.append({"op": "start", "launch": supervised.launch(**launch)})
                running += 1
            if starts:
                supervised.send(*starts)
            supervised.receive(10)
            exited = [event for event in supervised.events if event["event"] == "exited"]
            assert all(event["exit_code"] == 0 for event in exited), exited
            if exited:
                supervised.send({"op": "ack", "seq": exited[-1]["seq"]})
            done += len(exited)
            running -= len(exited)
            supervised.events.clear()
        return done

    return measured(work, cpu=lambda: cpu_of(supervised.process.pid))


def latencies_ms(supervised: Supervised, launch: dict[str, Any], *, count: int) -> list[float]:
    """From sending `start` to the moment that `started` names, one run at a time."""
    found = []
    for _ in range(count):
        order = supervised.launch(**launch)
        begin_us = time.time_ns() // 1000
        supervised.send({"op": "start", "launch": order})
        started = supervised.wait_for(order["key"], "started")
        found.append((started["at_us"] - begin_us) / 1000)
        supervised.finish(order["key"])
        supervised.events.clear()
    return sorted(found)


def by_hand(script: Path, *, seconds: float) -> Spent:
    def work() -> int:
        end, done = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            subprocess.run([sys.executable, str(script)], stdout=subprocess.DEVNULL, check=True)
            done += 1
        return done

    return measured(work, cpu=cpu_of_children)


def xargs(script: Path, *, count: int) -> Spent:
    def work() -> int:
        numbers = "\n".join(str(number) for number in range(count))
        command = ["xargs", "-P2", "-n1", sys.executable, str(script)]
        subprocess.run(command, input=numbers, text=True, stdout=subprocess.DEVNULL, check=True)
        return count

    return measured(work, cpu=cpu_of_children)


def redirect(script: Path, log: Path) -> Spent:
    """In bytes of output."""

    def work() -> int:
        with log.open("wb") as file:
            subprocess.run([sys.executable, "-u", str(script)], stdout=file, check=True)
        return log.stat().st_size

    return measured(work, cpu=cpu_of_children)


def pumped(supervised: Supervised, script: Path) -> Spent:
    def work() -> int:
        key = supervised.start(path=str(script))
        return int(supervised.finish(key, timeout_s=120)["log_end"])

    return measured(work, cpu=lambda: cpu_of(supervised.process.pid))


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    with tempfile.TemporaryDirectory(prefix="ry", dir="/tmp") as folder:
        supervised = Supervised(Path(folder))
        supervised.connect()
        try:
            measure(supervised, Path(folder), seconds)
        finally:
            supervised.close()


def measure(supervised: Supervised, folder: Path, seconds: float) -> None:
    trivial = folder / "trivial.py"
    trivial.write_text(TRIVIAL)
    script = {"path": str(trivial)}
    rate(supervised, script, seconds=0.5, at_once=2)
    command = {"kind": "command", "argv": ["/bin/true"]}
    root = str(Path(__file__).resolve().parents[1])
    function = {
        "kind": "function",
        "target": "tests.process.targets:nothing",
        "sys_path": [root],
    }
    pooled = function | {"isolation": "pool"}
    for name, launch, at_once in (
        ("scripts", script, 1),
        ("scripts", script, 2),
        ("scripts", script, 8),
        ("commands", command, 2),
        ("functions, forked", function, 2),
        ("functions, pooled", pooled, 2),
        ("functions, pooled", pooled, 64),
    ):
        peer = "python x.py by hand" if at_once == 1 else "xargs -P2 python x.py"
        own, other = in_turns(
            ROUNDS,
            lambda launch=launch, at_once=at_once: rate(  # type: ignore[misc]
                supervised, launch, seconds=seconds / ROUNDS, at_once=at_once
            ),
            lambda at_once=at_once: (  # type: ignore[misc]
                by_hand(trivial, seconds=seconds / ROUNDS)
                if at_once == 1
                else xargs(trivial, count=int(20 * seconds))
            ),
        )
        beside = f"{own.rate / other.rate:.1f} x {peer} ({other.rate:.0f}/s, "
        beside += f"{other.cpu_us:,.0f} us)"
        tell(f"{name}, {at_once} at once", f"{own.rate:.0f}/s", cpu_us=own.cpu_us, beside=beside)
    times = latencies_ms(supervised, script, count=200)
    figure = f"{statistics.median(times):.1f} / {times[int(len(times) * 0.99)]:.1f} ms"
    tell("script start latency", figure, beside="p50 / p99")
    measure_pump(supervised, folder)


def measure_pump(supervised: Supervised, folder: Path) -> None:
    lines = LINES.format(lines=1_000_000)
    # The same line-by-line promptness as a run has: a write for each line.
    prompt = "import sys\nsys.stdout.reconfigure(line_buffering=True)\n" + lines
    chatty = CHATTY.format(blocks=4000)
    for name, source, plain in (("64 KB writes", chatty, chatty), ("line prints", lines, prompt)):
        path, peer = folder / "pumped.py", folder / "plain.py"
        path.write_text(source)
        peer.write_text(plain)
        own, direct = in_turns(
            ROUNDS,
            lambda path=path: pumped(supervised, path),  # type: ignore[misc]
            lambda peer=peer: redirect(peer, folder / "direct.log"),  # type: ignore[misc]
        )
        beside = f"{own.rate / direct.rate:.2f} x a redirect ({direct.rate / 1e6:.0f} MB/s, "
        beside += f"{direct.cpu_us * 1e6:,.0f} us); CPU is for each MB, the run's included"
        tell(f"log: {name}", f"{own.rate / 1e6:.0f} MB/s", cpu_us=own.cpu_us * 1e6, beside=beside)


if __name__ == "__main__":
    main()
