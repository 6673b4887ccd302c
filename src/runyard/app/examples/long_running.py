"""Work for minutes, and stop in order when the run is cancelled.

A cancel sends SIGTERM, waits for `grace`, then kills the whole process tree. A script that calls
`runyard.cancelled()` uses that time to finish what it has begun. Without that call it simply ends.
"""

# /// script
# [tool.runyard]
# labels = ["example"]
# queue = "slow"         # a lane of its own; its limit is set with `runyard queues limit slow 1`
# timeout = "15m"
# grace = "10s"          # time to clean up
# memory = "256MB"       # of the whole process tree
# ///

import time

import runyard

STEPS = 120

for step in range(1, STEPS + 1):
    if runyard.cancelled():
        print(f"Asked to stop: {step - 1} steps are done and kept.")
        raise SystemExit(1)
    time.sleep(1)
    print(f"step {step} of {STEPS}")
    runyard.progress(100 * step / STEPS, f"step {step}", steps_left=STEPS - step)
