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

TRIVIAL = "print('hello')\n"
CHATTY = (
    "import os\nblock = b'x' * 65535 + b'\\n'\nfor _ in range({blocks}):\n    os.write(1, block)\n"
)
LINES = "for i in range({lines}):\n    print('a line of a usual length, number', i)\n"


def rate(supervised: Supervised, launch: dict[str, Any], *, seconds: float, at_once: int) -> float:
    """Runs per second with `at_once` of them in the air."""
    running = done = 0
    begin = time.monotonic()
    end = begin + seconds
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
    return done / (time.monotonic() - begin)


def latencies_ms(supervised: Supervised, launch: dict[str, Any], *, count: int) -> list[float]:
    """From sending `start` to the arrival of `started`, one run at a time."""
    found = []
    for _ in range(count):
        order = supervised.launch(**launch)
        begin = time.perf_counter()
        supervised.send({"op": "start", "launch": order})
        supervised.wait_for(order["key"], "started")
        found.append((time.perf_counter() - begin) * 1000)
        supervised.finish(order["key"])
        supervised.events.clear()
    return sorted(found)


def by_hand(script: Path, *, seconds: float) -> float:
    begin = time.monotonic()
    done = 0
    while time.monotonic() < begin + seconds:
        subprocess.run([sys.executable, str(script)], stdout=subprocess.DEVNULL, check=True)
        done += 1
    return done / (time.monotonic() - begin)


def xargs(script: Path, *, count: int) -> float:
    begin = time.monotonic()
    numbers = "\n".join(str(number) for number in range(count))
    command = ["xargs", "-P2", "-n1", sys.executable, str(script)]
    subprocess.run(command, input=numbers, text=True, stdout=subprocess.DEVNULL, check=True)
    return count / (time.monotonic() - begin)


def redirect_mb_s(script: Path, log: Path) -> float:
    begin = time.monotonic()
    with log.open("wb") as file:
        subprocess.run([sys.executable, "-u", str(script)], stdout=file, check=True)
    return log.stat().st_size / (time.monotonic() - begin) / 1e6


def pumped_mb_s(supervised: Supervised, script: Path) -> float:
    begin = time.monotonic()
    key = supervised.start(path=str(script))
    exited = supervised.finish(key, timeout_s=120)
    return float(exited["log_end"]) / (time.monotonic() - begin) / 1e6


def show(name: str, figure: float, unit: str, *, against: float | None = None) -> None:
    ratio = "" if against is None else f"   {figure / against:5.2f}x"
    print(f"{name:<44}{figure:>10.1f} {unit}{ratio}", flush=True)


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
    plain = by_hand(trivial, seconds=seconds)
    two = xargs(trivial, count=int(80 * seconds))
    show("python x.py by hand, one after another", plain, "runs/s")
    show("xargs -P2 python x.py", two, "runs/s")
    command = {"kind": "command", "argv": ["/bin/true"]}
    root = str(Path(__file__).resolve().parents[1])
    function = {
        "kind": "function",
        "target": "tests.process.targets:nothing",
        "sys_path": [root],
    }
    pooled = function | {"isolation": "pool"}
    for name, launch, at_once, against in (
        ("scripts", script, 1, plain),
        ("scripts", script, 2, two),
        ("scripts", script, 8, two),
        ("commands", command, 2, None),
        ("functions, forked", function, 2, None),
        ("functions, pooled", pooled, 2, None),
        ("functions, pooled", pooled, 64, None),
    ):
        figure = rate(supervised, launch, seconds=seconds, at_once=at_once)
        show(f"{name}, {at_once} at once", figure, "runs/s", against=against)
    times = latencies_ms(supervised, script, count=200)
    show("script start latency, p50", statistics.median(times), "ms")
    show("script start latency, p99", times[int(len(times) * 0.99)], "ms")
    measure_pump(supervised, folder)


def measure_pump(supervised: Supervised, folder: Path) -> None:
    for name, source, redirect in (
        ("64 KB writes", CHATTY.format(blocks=8000), redirect_mb_s),
        ("line prints", LINES.format(lines=1_500_000), redirect_lines_mb_s),
    ):
        path = folder / f"{name.replace(' ', '_')}.py"
        path.write_text(source)
        direct = redirect(path, folder / "direct.log")
        show(f"{name}: redirect", direct, "MB/s")
        show(f"{name}: pumped", pumped_mb_s(supervised, path), "MB/s", against=direct)


def redirect_lines_mb_s(script: Path, log: Path) -> float:
    """The same line-by-line promptness as a run has: a write for each line."""
    prompt = script.with_name("prompt.py")
    prompt.write_text(
        "import sys\nsys.stdout.reconfigure(line_buffering=True)\n" + script.read_text()
    )
    begin = time.monotonic()
    with log.open("wb") as file:
        subprocess.run([sys.executable, str(prompt)], stdout=file, check=True)
    return log.stat().st_size / (time.monotonic() - begin) / 1e6


if __name__ == "__main__":
    main()
