"""Following a run: its log as it comes, its progress on a terminal, its outcome as exit status.

Ctrl-C only detaches: the run goes on. With `cancel_on_interrupt` the first Ctrl-C cancels the run
and following goes on to its end; the second one detaches.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, NoReturn, TextIO

import typer

from runyard.cli import exits, output, times
from runyard.sdk.errors import ClientError

if TYPE_CHECKING:
    from types import FrameType

    from rich.console import Console
    from rich.progress import Progress

    from runyard.sdk.client import Client
    from runyard.sdk.objects import LogLine, Run

_LOOK_EVERY_S = 0.5


def follow(
    client: Client,
    run: Run,
    *,
    offset: int = 0,
    with_time: bool = False,
    cancel_on_interrupt: bool = False,
    to: TextIO | None = None,
) -> Run:
    """Print the log from `offset` to the run's end, and answer the final run.

    Exits with 130 when the user detaches. `to` is where lines go that are for people only.
    """
    last = -1  # where the line printed last starts

    def read_on() -> Run:
        nonlocal last
        with _screen(client, run, to) as show, _interrupted_between_lines() as printing:
            for line in client.follow(run, offset=max(offset, last)):
                if line.offset != last:
                    with printing():
                        show(render(line, with_time=with_time), line.stream)
                        last = line.offset
        return client.wait(run)

    return _until_detached(client, run, read_on, cancel_on_interrupt=cancel_on_interrupt)


@contextmanager
def _interrupted_between_lines() -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """A Ctrl-C while a line is printed counts after it, so no line is lost or printed twice.

    A second one counts at once: a terminal that takes no more output must not hold the user.
    """
    is_printing = was_interrupted = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal was_interrupted
        if is_printing and not was_interrupted:
            was_interrupted = True
            return
        signal.default_int_handler(number, frame)

    @contextmanager
    def printing() -> Iterator[None]:
        nonlocal is_printing
        is_printing = True
        yield
        is_printing = False
        if was_interrupted:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield printing
    finally:
        signal.signal(signal.SIGINT, before)


def wait(client: Client, run: Run, *, cancel_on_interrupt: bool = False) -> Run:
    """The final run, without its log."""
    return _until_detached(
        client, run, lambda: client.wait(run), cancel_on_interrupt=cancel_on_interrupt
    )


def _until_detached(
    client: Client, run: Run, watch: Callable[[], Run], *, cancel_on_interrupt: bool
) -> Run:
    try:
        return watch()
    except KeyboardInterrupt:
        if not cancel_on_interrupt:
            _detach(run)
    output.note(f"cancelling {run.id}; Ctrl-C again to leave it alone")
    try:
        client.cancel(run.id, "interrupted at the terminal")
        return watch()
    except KeyboardInterrupt:
        _detach(run)


def _detach(run: Run) -> NoReturn:
    output.note(f"run {run.id} goes on; `runyard logs -f {run.id}` or `runyard cancel {run.id}`")
    raise typer.Exit(exits.INTERRUPTED)


def render(line: LogLine, *, with_time: bool) -> str:
    """A line as it is printed. What Runyard itself says starts with `[runyard]`."""
    text = f"[runyard] {line.text}" if line.stream == "platform" else line.text
    if not with_time:
        return text
    at = f"{line.at.astimezone():%H:%M:%S.%f}"[:-3] if line.at else " " * 12
    return f"{at} {text}"


def tell_outcome(run: Run) -> None:
    """One line on stderr about how it ended, and the error if there is one."""
    took = times.span(run.started_at, run.finished_at)
    output.note(f"run {run.id} {run.status.replace('_', ' ')}{f' after {took}' if took else ''}")
    if run.error is not None:
        output.note(f"  {output.error_text(run.error.type, output.one_line(run.error.message))}")


Show = Callable[[str, str], None]


@contextmanager
def _screen(client: Client, run: Run, to: TextIO | None) -> Iterator[Show]:
    if to is None and output.is_terminal():
        with _with_progress(client, run) as show:
            yield show
    else:
        out = to or sys.stdout

        def show(text: str, stream: str) -> None:
            del stream
            out.write(text + "\n")
            out.flush()

        yield show


@contextmanager
def _with_progress(client: Client, run: Run) -> Iterator[Show]:
    """Lines scroll above a progress bar, which a thread of its own keeps up to date."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    screen = output.console()
    bar = Progress(
        TextColumn("{task.fields[status]}", markup=False),
        BarColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        console=screen,
        transient=True,
    )
    stop = threading.Event()
    looker = threading.Thread(target=_keep_up_to_date, args=(client, run, bar, stop), daemon=True)
    with bar:
        looker.start()
        try:
            yield lambda text, stream: _print_styled(screen, text, stream)
        finally:
            stop.set()
            looker.join(_LOOK_EVERY_S * 4)


def _keep_up_to_date(client: Client, run: Run, bar: Progress, stop: threading.Event) -> None:
    shown = bar.add_task(run.message or "", total=None, status=run.status)
    while not stop.wait(_LOOK_EVERY_S):
        try:
            now = client.runs.get(run.id)
        except ClientError:
            continue  # the log's own stream tells the user when the server is away for good
        bar.update(
            shown,
            status=now.status,
            description=output.one_line(now.message or ""),
            total=None if now.progress is None else 100,
            completed=now.progress or 0,
        )


def _print_styled(screen: Console, text: str, stream: str) -> None:
    from rich.text import Text  # noqa: PLC0415

    line = Text.from_ansi(text)
    line.style = output.STYLES.get(stream, "")
    screen.print(line, soft_wrap=True)
