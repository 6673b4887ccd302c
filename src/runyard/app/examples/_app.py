"""Functions as tasks, and a task type of your own.

Files that start with `_` are no tasks. This one is an app: serve it with
`runyard serve --tasks tasks --app tasks/_app.py`; after an edit, `runyard reload` takes it over.
Decorated functions stay ordinary functions: import, call and test them as before.
"""

from dataclasses import dataclass

import runyard


@runyard.task
def add(first: int, second: int = 1) -> int:
    """Add two numbers. Parameters and their types come from the signature."""
    return first + second


@runyard.task(queue="mail", retries=3, timeout="1m", labels=["example"])
def welcome(name: str, *, shout: bool = False) -> str:
    """Greet somebody; up to three retries, at most a minute each."""
    runyard.progress(50, f"thinking of {name}")
    greeting = f"Welcome, {name}!"
    return greeting.upper() if shout else greeting


@dataclass
class Countdown:
    """The configuration of a `countdown` task, checked before a run starts."""

    start: int = 3
    word: str = "Lift-off"


@runyard.executor("countdown", config=Countdown)
def count_down(config: Countdown, context: runyard.Context) -> str:
    """Count down; tasks of this type are created over the API, with a configuration each."""
    print(f"Run {context.run_id}:")
    for number in range(config.start, 0, -1):
        print(number)
    return config.word
