"""What a run says on its event channel, garbage included."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from runyard.process.channel import judge
from runyard.process.pump import INDEX_RECORD, PLATFORM, STDOUT
from tests.process.client import Event, Supervised

SEND = """
import json, os
events = open(os.environ["RUNYARD_EVENTS"], "w", buffering=1)
def send(**event):
    events.write(json.dumps(event) + "\\n")
"""


def test_progress_result_and_log(supervised: Supervised) -> None:
    key = supervised.script(
        SEND + "send(type='progress', progress=50, message='half', detail={'a': 1})\n"
        "send(type='log', level='info', message='hi', fields={'b': 2})\n"
        "send(type='result', result={'answer': 42})\n"
    )
    supervised.finish(key)
    kinds = [event["event"] for event in supervised.of(key)]
    assert kinds == ["started", "progress", "message", "result", "exited"]
    progress, message, result = supervised.of(key)[1:4]
    assert (progress["progress"], progress["message"], progress["detail"]) == (50, "half", {"a": 1})
    assert (message["level"], message["message"], message["fields"]) == ("info", "hi", {"b": 2})
    assert result["result"] == {"answer": 42}


def test_what_a_run_logs_is_in_its_log(supervised: Supervised) -> None:
    key = supervised.script(
        SEND + "import time\nprint('before', end='', flush=True)\ntime.sleep(0.1)\n"
        "send(type='log', level='error', message='two\\nlines', fields={'n': 2, 'who': 'me'})\n"
        "os.write(250, b'nonsense\\n')\n"
        "send(type='log', message='x' * 100_000)\n"
    )
    supervised.finish(key)
    start, error, warning, long, rest = supervised.log(key).split(b"\n")
    assert (start, error, rest) == (b"before", rb"[error] two\nlines n=2 who=me", b"")
    assert warning.startswith(b"[warning] a line on the event channel is not a JSON object")
    assert warning.endswith(b"line=nonsense")
    assert (long[:10], len(long)) == (b"[info] xxx", 2000)
    index = (supervised.data / "logs" / f"{key}.log.idx").read_bytes()
    streams = [mark & 3 for _, mark in INDEX_RECORD.iter_unpack(index)]
    assert streams[:2] == [STDOUT, PLATFORM]


def test_what_a_run_logs_counts_as_output(supervised: Supervised) -> None:
    key = supervised.script(
        SEND + "for n in range(100): send(type='log', message='y' * 92)\n",
        limits={"output_bytes": 1000},
    )
    exited = supervised.finish(key)
    assert supervised.log(key).count(b"y" * 92 + b"\n") == 10
    assert exited["dropped_bytes"] == 9000
    assert len(supervised.of(key, "message")) == 100


def test_other_processes_of_the_run_may_send_too(supervised: Supervised) -> None:
    key = supervised.script(
        "import subprocess\n"
        'line = \'{"type": "result", "result": 7}\'\n'
        "subprocess.run(['sh', '-c', 'echo \\'%s\\' > $RUNYARD_EVENTS' % line], check=True)\n"
    )
    assert supervised.finish(key)["exit_code"] == 0
    assert supervised.of(key, "result")[0]["result"] == 7


def test_a_hundred_thousand_progress_events_are_coalesced(supervised: Supervised) -> None:
    key = supervised.script(
        SEND + "for n in range(100_000):\n    send(type='progress', progress=n / 1000)\n"
    )
    exited = supervised.finish(key)
    sent = supervised.of(key, "progress")
    took_s = (exited["at_us"] - supervised.of(key, "started")[0]["at_us"]) / 1e6
    assert sent[-1]["progress"] == 99.999
    assert len(sent) <= took_s / 0.1 + 3
    assert sent[-1]["seq"] < exited["seq"]


def test_garbage_becomes_warnings_and_the_run_goes_on(supervised: Supervised) -> None:
    key = supervised.script(
        "import os\n"
        'os.write(250, b\'not json\\n[1]\\n{"type": "dance"}\\n\\xff\\xfe\\n\')\n'
        'line = b\'{"type": "log", "message": "\' + b\'x\' * (2 << 20) + b\'"}\\n\'\n'
        "while line: line = line[os.write(250, line):]\n"
        'os.write(250, b\'{"type": "result", "result": 1}\')\n'
        "print('fine')\n"
    )
    assert supervised.finish(key)["exit_code"] == 0
    warnings = supervised.of(key, "message")
    assert [warning["level"] for warning in warnings] == ["warning"] * 5
    assert supervised.of(key, "result")[0]["result"] == 1, "the last line needs no newline"


def test_the_exception_that_ends_a_script_is_told(supervised: Supervised) -> None:
    key = supervised.script("def f():\n    raise ValueError('bad')\nf()\n")
    supervised.finish(key)
    error = supervised.of(key, "error")[0]["error"]
    assert (error["type"], error["message"]) == ("ValueError", "bad")
    assert error["traceback"].startswith("Traceback (most recent call last):\n  File ")
    assert "runyard/process" not in error["traceback"]


def test_a_fork_of_the_script_does_not_tell_its_exception(supervised: Supervised) -> None:
    key = supervised.script(
        "import os\npid = os.fork()\nif pid == 0:\n    raise ValueError('x')\nos.waitpid(pid, 0)\n"
    )
    assert supervised.finish(key)["exit_code"] == 0
    assert supervised.of(key, "error") == []


def test_what_cannot_be_started_says_why(supervised: Supervised) -> None:
    missing = supervised.command("/no/such/program")
    assert supervised.finish(missing)["exit_code"] == 127
    assert supervised.of(missing, "error")[0]["error"]["type"] == "not_startable"
    nowhere = supervised.command("/bin/true", cwd="/no/such/folder")
    assert supervised.finish(nowhere)["exit_code"] == 126
    python = supervised.script("pass", python="/no/such/python")
    assert "/no/such/python" in supervised.wait_for(python, "refused")["reason"]
    nothing = supervised.start(kind="dance")
    assert "dance" in supervised.wait_for(nothing, "refused")["reason"]


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = ("progress", "message", "detail", "result", "level", "fields", "error")
KINDS = ["progress", "result", "log", "error", "ready", "other"]


@given(st.binary(max_size=60))
def test_any_bytes_are_judged(line: bytes) -> None:
    check(*judge(line))


@given(
    st.fixed_dictionaries(
        {"type": st.sampled_from(KINDS)},
        optional=dict.fromkeys(
            ("progress", "message", "detail", "result", "level", "fields", "error"), json_values
        ),
    )
)
def test_any_event_is_judged(event: Event) -> None:
    check(*judge(json.dumps(event).encode()))


def check(kind: str, fields: Event) -> None:
    assert kind in ("progress", "result", "message", "error", "ready")
    if kind == "progress" and "progress" in fields:
        assert 0 <= fields["progress"] <= 100
    if kind == "message":
        assert isinstance(fields["message"], str)
        assert isinstance(fields["fields"], dict)
