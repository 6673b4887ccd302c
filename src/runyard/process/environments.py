"""Python environments of script tasks: one per distinct set of dependencies, built once by uv.

`<data>/environments/<key>/` is a finished environment exactly when its marker file is there: a
build happens in a folder beside it, under a file lock, and is renamed when all is installed.
Beside the dependencies an environment can import `runyard`, but only its sdk part, through a path
file that points at `<data>/sdk`; a script that depends on runyard itself gets that one instead.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from runyard.domain.errors import Invalid

MARKER = "runyard-environment.json"
_FORMAT = 1  # part of the key: a new way of building makes new environments
_KEY_LENGTH = 24
_PROXIES = frozenset({"https_proxy", "all_proxy"})
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "UV_SYSTEM_CERTS", "UV_NATIVE_TLS")


class BuildFailed(Exception):
    """The environment can't be built; the message is for the task's author."""


def environment_key(
    dependencies: Sequence[str], requires_python: str | None, python_version: str
) -> str:
    """Equal for equal needs, however they are written or ordered; a valid folder name.

    `requires_python` only counts when `python_version`, the server's own, does not satisfy it.
    Raises Invalid for what is not PEP 508 or not a version specifier.
    """
    own = satisfies(python_version, requires_python)
    needs = {
        "format": _FORMAT,
        "dependencies": normalised(dependencies),
        "python": _minor(python_version) if own else str(_specifier(requires_python)),
        "platform": f"{sys.platform}-{platform.machine()}",
    }
    text = json.dumps(needs, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_KEY_LENGTH]


def normalised(dependencies: Sequence[str]) -> list[str]:
    """PEP 508 requirements in one canonical spelling, sorted, each once."""
    return sorted({_canonical(text) for text in dependencies})


def satisfies(python_version: str, requires_python: str | None) -> bool:
    return _specifier(requires_python).contains(python_version, prereleases=True)


def needs_own(dependencies: Sequence[str], requires_python: str | None) -> bool:
    """Whether the server's own Python won't do. Raises Invalid.

    Any dependency but runyard itself needs an environment, also when the server happens to have
    it: a task must not come to rely on what the server uses.
    """
    if not dependencies and not requires_python:
        return False
    if not satisfies(platform.python_version(), requires_python):
        return True
    return any(not _is_this_runyard(text) for text in normalised(dependencies))


def ready(folder: Path) -> bool:
    """Whether `folder` is a finished environment whose interpreter is still on this machine."""
    return (folder / MARKER).is_file() and python_of(folder).exists()


def python_of(folder: Path) -> Path:
    return folder / "bin" / "python"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the environment for some needs is, or will be."""

    folder: Path
    sdk: Path
    dependencies: tuple[str, ...]
    requires_python: str | None

    @property
    def python(self) -> Path:
        return python_of(self.folder)

    def is_ready(self) -> bool:
        return ready(self.folder)

    def spec(self) -> dict[str, Any]:
        """Plain data for the process that builds; `Place.of` is the way back."""
        return {
            "folder": str(self.folder),
            "sdk": str(self.sdk),
            "dependencies": list(self.dependencies),
            "requires_python": self.requires_python,
        }

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> Place:
        return cls(
            folder=Path(spec["folder"]),
            sdk=Path(spec["sdk"]),
            dependencies=tuple(spec["dependencies"]),
            requires_python=spec["requires_python"],
        )


class Environments:
    """The environments of one data folder, as seen by who starts runs; builds nothing itself."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "environments"
        self._sdk = data_dir / "sdk"
        self._python_version = platform.python_version()

    def open(self) -> None:
        """Make the folders, and the copy of the sdk that environments import."""
        self._folder.mkdir(parents=True, exist_ok=True)
        copy_sdk(self._sdk)

    def place(self, dependencies: Sequence[str], requires_python: str | None) -> Place:
        key = environment_key(dependencies, requires_python, self._python_version)
        own = satisfies(self._python_version, requires_python)
        return Place(
            folder=self._folder / key,
            sdk=self._sdk,
            dependencies=tuple(normalised(dependencies)),
            requires_python=None if own else requires_python,
        )


def build(place: Place, *, say: Callable[[str], None]) -> None:
    """Make the environment at `place`, or wait for the process that is making it.

    `say` gets sentences for the run's log; uv writes there by itself (to our stdout and stderr).
    Raises BuildFailed. Killed at any moment it leaves nothing that counts as ready.
    """
    place.folder.parent.mkdir(parents=True, exist_ok=True)
    with _lock(place.folder.with_suffix(".lock"), say=say):
        if ready(place.folder):
            return
        for left_over in place.folder.parent.glob(f"{place.folder.name}.building-*"):
            shutil.rmtree(left_over, ignore_errors=True)
        building = place.folder.with_suffix(f".building-{os.getpid()}")
        try:
            _make(place, building, say=say)
            _finish(place, building)
        finally:
            shutil.rmtree(building, ignore_errors=True)


def _make(place: Place, building: Path, *, say: Callable[[str], None]) -> None:
    wanted = ", ".join(place.dependencies) or "no packages"
    say(f"building the Python environment of this task: {wanted}")
    interpreter = place.requires_python or sys.executable
    made = _uv("venv", "--no-project", "--relocatable", "--python", interpreter, str(building))
    if made != 0:
        if place.requires_python is None:
            raise BuildFailed("uv could not make a virtual environment; its output says why")
        raise BuildFailed(
            f"no Python on this machine satisfies requires-python = "
            f"{place.requires_python!r}; install one (its executable must be on PATH) or "
            f"change requires-python"
        )
    if not place.dependencies:
        return
    python = str(python_of(building))
    if _uv("pip", "install", "--python", python, "--", *place.dependencies) != 0:
        raise BuildFailed(f"uv could not install {wanted}; its output says why")


def _finish(place: Place, building: Path) -> None:
    for site in building.glob("lib/python*/site-packages"):
        # Path files are read after site-packages itself, so an installed runyard comes first.
        (site / "_runyard_sdk.pth").write_text(f"{place.sdk}\n")
    holds = {"dependencies": place.dependencies, "requires_python": place.requires_python}
    (building / MARKER).write_text(json.dumps(holds, indent=1) + "\n")
    shutil.rmtree(place.folder, ignore_errors=True)  # not ready: its interpreter went away
    building.rename(place.folder)


def _uv(*arguments: str) -> int:
    import uv  # noqa: PLC0415  # only the process that builds needs it

    env = uv_environment(os.environ)
    return subprocess.run([uv.find_uv_bin(), *arguments], env=env, check=False).returncode


def uv_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What uv is told beside its arguments.

    Downloading an interpreter would be a surprise of 30 MB of somebody else's program. A proxy may
    show a certificate that only this machine's own store vouches for: the store counts then,
    unless other certificates are named.
    """
    env = {**environ, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    has_proxy = any(value and name.lower() in _PROXIES for name, value in environ.items())
    if has_proxy and not any(environ.get(name) for name in _CERTIFICATES):
        env["UV_SYSTEM_CERTS"] = "true"
    return env


@contextmanager
def _lock(path: Path, *, say: Callable[[str], None]) -> Iterator[None]:
    """Exclusive among processes; ends with the process, however that ends."""
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another run is building the Python environment of this task; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def copy_sdk(folder: Path) -> None:
    """Bring `folder` up to date: `runyard/__init__.py` and `runyard/sdk`, nothing of the server.

    Each file is replaced as a whole, so scripts that import meanwhile see the old or the new one.
    """
    package = Path(__file__).resolve().parents[1]
    for source in [package / "__init__.py", *sorted((package / "sdk").rglob("*.py"))]:
        target = folder / "runyard" / source.relative_to(package)
        content = source.read_bytes()
        if target.is_file() and target.read_bytes() == content:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(f".{os.getpid()}.new")
        fresh.write_bytes(content)
        fresh.replace(target)


@lru_cache(maxsize=4096)
def _canonical(text: str) -> str:
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise Invalid(f"dependency {text!r} is not a requirement: {error}") from error
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    origin = f" @ {requirement.url}" if requirement.url else str(requirement.specifier)
    marker = f" ; {requirement.marker}" if requirement.marker else ""
    return f"{canonicalize_name(requirement.name)}{extras}{origin}{marker}"


@lru_cache(maxsize=256)
def _specifier(requires_python: str | None) -> SpecifierSet:
    try:
        return SpecifierSet(requires_python or "")
    except InvalidSpecifier as error:
        raise Invalid(f"requires-python {requires_python!r} is not a version range") from error


@lru_cache(maxsize=256)
def _is_this_runyard(text: str) -> bool:
    requirement = Requirement(text)
    if requirement.name != "runyard" or requirement.url or requirement.extras:
        return False
    try:
        version = metadata.version("runyard")
    except metadata.PackageNotFoundError:
        return False
    return requirement.specifier.contains(version, prereleases=True)


def _minor(python_version: str) -> str:
    return ".".join(python_version.split(".")[:2])
