"""Runs a frozen script in a fresh interpreter as if it were the file at another path.

`python cold.py FROZEN PATH [ARGUMENTS]`; only used when the file at PATH says something else by now.
"""

from __future__ import annotations

TEMPLATE = {name: value for name, value in globals().items() if name != "annotations"}


def main() -> None:
    import os  # noqa: PLC0415
    import sys  # noqa: PLC0415

    folder = os.path.dirname(__file__)  # noqa: PTH120
    path = os.path.join(folder, "child.py")  # noqa: PTH118
    code = type(TEMPLATE["__loader__"])("_runyard_child", path).get_code("_runyard_child")
    child = {"__name__": "_runyard_child", "__builtins__": __builtins__, "__file__": path}
    exec(code, child)  # noqa: S102 - our own code
    del sys.path[0]
    frozen = sys.argv[1]
    del sys.argv[:2]
    child["become_cold"](TEMPLATE, frozen, sys.argv[0])


if __name__ == "__main__":
    main()
