"""Lists and views: aligned plain text in a pipe, colours on a terminal, JSON for programs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runyard.sdk.client import Client
from tests.cli.shell import Shell
from tests.sdk.scripts import environment

INSTALLED = str(Path(sys.executable).with_name("runyard"))


def test_ps_lists_what_lives(shell: Shell, client: Client) -> None:
    done = shell("ps")
    assert (done.code, done.out, done.err) == (0, "", "no runs\n")
    over = client.submit("hello", wait_s=30)
    live = client.submit("slow")
    assert [row[0] for row in shell("ps").rows] == [live.id]
    assert [row[0] for row in shell("ps", "-a").rows] == [live.id, over.id]
    assert shell("ps", "-a", "-q").out == f"{live.id}\n{over.id}\n"
    assert [run["id"] for run in shell("ps", "-a", "--json").json] == [live.id, over.id]


def test_a_table_in_a_pipe_is_aligned_and_plain(shell: Shell, client: Client) -> None:
    client.submit("hello", wait_s=30)
    client.submit("bad", wait_s=30)
    lines = shell("runs").out.splitlines()
    column = lines[0].index("STATUS")
    assert [line[column - 2 :].split()[0] for line in lines] == ["STATUS", "failed", "succeeded"]
    assert "exit_code: ended with 3" in lines[1]
    assert "\x1b" not in "".join(lines)


def test_a_table_on_a_terminal_has_colours(shell: Shell, client: Client) -> None:
    client.submit("hello", wait_s=30)
    done = shell.on_terminal("runs")
    assert "\x1b[32msucceeded" in done.out


def test_runs_filters(shell: Shell, client: Client) -> None:
    run = client.submit("hello", wait_s=30)
    client.submit("slow")
    assert shell("runs", "--task", "hello", "-q").out == f"{run.id}\n"
    assert shell("runs", "--status", "final", "-q", "--since", "1h").out == f"{run.id}\n"
    assert len(shell("runs", "-n", "1", "--json").json) == 1


def test_show_has_outcome_and_attempts(shell: Shell, client: Client) -> None:
    run = client.submit("bad", {"k": "v"}, wait_s=30)
    out = shell("show", run.id).out
    facts = dict(line.split(maxsplit=1) for line in out.split("\n\n")[0].splitlines())
    assert facts["run"] == run.id
    assert facts["status"] == "failed"
    assert facts["error"] == "exit_code: ended with 3"
    assert facts["params"] == '{"k": "v"}'
    assert out.split("\n\n")[1].splitlines()[1].split()[:2] == ["1", "failed"]
    assert shell("show", "last", "--json").json["id"] == run.id


def test_status_and_executors(shell: Shell) -> None:
    out = shell("status").out
    assert "4 in /t" in out
    assert "connected, process 7" in out
    assert shell("status", "--json").json["max_workers"] == 5
    assert shell("executors").rows[0][:2] == ["script", "built-in"]
    assert "2" in shell("reload").out


def test_queues(shell: Shell) -> None:
    assert shell("queues").rows == [["script", "none", "none", "1", "0", "active"]]
    assert shell("queues", "limit", "script", "3").out == "script active, limit 3\n"
    assert shell("queues", "limit", "script", "none").out == "script active, no limit\n"
    assert shell("queues", "limit", "script", "many").code == 2
    done = shell("queues", "set", "script", "--rate", "5/s", "--limit", "2")
    assert done.out == "script active, limit 2, rate 5/s\n"
    assert shell("queues").rows == [["script", "2", "5/s", "1", "0", "active"]]
    done = shell("queues", "set", "script", "--rate", "none", "--limit", "none")
    assert done.out == "script active, no limit\n"
    assert shell("queues", "set", "script").code == 2
    assert shell("queues", "pause", "script").out == "script paused, no limit\n"
    assert shell("queues", "resume", "script", "--json").json["paused"] is False
    assert shell("queues", "pause", "nothing").code == 3


def test_tasks_list_and_show(shell: Shell) -> None:
    assert [row[0] for row in shell("tasks").rows] == ["bad", "hello", "report", "slow"]
    assert [t["id"] for t in shell("tasks", "list", "-s", "hel", "--json").json] == ["hello"]
    assert "Title of hello" in shell("tasks", "show", "hello").out
    content = shell("tasks", "show", "hello", "--content").out
    assert content == "import sys\nprint('hello', *sys.argv[1:])\n"


def test_tasks_from_new_to_rm(shell: Shell, client: Client, tmp_path: Path) -> None:
    source = tmp_path / "x.py"
    source.write_text("print(1)\n")
    assert shell("tasks", "new", "mine", "--file", str(source)).out == "mine version 1\n"
    assert shell("tasks", "new", "mine", "-f", str(source)).code == 4
    done = shell("tasks", "edit", "mine", "-f", "-", "-m", "two", stdin="print(2)\n")
    assert done.out == "mine version 2\n"
    assert [row[0] for row in shell("tasks", "versions", "mine").rows] == ["2", "1"]
    diff = shell("tasks", "diff", "mine").out
    assert "-print(1)\n+print(2)\n" in diff
    assert "-print(2)\n+print(1)\n" in shell("tasks", "diff", "mine", "2", "1").out
    assert shell("tasks", "restore", "mine", "1").out == "mine version 3\n"
    assert shell("tasks", "rename", "mine", "yours").out == "yours version 3\n"
    assert shell("tasks", "pause", "yours").out == "yours paused\n"
    assert shell("tasks", "resume", "yours").out == "yours active\n"
    assert shell("tasks", "rm", "yours").out == "yours\n"
    assert shell("tasks", "show", "yours").code == 3
    assert shell("tasks", "new", "fresh").code == 0
    assert '# title = "fresh"' in (client.tasks.get("fresh").content or "")


def test_the_editor(shell: Shell, client: Client, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "# edited" >> "$1"\n')
    editor.chmod(0o755)
    assert shell("tasks", "edit", "hello", EDITOR=str(editor)).out == "hello version 2\n"
    assert (client.tasks.get("hello").content or "").endswith("# edited\n")
    assert "nothing changed" in shell("tasks", "edit", "hello", EDITOR="true").err
    assert shell("tasks", "edit", "hello", EDITOR="false").code == 2
    assert "can't be started" in shell("tasks", "edit", "hello", EDITOR="/no/editor").err
    assert client.tasks.get("hello").version == 2


def test_init_copies_and_never_overwrites(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "tasks"
    first = shell("init", str(folder))
    assert first.code == 0
    made = sorted(folder.glob("*.py"))
    assert first.out.splitlines() == [str(path) for path in made]
    for path in made:
        path.write_text("mine")
    second = shell("init", str(folder))
    assert (second.code, second.out) == (0, "")
    assert all(path.read_text() == "mine" for path in made)


@pytest.mark.parametrize("words", [[], ["tasks"], ["queues"], ["run"], ["serve"], ["cancel"]])
def test_every_help_is_there(words: list[str]) -> None:
    done = Shell(url="http://127.0.0.1:9")(*words, "--help")
    assert done.code == 0
    assert done.out.startswith("Usage: ")


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom runyard.cli.main import main\nsys.argv[1:] = ['--help']\n"
        "try: main()\nexcept SystemExit: print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "runyard.cli.submit" in loaded
    assert not loaded & {"httpx2", "rich", "pydantic", "sqlalchemy", "fastapi", "asyncio"}


def test_a_command_loads_no_other() -> None:
    code = (
        "import sys\nfrom runyard.cli.main import main\nsys.argv[1:] = ['serve', '--help']\n"
        "try: main()\nexcept SystemExit: print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    loaded = {name for name in done.stdout.splitlines()[-1].split() if "runyard.cli." in name}
    others = {"connection", "exits", "lazily", "main", "output", "serve"}
    assert loaded == {f"runyard.cli.{name}" for name in others}


def test_a_name_nearly_right_is_told(shell: Shell) -> None:
    done = shell("schedule")
    assert done.code == 2
    assert "'schedules'" in done.err


def test_completion_offers_commands_and_what_they_are_for(shell: Shell) -> None:
    done = shell(
        _RUNYARD_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS="runyard tasks v", COLUMNS="80"
    )
    assert "versions" in done.out
    assert "List the saved contents" in done.out


def test_completion_offers_tasks(shell: Shell) -> None:
    done = shell(
        _RUNYARD_COMPLETE="complete_bash", COMP_WORDS="runyard run h", COMP_CWORD="2",
        _TYPER_COMPLETE_ARGS="runyard run h",
    )  # fmt: skip
    assert done.out.split() == ["hello"]


@pytest.mark.parametrize("command", [[sys.executable, "-m", "runyard"], [INSTALLED]])
def test_the_version(command: list[str]) -> None:
    done = subprocess.run(
        [*command, "--version"], capture_output=True, text=True, timeout=240, check=True
    )
    assert (done.stdout, done.stderr) == ("runyard 0.1.0\n", "")
