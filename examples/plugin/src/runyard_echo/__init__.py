"""A type of task: says something a few times.

Install it beside Runyard, start the server, and run one:

    pip install examples/plugin
    runyard run --executor echo --config '{"text": "hello", "times": 3}' --follow
"""

from dataclasses import dataclass

import runyard


@dataclass
class Echo:
    """The configuration; it is checked before a run starts."""

    text: str
    times: int = 1


@runyard.executor("echo", config=Echo, queue_limit=2)
def echo(config: Echo, context: runyard.Context) -> dict[str, object]:
    """Say something a few times."""
    for _ in runyard.track(range(config.times), "saying"):
        print(config.text)
    return {"said": config.times, "run": context.run_id}
