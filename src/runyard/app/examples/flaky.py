"""Fail at first, succeed in the end: retries with growing pauses.

Each try is an attempt of the same run, with its own exit code and timings. A rerun is another run.
"""

# /// script
# [tool.runyard]
# labels = ["example"]
#
# [tool.runyard.retries]
# max = 3                # tries after the first one
# backoff = "1s"         # the first pause; the next ones double
# cap = "30s"            # but no pause is longer than this
# exit_codes = [75]      # only this failure is worth another try (75: EX_TEMPFAIL)
# crash = 1              # a lost machine or a killed process is another matter
# ///

import sys

import runyard

attempt = runyard.context().attempt
print(f"This is attempt {attempt}.")
if attempt < 3:
    print("The service does not answer; giving up for now.", file=sys.stderr)
    sys.exit(75)
runyard.result(f"done at attempt {attempt}")
