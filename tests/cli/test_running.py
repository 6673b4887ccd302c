"""`run`, `logs`, `cancel`, `rerun`: starting, watching and ending runs from the shell."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest

from runyard.sdk.client import Client
from tests.cli.shell import Shell
from tests.support.waiting import eventually
from tests.support.warm import warm


def test_run_prints_the_id(shell: Shell, client: Client) -> None:
    done = shell("run", "hello")
    assert (done.code, done.err) == (0, "")
    assert client.wait(done.out.strip()).task_id == "hello"


@pytest.mark.parametrize(("task", "code"), [("hello", 0), ("bad", 1)])
def test_following_shows_the_log_and_exits_as_the_run_did(
    shell: Shell, task: str, code: int
) -> None:
    done = shell("run", task, "--follow", "--", "a", "-b")
    assert done.code == code
    expected = {"hello": ["hello a -b"], "bad": ["on its way", "oops"]}
    assert sorted(done.out.splitlines()) == expected[task]
    assert ("succeeded" if code == 0 else "failed after") in done.err


def test_a_time_limit_ends_with_124(shell: Shell) -> None:
    done = shell("run", "slow", "--wait", "--timeout", "0.2s")
    assert done.code == 124
    assert "timed out" in done.err


def test_options_reach_the_server(shell: Shell, client: Client) -> None:
    done = shell(
        "run", "report", "-p", "name=a=b", "-p", "n:=5", "--priority", "-2", "--label", "x",
        "--if-busy", "queue", "--delay", "0s", "--idempotency-key", "k", "--arg", "1", "--json",
    )  # fmt: skip
    asked = done.json["asked"]
    assert asked == {
        "task_id": "report",
        "params": {"name": "a=b", "n": 5},
        "argv": ["1"],
        "priority": -2,
        "labels": ["x"],
        "if_busy": "queue",
        "delay_s": 0.0,
    }
    again = shell("run", "report", "--idempotency-key", "k")
    assert again.out.splitlines()[0] == done.json["id"]


def test_follow_as_json_keeps_stdout_for_the_run(shell: Shell) -> None:
    done = shell("run", "report", "--follow", "--json")
    assert (done.code, done.json["status"], done.json["result"]) == (0, "succeeded", {"rows": 3})


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["run", "nothing"], 3, "there is no task nothing"),
        (["run"], 2, "either a task or --executor"),
        (["run", "hello", "-p", "n"], 2, "is not NAME=VALUE"),
        (["run", "hello", "-p", "n:={"], 2, "is not JSON"),
        (["run", "hello", "--at", "someday"], 2, "is not a time"),
        (["run", "hello", "--delay", "soon"], 2, "soon"),
        (["run", "--executor", "shell", "--config", "[]"], 2, "is not a JSON object"),
        (["logs", "0zzzzzzz"], 3, "no run called 0zzzzzzz"),
        (["show", "x"], 3, "too short"),
        (["why", "last"], 3, "there is no run yet"),
        (["cancel"], 2, "either runs or --filter"),
        (["cancel", "--filter", "colour=red"], 2, "is not understood"),
        (["nonsense"], 2, "No such command"),
    ],
)
def test_errors_are_a_sentence_and_a_status(
    shell: Shell, words: list[str], code: int, text: str
) -> None:
    done = shell(*words)
    assert (done.code, done.out) == (code, "")
    assert text in done.err
    assert "Traceback" not in done.err


def test_busy_is_a_conflict(shell: Shell, client: Client) -> None:
    client.submit("slow")
    done = shell("run", "slow", "--if-busy", "reject")
    assert (done.code, done.err) == (4, "runyard: task slow runs already\n")


def test_no_server() -> None:
    done = Shell(url="http://127.0.0.1:9")("ps")
    assert done.code == 5
    assert "no Runyard server answers at http://127.0.0.1:9" in done.err
    assert "hint: start one with `runyard serve`" in done.err


def started(shell: Shell, client: Client, *words: str) -> tuple[subprocess.Popen[str], str]:
    process = shell.start(*words)
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process, client.runs.list(task_id="slow").items[0].id


def test_interrupting_only_detaches(shell: Shell, client: Client) -> None:
    process, run_id = started(shell, client, "run", "slow", "--follow")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert f"run {run_id} goes on; `runyard logs -f {run_id}`" in err
    assert client.runs.get(run_id).status == "running"


def test_interrupting_cancels_when_asked_to(shell: Shell, client: Client) -> None:
    process, run_id = started(shell, client, "run", "slow", "--follow", "--cancel-on-interrupt")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert out == ""  # no line twice
    assert f"run {run_id} cancelled" in err
    assert client.runs.get(run_id).cancel_reason == "interrupted at the terminal"


def test_logs_prints_tails_and_follows(shell: Shell, client: Client) -> None:
    client.tasks.create("many", "for n in range(10): print('line', n)\n")
    run = client.submit("many", wait_s=30)
    every = "".join(f"line {n}\n" for n in range(10))
    assert shell("logs", "many").out == every
    assert shell("logs", "last", "--tail", "2").out == "line 8\nline 9\n"
    timed = shell("logs", run.id, "--time", "-n", "1").out
    assert timed[2] == timed[5] == ":"
    assert timed.endswith(" line 9\n")
    followed = shell("logs", "-f", run.id[-6:])
    assert (followed.code, followed.out) == (0, every)
    lines = [json.loads(line) for line in shell("logs", run.id, "--json").out.splitlines()]
    assert [line["text"] for line in lines] == every.splitlines()


def test_logs_into_a_pipe_that_closes(shell: Shell, client: Client) -> None:
    client.tasks.create("many", "for n in range(3000): print('line', n)\n")
    client.submit("many", wait_s=30)
    with shell.start("logs", "many") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "line 0\n"
        process.stdout.close()
        assert process.wait(30) == 1
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_a_reader_that_is_gone_is_no_traceback(shell: Shell) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [str(warm().command), "tasks"],
        env=shell.environment(),
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=240,
        check=False,
    )
    os.close(writer)
    assert done.stderr == b""


def test_cancel_by_word_and_by_filter(shell: Shell, client: Client) -> None:
    first = client.submit("slow")
    waiting = client.submit("slow")
    done = shell("cancel", waiting.id, "--reason", "not needed")
    assert (done.code, done.out) == (0, f"{waiting.id}\n")
    assert client.runs.get(waiting.id).cancel_reason == "not needed"
    done = shell("cancel", "--filter", "task=slow", "--filter", "status=live", "--wait")
    assert done.out == f"{first.id}\n"
    assert client.runs.get(first.id).status == "cancelled"
    done = shell("cancel", "--filter", "task=slow")
    assert (done.code, done.out, done.err) == (0, "", "no live run matches\n")


def test_rerun_with_other_parameters(shell: Shell, client: Client) -> None:
    old = client.submit("hello", {"a": "1"}, wait_s=30)
    done = shell("rerun", "hello", "-p", "a=2", "--json")
    assert (done.json["rerun_of"], done.json["params"]) == (old.id, {"a": "2"})
    done = shell("rerun", old.id, "--follow", "--exact")
    assert (done.code, done.out) == (0, "hello\n")


def test_following_on_a_terminal_shows_log_and_outcome(shell: Shell) -> None:
    done = shell.on_terminal("run", "bad", "-f")
    assert done.code == 1
    assert "on its way\r\n" in done.out
    assert "failed after" in done.out


def test_watch_shows_changes_until_interrupted(shell: Shell, client: Client) -> None:
    run = client.submit("hello", wait_s=30)
    process = shell.start("watch", "--since", "0", run.id)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(2)]
    assert [line.split()[-1] for line in lines] == ["running", "succeeded"]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    assert process.returncode == 0


def test_watch_as_json_is_a_change_a_line(shell: Shell, client: Client) -> None:
    process = shell.start("watch", "--json", "--since", "0")
    assert process.stdout is not None
    change = json.loads(process.stdout.readline())
    assert (change["seq"], change["kind"]) == (1, "task")
    process.terminate()
    process.communicate(timeout=120)


def test_a_waiting_run_says_why(shell: Shell, client: Client) -> None:
    client.submit("slow")
    waiting = client.submit("slow")
    done = shell("why", waiting.id)
    assert done.out == f"{waiting.id} queued: task slow runs already\n"
    eventually(lambda: client.runs.list(status="running").items)
    assert shell("why", waiting.id, "--json").json["why"] == "task slow runs already"
