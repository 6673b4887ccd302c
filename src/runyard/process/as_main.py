"""The user's code as `__main__`, and an end like the interpreter's: what `python script.py` does.

Loaded by `zygote.py` and `cold.py` under any CPython >= 3.8, outside `sys.modules`, and with as few
imports as possible: what is imported here is seen, and paid for, by every run.
"""

# No pathlib, late imports, catching everything and an old Python are the point of this file.
# ruff: noqa: BLE001, PLC0415, PTH120, PTH123, S606, SIM105, UP036, UP031

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]
import atexit
import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, TracebackType
    from typing import Any

_TRACEBACK_CHARACTERS = 16384
state: dict[str, Any] = {}


def setup(template: dict[str, Any]) -> None:
    """Before the first fork: remember the main module's shape, make standard output prompt."""
    state["template"] = template
    sys.path_importer_cache.pop(os.path.dirname(template["__file__"]), None)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    state["full_collections"] = gc.get_stats()[2]["collections"]


def become_cold(template: dict[str, Any], code_path: str, path: str) -> None:
    """The same in a fresh interpreter, which has descriptors, environment and limits already."""
    setup(template)
    state["pid"] = os.getpid()
    state["events"] = int(os.environ["RUNYARD_EVENTS"].rpartition("/")[2])
    state["events_id"] = os.fstat(state["events"])[1:3]
    state["known"] = frozenset(sys.modules)
    run_script(code_path, path, None)


def run_script(code_path: str, path: str, cached: tuple[CodeType, bytes, bool] | None) -> None:
    """Execute the frozen content as `__main__` of `path`, then end as the interpreter would.

    `cached` is the code, its source, and whether `path` is known to still hold just that.
    """
    main = fresh_main(path)
    if hasattr(sys, "orig_argv"):
        sys.orig_argv[:] = [sys.executable, *sys.argv]
    sys.path.insert(0, os.path.dirname(path))
    failure: BaseException | None = None
    try:
        code = _code(code_path, path) if cached is None else cached[0]
        if cached is not None and not cached[2]:
            _show_frozen(path, cached[1])
        exec(code, main.__dict__)  # noqa: S102 - running the user's script is the product
    except BaseException as error:  # as the interpreter does
        failure = error
    del main
    end(failure)


def _code(code_path: str, path: str) -> CodeType:
    with open(code_path, "rb") as file:
        source = file.read()
    if _show_frozen(path, source):
        _hand_over_unreadable(source, path)
    return compile(source, path, "exec", dont_inherit=True)


def _hand_over_unreadable(source: bytes, path: str) -> None:
    """What can't be decoded is refused in other words from a file: let python itself say it."""
    if source.isascii() and b"\0" not in source:
        return
    import io
    import tokenize

    try:
        encoding = tokenize.detect_encoding(io.BytesIO(source).readline)[0]
        if "\0" not in source.decode(encoding):
            return
    except (SyntaxError, UnicodeDecodeError, LookupError):
        pass
    os.execv(sys.executable, [sys.executable, "-u", path, *sys.argv[1:]])


def run_function(order: dict[str, Any]) -> None:
    """Call `module:qualname` with the launch; what it returns is the exit code."""
    fresh_main(None)
    sys.argv[:] = [""]
    failure: BaseException | None = None
    try:
        module, _, qualname = order["target"].partition(":")
        __import__(module)
        target: Any = sys.modules[module]
        for name in qualname.split("."):
            target = getattr(target, name)
        status = target(order["launch"]) or 0
        if status:
            failure = SystemExit(status)
    except BaseException as error:
        failure = error
    end(failure)


def end(failure: BaseException | None) -> None:
    """Report what ended the run, if anything did, and finish. Outside of any `except`: what hooks
    raise must not look as if it happened while the user's exception was handled."""
    finish(0 if failure is None else report_exception(failure))


def fresh_main(path: str | None) -> Any:
    main = type(sys)("__main__")
    names = main.__dict__
    names.clear()
    names.update(state["template"])
    names["__doc__"] = None
    if "__annotations__" in names:
        names["__annotations__"] = {}
    if path is None:
        del names["__file__"]
    else:
        names["__file__"] = path
        names["__loader__"] = type(names["__loader__"])("__main__", path)
    sys.modules["__main__"] = main
    return main


def _show_frozen(path: str, source: bytes) -> bool:
    """Whether the file still says the same; if not, tracebacks shall show the frozen lines."""
    try:
        with open(path, "rb") as file:
            if file.read() == source:
                return True
    except OSError:
        pass
    import io
    import linecache
    import tokenize

    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        lines = io.TextIOWrapper(io.BytesIO(source), encoding).read().splitlines(True)
    except (SyntaxError, UnicodeDecodeError):
        return False  # it will not compile either
    linecache.cache[path] = (len(source), None, lines, path)
    state["frozen"] = (path, lines)
    return False


def report_exception(error: BaseException) -> int:
    """Show what ended the script as the interpreter would; its exit status (or -SIGINT)."""
    trace = _without_our_frames(error.__traceback__)
    error.__traceback__ = trace
    if isinstance(error, SystemExit):
        return _exit_status(error)
    if os.getpid() == state["pid"]:
        _send_error(error)
    return _show_exception(type(error), error, trace)


def _without_our_frames(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OWN_FOLDER):
        trace = trace.tb_next
    return trace


_OWN_FOLDER = os.path.dirname(_without_our_frames.__code__.co_filename) + os.sep


def _exit_status(error: SystemExit) -> int:
    code = error.code
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF if -(2**63) <= code < 2**63 else 0xFF
    try:
        sys.stderr.write(str(code) + "\n")
        sys.stderr.flush()
    except Exception:  # noqa: S110 - python ignores that too
        pass
    return 1


def _show_exception(kind: Any, error: BaseException, trace: TracebackType | None) -> int:
    sys.last_type, sys.last_value, sys.last_traceback = kind, error, trace
    if sys.version_info >= (3, 12):
        sys.last_exc = error
    try:
        sys.stdout.flush()
    except Exception:  # noqa: S110 - shown at the end
        pass
    try:
        hook = sys.excepthook
        if "frozen" in state and hook is sys.__excepthook__:
            import traceback

            _correct_line(error, *state["frozen"])
            traceback.print_exception(kind, error, trace)
        else:
            hook(kind, error, trace)
    except SystemExit as inner:
        return _exit_status(inner)
    except BaseException as inner:
        inner.__traceback__ = _without_our_frames(inner.__traceback__)
        sys.stderr.write("Error in sys.excepthook:\n")
        sys.__excepthook__(type(inner), inner, inner.__traceback__)
        sys.stderr.write("\nOriginal exception was:\n")
        sys.__excepthook__(kind, error, trace)
    return -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1


def _correct_line(error: BaseException, path: str, lines: list[str]) -> None:
    """The compiler quotes the file of that name, which says something else than the frozen text."""
    if isinstance(error, SyntaxError) and error.filename == path and error.lineno:
        error.text = lines[error.lineno - 1] if error.lineno <= len(lines) else ""


def _send_error(error: BaseException) -> None:
    import traceback

    try:
        lines = traceback.format_exception(type(error), error, error.__traceback__)
        text = str(error)
    except Exception as inner:  # the user's __str__ may raise anything
        lines, text = [], "(no text: %s)" % type(inner).__name__
    send_event(
        {
            "type": "error",
            "error": {
                "type": type(error).__name__,
                "message": text[:_TRACEBACK_CHARACTERS],
                "traceback": "".join(lines)[-_TRACEBACK_CHARACTERS:],
            },
        }
    )


def send_event(event: dict[str, Any]) -> None:
    """Write one event, if the descriptor still is the event pipe."""
    import json

    line = json.dumps(event).encode() + b"\n"
    try:
        if os.fstat(state["events"])[1:3] == state["events_id"]:
            while line:
                line = line[os.write(state["events"], line) :]
    except OSError:
        pass  # the script closed it: its right


def finish(status: int) -> None:
    """End as `Py_FinalizeEx` does: threads, atexit, buffers, objects with finalizers. No return."""
    threading = sys.modules.get("threading")
    try:
        if threading is not None:
            threading._shutdown()  # noqa: SLF001
    except BaseException as error:
        sys.__excepthook__(type(error), error, _without_our_frames(error.__traceback__))
    _run_exit_functions()
    flushed = _flush()
    _drop_modules()
    flushed = flushed and _flush()
    if not flushed:
        status = 120
    if status == -signal.SIGINT:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(status & 0xFF)


def _run_exit_functions() -> None:
    try:
        atexit._run_exitfuncs()  # noqa: SLF001
    except SystemExit:
        pass
    except BaseException as error:  # printed by atexit itself before Python 3.10
        if sys.version_info >= (3, 10):
            sys.__excepthook__(type(error), error, _without_our_frames(error.__traceback__))


def _flush() -> bool:
    flushed = True
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except BaseException as error:  # as the interpreter does
            flushed = False
            if stream is sys.stdout:
                _complain(error, stream)
    return flushed


def _complain(error: BaseException, stream: Any) -> None:
    what = "on flushing sys.stdout:" if sys.version_info >= (3, 13) else "in: %r" % stream
    try:
        sys.stderr.write("Exception ignored %s\n" % what)
        sys.stderr.write("%s: %s\n" % (type(error).__name__, error))
    except Exception:  # noqa: S110 - nowhere left to say it
        pass


def _drop_modules() -> None:
    """Let go of the main module and what it imported, so that finalizers run as at a real exit."""
    modules, known = sys.modules, state["known"]
    modules.pop("__main__", None)
    if len(modules) >= len(known):  # `known` has the main module as well
        for name in [name for name in modules if name not in known]:
            if name not in ("sys", "builtins"):
                del modules[name]
    sys.last_type = sys.last_value = sys.last_traceback = None
    if hasattr(sys, "last_exc"):
        sys.last_exc = None
    # Most scripts end before anything of theirs has grown old. Looking only at the young objects
    # spares them the writes all over the memory by which a full collection begins and ends.
    young = sys.version_info < (3, 14) and gc.get_count()[2] == 0
    if young and gc.get_stats()[2]["collections"] == state["full_collections"]:
        gc.collect(1)
    else:
        gc.collect()
