"""Dump the databases, compress them, and put them where they belong."""

# /// script
# [tool.runyard]
# title = "Nightly backup"
# project = "ops"
# queue = "io"
# owner = "jonas"
# labels = ["nightly", "critical"]
# priority = 10
# timeout = "2h"
#
# [[tool.runyard.schedules]]
# name = "night"
# cron = "30 2 * * *"
# timezone = "Europe/Berlin"
# catch_up = "last"
# ///

import time

import runyard

for number, database in enumerate(["orders", "catalogue", "customers", "events"], start=1):
    print(f"pg_dump {database} | zstd -10 > {database}.sql.zst")
    runyard.progress(25 * number, database)
    time.sleep(0.1)
runyard.result({"bytes": 48_213_992_004, "databases": 4})
