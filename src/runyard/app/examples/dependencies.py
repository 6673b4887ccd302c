"""Use packages from an index, in an environment of its own.

`dependencies` and `requires-python` are standard inline metadata (PEP 723). Runyard builds the
environment with uv at the first run, keeps it, and shares it with every task that asks for the
same. The lines below are commented out twice, so that this example needs no network: remove one
`#` of each to try it.
"""

# /// script
# # requires-python = ">=3.11"
# # dependencies = ["cowsay>=6"]
#
# [tool.runyard]
# labels = ["example"]
# ///

import importlib.util
import sys

print(f"Running under {sys.executable}")
if importlib.util.find_spec("cowsay") is None:
    print("cowsay is not installed here; remove a '#' before requires-python and dependencies.")
else:
    import cowsay

    cowsay.cow("An environment of my own!")
