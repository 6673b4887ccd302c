"""Process some items; how many is the one optional argument (5 if not given).

Plain arguments work as on a command line: `runyard run data_process -- 8`.
"""

import sys
import time

import runyard

count = int(sys.argv[1]) if len(sys.argv) > 1 else 5

total = 0
for item in range(1, count + 1):
    total += item * item
    print(f"Processed item {item} of {count}")
    runyard.progress(100 * item / count, f"item {item} of {count}")
    time.sleep(0.2)

print(f"Sum of squares: {total}")
runyard.result({"items": count, "sum": total})
