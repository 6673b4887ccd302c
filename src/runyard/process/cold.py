"""Runs a frozen script in a fresh interpreter as if it were the file at another path.

`python cold.py FROZEN PATH [ARGUMENTS]`; only used when the file at PATH has changed since.
"""

# ruff: noqa: PTH118, PTH120

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_OURS = ("annotations", "TYPE_CHECKING", "_OURS")
TEMPLATE = {name: value for name, value in globals().items() if name not in _OURS}


def main() -> None:
    import os  # noqa: PLC0415
    import sys  # noqa: PLC0415

    folder = os.path.dirname(__file__)
    path = os.path.join(folder, "as_main.py")
    loader: Any = TEMPLATE["__loader__"]
    code = type(loader)("_runyard_as_main", path).get_code("_runyard_as_main")
    namespace: dict[str, Any] = {
        "__name__": "_runyard_as_main",
        "__builtins__": __builtins__,
        "__file__": path,
    }
    exec(code, namespace)  # noqa: S102 - our own code
    del sys.path[0]
    frozen = sys.argv[1]
    del sys.argv[:2]
    namespace["become_cold"](TEMPLATE, frozen, sys.argv[0])


if __name__ == "__main__":
    main()
