"""One attempt of the inline engine: runs it in the calling thread with captured output."""

from __future__ import annotations

import ctypes
import importlib
import io
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, TextIO, cast

from runyard.process.pump import STDERR, STDOUT, LogFile

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_TRACEBACK_CHARACTERS = 16 * 1024


class StopAttempt(BaseException):
    """Raised inside the attempt's thread when it is to end."""


class Work:
    """`run` once, in a thread of its own; `stop` from any other thread.

    `order` is a launch as `Encoder.encode` gives it.
    """

    def __init__(self, order: dict[str, Any], *, events_fd: int) -> None:
        self._order = order
        self._events_fd = events_fd
        self._lock = threading.Lock()
        self._thread_id: int | None = None  # while a stop may be raised in it
        self._stopped = False
        self.cpu_s = 0.0
        self.log_start = self.log_end = 0

    def run(self) -> int | None:
        """The exit code that `python script.py` would have; None when it was stopped.

        Raises OSError when log or working folder can't be used; nothing was run then.
        """
        log = LogFile(self._order["log_path"], limit_bytes=self._order["limits"]["output_bytes"])
        self.log_start = log.start
        began = time.thread_time()
        try:
            with _place(self._order, self._events_fd), _captured(log):
                return self._outcome()
        finally:
            self.cpu_s = time.thread_time() - began
            self.log_end = log.size
            log.close()

    def stop(self) -> None:
        """Takes effect at the next step of Python code; a call that waits is not interrupted."""
        with self._lock:
            self._stopped = True
            if self._thread_id is not None:
                _raise_in(self._thread_id)

    def _outcome(self) -> int | None:
        try:
            return self._call()
        except SystemExit as error:
            return _exit_code(error)
        except StopAttempt:
            self._thread_id = None
            return None
        except BaseException as error:  # noqa: BLE001 - as the interpreter does
            self._report(error)
            return 1

    def _call(self) -> int:
        with _main_module(self._order["path"]) as main:
            # All of ours is ready before a stop may strike: nothing is left half done.
            body = _body(self._order, main)
            with self._lock:
                if self._stopped:
                    raise StopAttempt
                self._thread_id = threading.get_ident()
            try:
                return body()
            finally:
                with self._lock:
                    self._thread_id = None

    def _report(self, error: BaseException) -> None:
        trace: TracebackType | None = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
            trace = trace.tb_next
        text = "".join(traceback.format_exception(type(error), error, trace))
        sys.stderr.write(text)
        facts = {
            "type": type(error).__name__,
            "message": str(error),
            "traceback": text[-_TRACEBACK_CHARACTERS:],
        }
        os.write(self._events_fd, json.dumps({"type": "error", "error": facts}).encode() + b"\n")


def _body(order: dict[str, Any], main: ModuleType) -> Callable[[], int]:
    if order["kind"] != "script":
        target = _resolve(order["target"])
        return lambda: int(target(order) or 0)
    source = Path(order["code_path"]).read_bytes()
    code = compile(source, order["path"], "exec", dont_inherit=True)

    def execute() -> int:
        exec(code, main.__dict__)  # noqa: S102 - running the user's script is the product
        return 0

    return execute


@contextmanager
def _main_module(path: str | None) -> Iterator[ModuleType]:
    main = ModuleType("__main__")
    main.__dict__.update(__file__=path, __builtins__=__builtins__)
    before = sys.modules["__main__"]
    sys.modules["__main__"] = main
    try:
        yield main
    finally:
        sys.modules["__main__"] = before


def _resolve(target: str) -> Any:
    module, _, qualname = target.partition(":")
    found: Any = importlib.import_module(module)
    for name in qualname.split("."):
        found = getattr(found, name)
    return found


def _exit_code(error: SystemExit) -> int:
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code & 0xFF
    sys.stderr.write(f"{error.code}\n")
    return 1


def _raise_in(thread_id: int) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread_id), ctypes.py_object(StopAttempt)
    )


@contextmanager
def _place(order: dict[str, Any], events_fd: int) -> Iterator[None]:
    """Environment, working folder and arguments of the attempt; they are the whole process's."""
    before_env, before_cwd = dict(os.environ), Path.cwd()
    before_argv, before_path = sys.argv, sys.path[:]
    try:
        os.chdir(order["cwd"])
        os.environ.clear()
        os.environ.update(order["env"], RUNYARD_EVENTS=f"/proc/self/fd/{events_fd}")
        if order["kind"] == "script":
            sys.argv = [order["path"], *order["argv"]]
            sys.path.insert(0, str(Path(order["path"]).parent))
        yield
    finally:
        os.environ.clear()
        os.environ.update(before_env)
        os.chdir(before_cwd)
        sys.argv, sys.path[:] = before_argv, before_path


@contextmanager
def _captured(log: LogFile) -> Iterator[None]:
    """What this thread writes to `sys.stdout` and `sys.stderr` goes to `log`."""
    before = sys.stdout, sys.stderr
    inside = [
        io.TextIOWrapper(
            io.BufferedWriter(_LogStream(log, stream)),
            encoding="utf-8",
            errors=errors,
            line_buffering=True,
        )
        for stream, errors in ((STDOUT, "strict"), (STDERR, "backslashreplace"))
    ]
    me = threading.get_ident()
    sys.stdout, sys.stderr = (
        cast("TextIO", _PerThread(me, mine, others))
        for mine, others in zip(inside, before, strict=True)
    )
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        for stream in inside:
            stream.flush()


class _LogStream(io.RawIOBase):
    def __init__(self, log: LogFile, stream: int) -> None:
        self._log = log
        self._stream = stream

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer) -> int:
        copied = bytes(data)
        self._log.write(copied, self._stream)
        return len(copied)


class _PerThread:
    """A text stream that is one thing to one thread and another to all others."""

    def __init__(self, thread_id: int, mine: TextIO, others: TextIO) -> None:
        self._thread_id = thread_id
        self._mine = mine
        self._others = others

    def __getattr__(self, name: str) -> Any:
        mine = threading.get_ident() == self._thread_id
        return getattr(self._mine if mine else self._others, name)
