"""Does what a reader of a page does: saves its files, types its commands, runs its programs."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from runyard.app.settings import load_settings
from runyard.definitions.settings import parse_settings
from runyard.process.channel import judge
from tests.docs.blocks import Block
from tests.docs.terminal import Terminal, commands_of, is_as_shown
from tests.process.wheels import make_wheel
from tests.support.server import Server
from tests.support.waiting import eventually

ADDRESS = "127.0.0.1:5000"
DATABASE = "postgresql://runyard@localhost/runyard"


def make_home(folder: Path) -> Path:
    """A home folder whose uv finds the packages that pages use without any network."""
    home, wheels = folder / "home", folder / "wheels"
    (home / ".config" / "uv").mkdir(parents=True)
    wheels.mkdir()
    make_wheel(wheels, "cowsay", "6.1", text="def cow(text):\n    print(text)\n")
    settings = f'no-index = true\nfind-links = ["{wheels}"]\n'
    (home / ".config" / "uv" / "uv.toml").write_text(settings)
    return home


class Reader:
    """Reads one page, in a folder of its own; a server is started when the first block needs it."""

    def __init__(self, server: Server, *, database: str | None = None) -> None:
        self._server = server
        self._database = database
        (server.folder / ".runyard").symlink_to(server.data, target_is_directory=True)
        home = make_home(server.folder)
        self._env = {"RUNYARD_DATA": str(server.data), "COLUMNS": "200", "HOME": str(home)}
        self._terminal = Terminal(server.folder, self._env)
        self._printed = ""

    def close(self) -> None:
        self._terminal.close()

    def read(self, block: Block) -> None:
        """Raises AssertionError for what is not as the page says."""
        if block.has("no-run"):
            return
        if block.file is not None:
            self._save(block.file, block.text)
        match block.language:
            case "console":
                self._type(block)
            case "python" if block.has("part") or block.file is not None:
                compile(block.text, "block", "exec")
            case "python":
                self._run(block)
            case "text" if block.has("output"):
                assert is_as_shown(block.text, self._printed), self._differs(block.text)
            case "toml" if block.file is None or block.file == "runyard.toml":
                self._check_toml(block.text)
            case "json":
                check_json(block)
            case _:
                return

    # Files

    def _save(self, name: str, text: str) -> None:
        path = self._server.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if name.startswith("tasks/") and name.endswith(".py") and not path.name.startswith("_"):
            self._ensure_server()
            self._until_known(path.stem, text)

    def _until_known(self, task_id: str, text: str) -> None:
        def known() -> bool:
            answer = self._server.http.get(f"/api/v1/tasks/{task_id}")
            return answer.status_code == 200 and answer.json()["content"] == text

        eventually(known, what=f"the server knows {task_id}")

    # Commands

    def _type(self, block: Block) -> None:
        commands = commands_of(block.text)
        for command, after in zip(commands, [*commands[1:], None], strict=True):
            words = shlex.split(command.text, comments=True) if "<<" not in command.text else []
            if words[:2] == ["runyard", "serve"]:
                self._serve(words[2:])
                continue
            if words[:2] != ["runyard", "init"]:
                self._ensure_server()
            status, printed = self._terminal.run(self._local(command.text))
            printed = self._global(printed)
            looks = after is not None and after.text == "echo $?"
            assert status == 0 or looks, (
                f"{command.text}: exit status {status}\n{self._said(printed)}"
            )
            if command.output:
                shown = command.output
                assert is_as_shown(shown, printed), self._differs(shown, printed)

    def _serve(self, options: list[str]) -> None:
        """The server's address, folder of data and of tasks are those of this reader."""
        kept: list[str] = []
        words = iter(word for word in options if word != "&")
        for word in words:
            if word in {"--port", "--data"}:
                next(words)
            elif word == "--tasks":
                assert next(words) == "tasks", "pages keep their tasks in the folder tasks"
            else:
                kept.append(self._local(word))
        self._start(*kept)

    def _ensure_server(self) -> None:
        if self._server.process is None:
            self._start()

    def _start(self, *options: str) -> None:
        if self._server.process is not None:
            if self._server.process.poll() is None:
                self._server.terminate()
            else:
                self._server.kill()
        self._server.start(*options, env=self._env)
        self._terminal.run(f"export RUNYARD_URL={self._server.url}")
        for path in self._server.tasks.glob("*.py"):
            if not path.name.startswith("_"):
                self._until_known(path.stem, path.read_text())

    # Programs

    def _run(self, block: Block) -> None:
        self._ensure_server()
        done = subprocess.run(
            [sys.executable, "-c", self._local(block.text)],
            cwd=self._server.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        self._printed = self._global(done.stdout)
        assert done.returncode == 0, self._said(done.stdout + done.stderr)

    def _environment(self) -> Mapping[str, str]:
        return {**os.environ, **self._env, "RUNYARD_URL": self._server.url}

    # Settings

    def _check_toml(self, text: str) -> None:
        document = tomllib.loads(text)
        table = document.get("tool", {}).get("runyard")
        if table is None:
            path = self._server.folder / "checked.toml"
            path.write_text(text)
            load_settings(config=path)
        else:
            top = {key: value for key, value in document.items() if key != "tool"}
            _, faults = parse_settings({**top, **table})
            assert faults == []

    # The reader's own address and folder instead of those of the page, and back

    def _local(self, text: str) -> str:
        if self._database is not None:
            text = text.replace(DATABASE, self._database)
        return text.replace(ADDRESS, self._server.url.removeprefix("http://") or ADDRESS)

    def _global(self, text: str) -> str:
        if self._server.url:
            text = text.replace(self._server.url.removeprefix("http://"), ADDRESS)
        if self._database is not None:
            text = text.replace(self._database, DATABASE)
        return text.replace(f"{self._server.folder}/data", ".runyard").replace(
            str(self._server.folder), "/home/you"
        )

    def _differs(self, shown: str, printed: str | None = None) -> str:
        said = self._said(self._printed if printed is None else printed)
        return f"the page shows\n{shown}\nbut it printed\n{said}"

    def _said(self, printed: str) -> str:
        return f"{printed}\nthe server said\n{self._server.log()[-4000:]}"


def check_json(block: Block) -> None:
    """JSON that is JSON; of the event protocol also one that Runyard takes."""
    if not block.has("events"):
        json.loads(block.text)
        return
    for line in block.text.splitlines():
        said = json.loads(line)["type"]
        kind, fields = judge(line.encode())
        # What is not understood is a message, too: one about the line.
        assert kind == {"log": "message"}.get(said, said), f"{line}: {fields}"
        assert "fields" not in fields or fields["fields"] == json.loads(line)["fields"]
