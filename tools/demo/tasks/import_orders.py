"""Take over the orders that the shops have sent."""

# /// script
# [tool.runyard]
# title = "Import orders"
# project = "shop"
# queue = "orders"
# owner = "lucía"
# labels = ["shop"]
# concurrency = 0
#
# [tool.runyard.parameters]
# shop = {type = "string", required = true, description = "Which shop"}
# since = {type = "datetime", description = "Orders after this moment"}
# dry_run = {type = "boolean", default = false}
# ///

import time

import runyard

shop = runyard.context().params["shop"]
for number in range(1, 601):
    if number % 5 == 0:
        print(f"{shop}: order {24_000 + number} imported")
    runyard.progress(number / 6, f"order {24_000 + number}")
    time.sleep(0.5)
