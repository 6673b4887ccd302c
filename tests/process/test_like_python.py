"""A run behaves as under `python script.py`: a corpus of awkward scripts, run both ways."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from runyard.process.pump import INDEX_RECORD
from tests.process.client import Supervised

CORPUS = Path(__file__).parent / "corpus"
NAMES = sorted(path.stem for path in CORPUS.glob("*.py"))
ARGUMENTS = ["first", "--second=x y", ""]
_ADDRESS = re.compile(rb"0x[0-9a-f]{6,}")
_THREAD = re.compile(rb"(Thread|thread) (0x)?[0-9a-f]{8,}|, \d{10,}\)>|, started \d+")


@pytest.fixture(scope="module")
def shared() -> Iterator[Supervised]:
    folder = Path(tempfile.mkdtemp(prefix="ry", dir="/tmp"))
    shutil.copytree(CORPUS, folder / "corpus")
    supervised = Supervised(folder)
    try:
        supervised.connect()
        yield supervised
    finally:
        supervised.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("name", NAMES)
def test_fork_is_like_plain_python(shared: Supervised, name: str) -> None:
    assert run_supervised(shared, name) == run_plain(shared, name)


@pytest.mark.parametrize(
    "name", ["argv", "error_chained", "exit_text", "main_names", "atexit_order"]
)
def test_cold_is_like_plain_python(shared: Supervised, name: str) -> None:
    assert run_supervised(shared, name, isolation="cold") == run_plain(shared, name)


@pytest.mark.parametrize("name", ["error_chained", "inspect_source", "pickle_main", "syntax_error"])
def test_frozen_content_is_shown_although_the_file_changed(shared: Supervised, name: str) -> None:
    plain = run_plain(shared, name)
    path = shared.data / "corpus" / f"{name}.py"
    frozen = shared.data / f"{name}.frozen.py"
    content = path.read_text()
    frozen.write_text(content)
    path.write_text("print('another version')\n" * 40)
    try:
        for isolation in ("fork", "cold"):
            found = run_supervised(shared, name, code_path=str(frozen), isolation=isolation)
            assert found == plain, isolation
    finally:
        path.write_text(content)


Outcome = tuple[int, list[str], list[str]]


def environment(shared: Supervised) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": "/tmp", "X": "y"}


def run_plain(shared: Supervised, name: str) -> Outcome:
    done = subprocess.run(
        [sys.executable, str(shared.data / "corpus" / f"{name}.py"), *ARGUMENTS],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=shared.data,
        env=environment(shared),
        start_new_session=True,
        check=False,
    )
    return done.returncode, normal(done.stdout), normal(done.stderr)


def run_supervised(shared: Supervised, name: str, **fields: object) -> Outcome:
    path = str(shared.data / "corpus" / f"{name}.py")
    launch = {"path": path, "argv": ARGUMENTS, "env": environment(shared)} | fields
    key = shared.start(**launch)
    exited = shared.finish(key)
    status = exited["exit_code"] if exited["signal"] is None else -exited["signal"]
    out, err, ours = streams(shared.data / "logs" / f"{key}.log")
    assert ours == b""
    shared.events.clear()
    return status, normal(out), normal(err)


def normal(output: bytes) -> list[str]:
    output = re.sub(rb"repeated \d+ more", b"repeated more", output)
    text = _THREAD.sub(b"thread", _ADDRESS.sub(b"0x", output))
    return text.decode(errors="backslashreplace").splitlines()


def streams(log: Path) -> tuple[bytes, bytes, bytes]:
    """Standard output, standard error and the platform's own lines, taken apart by the index."""
    data = log.read_bytes()
    index_path = Path(f"{log}.idx")
    index = index_path.read_bytes() if index_path.exists() else b""
    records = list(INDEX_RECORD.iter_unpack(index))
    parts: dict[int, bytes] = {0: b"", 1: b"", 2: b""}
    ends = [offset for offset, _ in records[1:]] + [len(data)] * bool(records)
    for (offset, mark), end in zip(records, ends, strict=True):
        parts[mark & 3] += data[offset:end]
    return parts[1], parts[2], parts[0]
