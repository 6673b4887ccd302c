"""Compare the stock of the warehouses with the shop's."""

# /// script
# [tool.runyard]
# title = "Synchronise the stock"
# project = "shop"
# queue = "io"
# owner = "lucía"
# labels = ["shop", "network"]
#
# [tool.runyard.retries]
# max = 5
# backoff = "20m"
#
# [[tool.runyard.schedules]]
# name = "quarterly"
# cron = "7,22,37,52 6-20 * * MON-SAT"
# timezone = "Europe/Madrid"
# overlap = "buffer_one"
# ///

import sys

print("Connecting to warehouse-2.internal:5433")


class WarehouseUnreachable(ConnectionError):
    """The warehouse's database does not answer."""


def connect(host: str, port: int) -> None:
    raise WarehouseUnreachable(f"{host}:{port} does not answer within 30 s")


print("no answer after 30 s", file=sys.stderr)
connect("warehouse-2.internal", 5433)
