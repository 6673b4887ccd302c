"""Train the model that orders search results."""

# /// script
# [tool.runyard]
# title = "Train the search ranker"
# project = "search"
# queue = "gpu"
# owner = "wei"
# labels = ["gpu", "weekly"]
# timeout = "6h"
# grace = "20s"
#
# [tool.runyard.limits]
# memory = "8GB"
#
# [tool.runyard.parameters]
# epochs = {type = "integer", default = 40, min = 1, max = 200}
# rate = {type = "number", default = 0.003, description = "Learning rate"}
# data = {type = "date", description = "Clicks up to this day"}
#
# [[tool.runyard.schedules]]
# name = "weekly"
# cron = "0 4 * * SUN"
# timezone = "Asia/Shanghai"
# ///

import time

import runyard

epochs = runyard.context().params["epochs"]
for epoch in range(1, epochs + 1):
    loss = 1.9 / (1 + epoch * 0.11)
    print(f"epoch {epoch:>3}/{epochs}  loss {loss:.4f}  ndcg@10 {0.71 - loss / 9:.4f}")
    runyard.progress(100 * epoch / epochs, f"epoch {epoch}, loss {loss:.3f}")
    time.sleep(1.0)
