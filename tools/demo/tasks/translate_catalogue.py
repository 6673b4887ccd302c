"""Translate new articles of the catalogue."""

# /// script
# [tool.runyard]
# title = "Translate the catalogue"
# project = "shop"
# queue = "gpu"
# owner = "wei"
# timeout = "soon"
# labels = ["gpu"]
# ///

print("nothing new")
