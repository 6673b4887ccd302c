"""How Sphinx builds this documentation; it needs no network."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

import runyard

project = "Runyard"
author = "The Runyard authors"
release = version = runyard.__version__

extensions = ["myst_parser", "sphinx_copybutton", "cli_reference", "api_reference"]
exclude_patterns = ["_build", "_ext"]
myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]

html_theme = "furo"
html_title = f"Runyard {release}"
html_copy_source = False
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True
