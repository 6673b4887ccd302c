"""A script that knows nothing of Runyard: output, exit code and signals are all it needs."""

import platform
import sys
from pathlib import Path

print(f"Python {platform.python_version()} runs {Path(__file__).name} with {sys.argv[1:]}")
print("This line goes to stderr; the log shows the difference.", file=sys.stderr)
