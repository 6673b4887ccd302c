"""Functions that tests and benchmarks name as the target of function launches."""

from __future__ import annotations

import json
import os
import time
from typing import Any


def nothing(launch: dict[str, Any]) -> int:
    return 0


def show_params(launch: dict[str, Any]) -> int:
    print(launch["params"])
    return 5


def measure_params(launch: dict[str, Any]) -> int:
    print(len(launch["params"]["x"]))
    return 0


def fail(launch: dict[str, Any]) -> int:
    raise LookupError(launch["key"])


def tell_process(launch: dict[str, Any]) -> int:
    """Print what the job sees of its process, then change all of it."""
    print(os.getpid(), os.getcwd(), os.environ["RUNYARD_RUN"], os.environ.get("LEFT"))
    os.chdir("/")
    os.environ["LEFT"] = "behind"
    return 0


def write_much(launch: dict[str, Any]) -> int:
    name = launch["params"]["name"]
    for _ in range(launch["params"]["lines"]):
        print(name)
    return 0


def sleep(launch: dict[str, Any]) -> int:
    print("up")
    time.sleep(launch["params"].get("s", 1000))
    return 0


def die(launch: dict[str, Any]) -> int:
    os.kill(os.getpid(), 9)
    return 0


def leave_child(launch: dict[str, Any]) -> int:
    """Leave a daemon behind, whose pid is printed."""
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        os.write(1, f"{os.getpid()}\n".encode())
        time.sleep(1000)
    os.wait()
    time.sleep(0.1)
    return 4


def send_result(launch: dict[str, Any]) -> int:
    with open(os.environ["RUNYARD_EVENTS"], "w") as events:
        events.write(json.dumps({"type": "result", "result": launch["key"]}) + "\n")
    return 0
