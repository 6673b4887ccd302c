"""`runyard init`: a tasks folder with commented examples."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import runyard
from runyard.cli import output
from runyard.domain.errors import Invalid

# Found by place, not by import: the composition root is above the command line.
EXAMPLES = Path(runyard.__file__).parent / "app" / "examples"


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Made if it is not there.")] = Path(
        "tasks"
    ),
) -> None:
    """Make a tasks folder with commented examples. Files that are there are left alone."""
    sources = sorted(path for path in EXAMPLES.glob("*.py") if path.name != "__init__.py")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for source in sources:
            _copy(source, folder / source.name)
    except OSError as error:
        raise Invalid(f"{folder} can't be written: {error.strerror}") from None
    output.note(f"now: runyard serve --tasks {folder}")


def _copy(source: Path, target: Path) -> None:
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(source.read_text(encoding="utf-8"))
    except FileExistsError:
        output.note(f"{target} is there already; left as it is")
    else:
        output.write(str(target))
