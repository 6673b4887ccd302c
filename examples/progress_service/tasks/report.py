# /// script
# [tool.runyard]
# title = "Count for a while"
# concurrency = 0
#
# [tool.runyard.parameters]
# steps = {type = "integer", default = 50, min = 1, max = 1000}
# ///
import argparse
import time

import runyard

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=50)
steps = parser.parse_args().steps

for _ in runyard.track(range(steps), "counting"):
    time.sleep(0.1)
runyard.result({"steps": steps})
