"""A shell session that lasts for a page, and the comparison of what it printed with the page."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.warm import warm

_END = "@@runyard-docs@@"
_WITHIN_S = 60.0

_VARYING = (
    (re.compile(r"\b(?=[a-z]*[0-9])[0-9a-hjkmnp-tv-z]{16}\b"), "RUN"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "HASH"),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?"), "TIME"),
    (re.compile(r"\b\d\d:\d\d:\d\d(\.\d+)?"), "TIME"),
    (re.compile(r"\b\d+(\.\d+)?\s?(ms|s|m|h|MiB|KiB)\b( ago)?"), "AMOUNT"),
    (re.compile(r"\bprocess \d+"), "process PID"),
    (re.compile(r"\b\d{1,2}%"), "PERCENT"),  # on its way; 100% stays what it is
    (re.compile(r"\bstep \d+$", re.MULTILINE), "step N"),
    (re.compile(r'"(seq|pid|uptime_s|cpu_s|peak_memory_bytes)": ?[\d.]+'), r'"\1":NUMBER'),
    (re.compile(r"[ \t]+"), " "),
    (re.compile(r" +$", re.MULTILINE), ""),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    text: str  # perhaps several lines
    output: str  # "" where the page shows none


def commands_of(text: str) -> list[Command]:
    """The `$ ` lines of a console block, their `> ` continuations, and the output of each."""
    found: list[tuple[list[str], list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append(([line[2:]], []))
        elif found and line.startswith("> ") and not found[-1][1]:
            found[-1][0].append(line[2:])
        else:
            assert found, f"a console block starts with a `$ ` line, not {line!r}"
            found[-1][1].append(line)
    return [Command(text="\n".join(typed), output="\n".join(out)) for typed, out in found]


class Terminal:
    """One bash in a folder; variables, `cd` and background jobs last until `close`."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self._status = 0
        self._read = b""
        programs = Path(sys.executable).parent
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env={
                **os.environ,
                "PATH": f"{warm().programs}:{programs}:{os.environ['PATH']}",
                "LANG": "C.UTF-8",
                **env,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, command: str) -> tuple[int, str]:
        """The exit status, and what went to stdout and stderr."""
        assert self._bash.stdin is not None
        # `$?` of the command before is what the reader's shell would have, too.
        script = f"(exit {self._status})\n{{ {command}\n}} </dev/null 2>&1\necho {_END}$?\n"
        self._bash.stdin.write(script.encode())
        self._bash.stdin.flush()
        printed, _, status = self._until_end(command).rpartition(_END)
        self._status = int(status)
        return self._status, printed

    def _until_end(self, command: str) -> str:
        assert self._bash.stdout is not None
        deadline = time.monotonic() + _WITHIN_S
        ended = re.compile(_END.encode() + rb"\d+\n")
        while not (end := ended.search(self._read)):
            left = deadline - time.monotonic()
            assert left > 0, f"{command!r} does not end; it printed {self._read.decode()}"
            if select.select([self._bash.stdout], [], [], left)[0]:
                chunk = os.read(self._bash.stdout.fileno(), 1 << 16)
                assert chunk, f"the shell ended in {command!r}: {self._read.decode()}"
                self._read += chunk
        text, self._read = self._read[: end.end()], self._read[end.end() :]
        return text.decode()

    def close(self) -> None:
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        self._bash.stdin.close()
        os.killpg(self._bash.pid, signal.SIGKILL)  # what it left in the background, too
        self._bash.wait(10)
        self._bash.stdout.close()


def normalised(text: str) -> str:
    """The text without what differs from run to run: ids, times, durations, widths of columns."""
    for pattern, word in _VARYING:
        text = pattern.sub(word, text)
    return text.strip("\n")


def is_as_shown(shown: str, printed: str) -> bool:
    """Whether output is what a page shows; `...` stands for any text, alone for any lines."""
    pattern = ""
    for line in normalised(shown).split("\n"):
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += re.escape(line).replace(re.escape("..."), ".*") + "\n"
    return re.fullmatch(pattern, normalised(printed) + "\n") is not None
