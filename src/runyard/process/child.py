"""What a run process does between fork and exit: everything that `python script.py` would do.

Loaded by `zygote.py` (and by `cold.py`) under any CPython >= 3.8, outside `sys.modules`, and with as
few imports as possible: what is imported here is seen, and paid for, by every run.
"""

from __future__ import annotations

import os
import sys
import time
import _signal as signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, TracebackType
    from typing import Any

EVENTS_FD = 250
_TRACEBACK_CHARACTERS = 16384
_state: dict[str, Any] = {}


def setup(template: dict[str, Any]) -> None:
    """Before the first fork: remember the main module's shape, make standard output prompt."""
    _state["template"] = template
    sys.path_importer_cache.pop(os.path.dirname(template["__file__"]), None)  # noqa: PTH120
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]


def become(
    order: dict[str, Any],
    cached: tuple[CodeType, bytes] | None,
    fds: list[int],
    ours: tuple[int, ...],
    environ: tuple[int, int],
) -> None:
    """Be the run process that `order` describes; never returns."""
    _state["pid"] = os.getpid()
    _take_descriptors(order, fds, ours)
    _take_environment(order, environ)
    _take_limits(order)
    try:
        os.chdir(order["cwd"])
    except OSError as error:
        refuse("the working folder can't be entered: %s" % error, 126)
    kind = order["kind"]
    if kind == "command" or order["exec"]:
        execute(order)
    elif kind == "function":
        run_function(order)
    else:
        sys.argv[:] = [order["path"], *order["argv"]]
        run_script(order["code_path"], order["path"], cached)


def become_cold(template: dict[str, Any], code_path: str, path: str) -> None:
    """The same in a fresh interpreter, which has descriptors, environment and limits already."""
    setup(template)
    _state["pid"] = os.getpid()
    _state["events"] = int(os.environ["RUNYARD_EVENTS"].rpartition("/")[2])
    _state["events_id"] = os.fstat(_state["events"])[1:3]
    run_script(code_path, path, None)


def _take_descriptors(order: dict[str, Any], fds: list[int], ours: tuple[int, ...]) -> None:
    os.setsid()
    for fd in ours:
        os.close(fd)
    out, err, events = fds
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    import fcntl

    try:
        _state["events"] = fcntl.fcntl(events, fcntl.F_DUPFD, EVENTS_FD)
    except OSError:  # the limit on open files is below that number
        _state["events"] = fcntl.fcntl(events, fcntl.F_DUPFD, 3)
    _state["events_id"] = os.fstat(events)[1:3]
    for fd in (null, out, err, events):
        os.close(fd)


def _take_environment(order: dict[str, Any], place: tuple[int, int]) -> None:
    address, room = place
    key = order["key"].encode()
    if room >= len(key):
        try:
            memory = os.open("/proc/self/mem", os.O_WRONLY)
            os.pwrite(memory, key.ljust(room), address)
            os.close(memory)
        except OSError:
            _state["unmarked"] = True  # only pure forks of this run are harder to find then
    env = order["env"]
    env["RUNYARD_EVENTS"] = "/proc/%d/fd/%d" % (_state["pid"], _state["events"])
    coerced = os.environ.get("LC_CTYPE")
    if coerced and not env.keys() & {"LC_ALL", "LC_CTYPE", "LANG"}:
        env["LC_CTYPE"] = coerced  # python itself set it, for the C locale
    zone = os.environ.get("TZ")
    for name in [name for name in os.environ if name not in env]:
        del os.environ[name]
    for name, value in env.items():
        if os.environ.get(name) != value:
            os.environ[name] = value
    if env.get("TZ") != zone:
        time.tzset()


def _take_limits(order: dict[str, Any]) -> None:
    files, cpu_s = order["open_files"], order["cpu_s"]
    if files is None and cpu_s is None:
        return
    import resource

    if files is not None:
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if hard != resource.RLIM_INFINITY:
            files = min(files, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    if cpu_s is not None:
        seconds = max(1, int(-(-cpu_s // 1)))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))


def execute(order: dict[str, Any]) -> None:
    """Replace this process by the command, or by a fresh interpreter for the script."""
    if order["kind"] == "command":
        argv = list(order["argv"])
    else:
        argv = [sys.executable, "-u"]
        if not _same_content(order["code_path"], order["path"]):
            argv += [__file__[: -len("child.py")] + "cold.py", order["code_path"]]
        argv += [order["path"], *order["argv"]]
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvpe(argv[0], argv, os.environ)
    except FileNotFoundError:
        refuse("the command %r was not found" % argv[0], 127)
    except (OSError, ValueError) as error:
        refuse("the command %r can't be started: %s" % (argv[0], error), 126)


def refuse(text: str, status: int) -> None:
    """Say why nothing could be started, in the log and as an event, and end."""
    send_event({"type": "error", "error": {"type": "not_startable", "message": text}})
    os.write(2, ("runyard: %s\n" % text).encode(errors="replace"))
    os._exit(status)


def run_script(code_path: str, path: str, cached: tuple[CodeType, bytes] | None) -> None:
    """Execute the frozen content as `__main__` of `path`, then end as the interpreter would."""
    _state["known"] = set(sys.modules)
    main = _fresh_main(path)
    if hasattr(sys, "orig_argv"):
        sys.orig_argv[:] = [sys.executable, *sys.argv]
    sys.path.insert(0, os.path.dirname(path))  # noqa: PTH120
    failure: BaseException | None = None
    try:
        code = _code(code_path, path) if cached is None else cached[0]
        if cached is not None:
            _show_frozen(path, cached[1])
        exec(code, main.__dict__)  # noqa: S102 - running the user's script is the product
    except BaseException as error:  # noqa: BLE001 - as the interpreter does
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
    """What can't be decoded is refused in other words from a file than from bytes: let python say it."""
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
    _state["known"] = set(sys.modules)
    _fresh_main(None)
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
    except BaseException as error:  # noqa: BLE001
        failure = error
    end(failure)


def end(failure: BaseException | None) -> None:
    """Report what ended the run, if anything did, and finish. Outside of any `except`: what hooks
    raise must not look as if it happened while the user's exception was handled."""
    finish(0 if failure is None else report_exception(failure))


def _fresh_main(path: str | None) -> Any:
    main = type(sys)("__main__")
    names = main.__dict__
    names.clear()
    names.update(_state["template"])
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
    """Whether the file still says the same; if not, tracebacks and `inspect` show the frozen lines."""
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
    _state["frozen"] = (path, lines)
    return False


def _same_content(one: str, other: str) -> bool:
    try:
        with open(one, "rb") as first, open(other, "rb") as second:
            return first.read() == second.read()
    except OSError:
        return False


def report_exception(error: BaseException) -> int:
    """Show what ended the script as the interpreter would; its exit status (or -SIGINT)."""
    trace = _without_our_frames(error.__traceback__)
    error.__traceback__ = trace
    if isinstance(error, SystemExit):
        return _exit_status(error)
    if os.getpid() == _state["pid"]:
        _send_error(error)
    return _show_exception(type(error), error, trace)


def _without_our_frames(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and trace.tb_frame.f_code.co_filename == _OWN_FILE:
        trace = trace.tb_next
    return trace


_OWN_FILE = _without_our_frames.__code__.co_filename


def _exit_status(error: SystemExit) -> int:
    code = error.code
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF if -(2**63) <= code < 2**63 else 0xFF
    try:
        sys.stderr.write(str(code) + "\n")
        sys.stderr.flush()
    except Exception:  # noqa: BLE001, S110 - python ignores that too
        pass
    return 1


def _show_exception(kind: Any, error: BaseException, trace: TracebackType | None) -> int:
    sys.last_type, sys.last_value, sys.last_traceback = kind, error, trace
    if sys.version_info >= (3, 12):
        sys.last_exc = error
    try:
        sys.stdout.flush()
    except Exception:  # noqa: BLE001, S110 - shown at the end
        pass
    try:
        hook = sys.excepthook
        if "frozen" in _state and hook is sys.__excepthook__:
            import traceback

            _correct_line(error, *_state["frozen"])
            traceback.print_exception(kind, error, trace)
        else:
            hook(kind, error, trace)
    except SystemExit as inner:
        return _exit_status(inner)
    except BaseException as inner:  # noqa: BLE001
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
    except Exception as inner:  # noqa: BLE001 - the user's __str__ may raise anything
        lines, text = [], "(no text: %s)" % type(inner).__name__
    send_event({
        "type": "error",
        "error": {
            "type": type(error).__name__,
            "message": text[:_TRACEBACK_CHARACTERS],
            "traceback": "".join(lines)[-_TRACEBACK_CHARACTERS:],
        },
    })


def send_event(event: dict[str, Any]) -> None:
    """Write one event, if the descriptor still is the event pipe."""
    import json

    line = json.dumps(event).encode() + b"\n"
    try:
        if os.fstat(_state["events"])[1:3] == _state["events_id"]:
            while line:
                line = line[os.write(_state["events"], line) :]
    except OSError:
        pass  # the script closed it: its right


def finish(status: int) -> None:
    """End as `Py_FinalizeEx` does: threads, atexit, buffers, objects with finalizers. No return."""
    threading = sys.modules.get("threading")
    try:
        if threading is not None:
            threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001
    except BaseException as error:  # noqa: BLE001
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
    import atexit

    try:
        atexit._run_exitfuncs()
    except SystemExit:
        pass
    except BaseException as error:  # noqa: BLE001 - printed by atexit itself before Python 3.10
        if sys.version_info >= (3, 10):
            sys.__excepthook__(type(error), error, _without_our_frames(error.__traceback__))


def _flush() -> bool:
    flushed = True
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except BaseException as error:  # noqa: BLE001 - as the interpreter does
            flushed = False
            if stream is sys.stdout:
                _complain(error, stream)
    return flushed


def _complain(error: BaseException, stream: Any) -> None:
    try:
        sys.stderr.write("Exception ignored in: %r\n" % stream)
        sys.stderr.write("%s: %s\n" % (type(error).__name__, error))
    except Exception:  # noqa: BLE001, S110 - nowhere left to say it
        pass


def _drop_modules() -> None:
    """Let go of the main module and what it imported, so that finalizers run as at a real exit."""
    import gc

    known = _state["known"] - {"__main__"}
    modules = sys.modules
    for name in [name for name in modules if name not in known]:
        if name != "sys" and name != "builtins":
            del modules[name]
    sys.last_type = sys.last_value = sys.last_traceback = None
    if hasattr(sys, "last_exc"):
        sys.last_exc = None  # type: ignore[assignment]
    gc.collect()
