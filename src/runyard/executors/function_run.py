"""Inside the run process of a `function` run: its parameters become the arguments of the call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from runyard.executors.performing import end, launch_from_environment, perform
from runyard.executors.signatures import bind
from runyard.sdk.context import Context


def run(launch: Mapping[str, Any]) -> int:
    """`Launch.target` of function runs; `launch` is the launch as JSON. Answers the exit code."""
    return perform(launch, _call)


def _call(
    function: Callable[..., Any], launch: Mapping[str, Any], context: Context
) -> Callable[[], Any]:
    positional, named = bind(function, launch["params"], context)
    return partial(function, *positional, **named)


if __name__ == "__main__":
    end(run(launch_from_environment()))
