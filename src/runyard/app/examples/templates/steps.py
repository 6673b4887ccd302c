"""Work in steps: with parameters, progress and a result.

A form asks for the parameters before a run; they come as `--name=value` arguments. Whoever watches
the run sees the progress, and the result is kept with it.
"""

# /// script
# requires-python = ">=3.11"
# dependencies = []
#
# [tool.runyard]
# timeout = "5m"
# labels = ["example"]
#
# [tool.runyard.parameters]
# steps = {type = "integer", default = 5, min = 1, max = 100, description = "How many steps"}
# name = {default = "you", description = "Whom to greet"}
# ///

import argparse
import time

import runyard

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--steps", type=int, default=5)
parser.add_argument("--name", default="you")
options = parser.parse_args()

for step in range(1, options.steps + 1):
    print(f"Step {step}: hello, {options.name}!")
    runyard.progress(100 * step / options.steps, f"step {step} of {options.steps}")
    time.sleep(0.3)

runyard.result({"steps": options.steps, "greeted": options.name})
