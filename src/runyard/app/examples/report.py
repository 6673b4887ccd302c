"""Write a report about a span of days; its parameters have types, defaults and bounds.

Runyard checks parameters before the run starts and passes them as `--name=value` arguments, so
that argparse (or any other parser) reads them. Try `runyard run report --param days=3`.
"""

# /// script
# requires-python = ">=3.11"
#
# [tool.runyard]
# title = "Daily report"
# labels = ["example", "report"]
# timeout = "5m"
# extra_parameters = false        # a parameter that is not named below is refused
#
# [tool.runyard.parameters]
# since = {type = "date", description = "The first day; today if not given"}
# days = {type = "integer", default = 7, min = 1, max = 366, description = "How many days"}
# format = {default = "text", choices = ["text", "csv"]}
# verbose = false                 # the short form: name = default
# ///

import argparse
from datetime import date, timedelta

import runyard

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--since", type=date.fromisoformat, default=date.today())
parser.add_argument("--days", type=int, default=7)
parser.add_argument("--format", choices=["text", "csv"], default="text")
parser.add_argument("--verbose", action=argparse.BooleanOptionalAction, default=False)
options = parser.parse_args()

separator = "," if options.format == "csv" else "  "
total = 0
for offset in runyard.track(range(options.days), "counting"):
    day = options.since + timedelta(days=offset)
    visitors = day.toordinal() * 7919 % 1000
    total += visitors
    print(f"{day}{separator}{visitors}")
    if options.verbose:
        runyard.log.info("counted", day=str(day), visitors=visitors)

runyard.result({"days": options.days, "visitors": total})
