"""The built-in executors' launches, and the registry that finds executors by name."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from runyard.domain.errors import Invalid, NotFound
from runyard.domain.tasks import Isolation, TaskSpec
from runyard.engines.contract import LaunchKind
from runyard.executors.app_loading import App
from runyard.executors.contract import ExecutorDescription
from runyard.executors.external import ExternalExecutor
from runyard.executors.function import FunctionExecutor
from runyard.executors.registry import Executors
from runyard.executors.script import ScriptExecutor
from runyard.executors.shell import ShellExecutor
from tests.executors.making import execute, places_in, run_of

CRAWL = ExecutorDescription(
    name="crawl",
    target="app:crawl",
    from_app=True,
    source="app",
    description="Fetches pages.",
    config_schema={
        "type": "object",
        "required": ["url"],
        "properties": {"url": {"type": "string"}, "depth": {"type": "integer", "default": 2}},
    },
    settings={"timeout": "90s", "queue": "web"},
)


def shell_run(config: dict[str, object], **changes: object) -> object:
    return run_of(TaskSpec(executor="shell", config=config), **changes)


class TestScript:
    def test_parameters_become_arguments(self, tmp_path: Path) -> None:
        run = run_of(params={"count": 5, "fast": True, "name": "a b"})
        launch = ScriptExecutor().launch(run, places=places_in(tmp_path))
        assert launch.kind is LaunchKind.SCRIPT
        assert launch.argv == ("--count=5", "--fast", "--name=a b")
        assert launch.path == tmp_path / "tasks" / "report.py"
        assert launch.code_path == tmp_path / "versions" / "report-3.py"
        assert launch.context["params"] == run.params

    def test_plain_arguments_stay_as_they_are(self, tmp_path: Path) -> None:
        run = run_of(argv=("5", "-x"), params={"ignored": 1})
        launch = ScriptExecutor().launch(run, places=places_in(tmp_path))
        assert launch.argv == ("5", "-x")

    def test_needs_a_task(self, tmp_path: Path) -> None:
        assert ScriptExecutor().needs_task
        with pytest.raises(Invalid, match="needs a task"):
            ScriptExecutor().launch(run_of(task_id=None), places=places_in(tmp_path))

    def test_a_draft_executes_its_own_content(self, tmp_path: Path) -> None:
        places = replace(places_in(tmp_path), draft=lambda digest: tmp_path / f"{digest}.py")
        draft = run_of(task_version=None, draft="abc")
        launch = ScriptExecutor().launch(draft, places=places)
        assert launch.code_path == tmp_path / "abc.py"
        assert launch.path == tmp_path / "tasks" / "report.py"
        nameless = run_of(task_id=None, task_version=None, draft="abc")
        launch = ScriptExecutor().launch(nameless, places=places)
        assert (launch.path, launch.task_id) == (tmp_path / "tasks" / "draft.py", "script")

    def test_is_never_pooled_but_may_be_cold(self, tmp_path: Path) -> None:
        places = places_in(tmp_path)
        pooled = run_of(TaskSpec(isolation=Isolation.POOL))
        assert ScriptExecutor().launch(pooled, places=places).isolation is Isolation.FORK
        cold = run_of(TaskSpec(isolation=Isolation.COLD))
        assert ScriptExecutor().launch(cold, places=places).isolation is Isolation.COLD

    def test_has_no_configuration(self) -> None:
        with pytest.raises(Invalid, match="takes no configuration"):
            ScriptExecutor().check_config({"a": 1})
        assert ScriptExecutor().check_config({}) == {}


class TestShell:
    def test_a_line_for_the_shell(self, tmp_path: Path) -> None:
        spec = TaskSpec(
            executor="shell",
            env={"A": "task", "B": "task"},
            config={
                "command": 'echo "$1-$2-$A-$B-$RUNYARD_PARAM_MAX_COUNT-$RUNYARD_PARAM_TAGS"; pwd',
                "env": {"B": "config"},
                "cwd": "sub",
            },
        )
        (tmp_path / "tasks" / "sub").mkdir(parents=True)
        run = run_of(spec, argv=("one", "two"), params={"max-count": 5, "tags": ["x", "y"]})
        launch = ShellExecutor().launch(run, places=places_in(tmp_path))
        assert launch.kind is LaunchKind.COMMAND
        ended = execute(list(launch.argv), env=launch.env, cwd=launch.cwd)
        assert ended.out.splitlines() == [
            'one-two-task-config-5-["x","y"]',
            str(tmp_path / "tasks" / "sub"),
        ]

    def test_a_program_and_its_arguments(self, tmp_path: Path) -> None:
        command = [sys.executable, "-c", "import sys; print(sys.argv[1:]); sys.exit(3)", "$HOME"]
        spec = TaskSpec(
            executor="shell", config={"command": command, "expected_exit_codes": [0, 3]}
        )
        launch = ShellExecutor().launch(run_of(spec, argv=("more",)), places=places_in(tmp_path))
        assert launch.argv == (*command, "more")
        ended = execute(list(launch.argv), env=launch.env, cwd=tmp_path)
        assert ended.out.strip() == "['$HOME', 'more']"
        assert ended.code in ShellExecutor().expected_exit_codes(spec)

    def test_zero_alone_is_expected_unless_said(self) -> None:
        assert ShellExecutor().expected_exit_codes(TaskSpec(config={"command": "true"})) == (0,)

    def test_identity_can_not_be_replaced(self, tmp_path: Path) -> None:
        spec = TaskSpec(config={"command": "true", "env": {"RUNYARD_RUN": "other.1"}})
        launch = ShellExecutor().launch(run_of(spec), places=places_in(tmp_path))
        assert launch.env["RUNYARD_RUN"] == launch.key

    @pytest.mark.parametrize(
        ("config", "where"),
        [
            ({}, "$"),
            ({"command": ""}, "$.command"),
            ({"command": []}, "$.command"),
            ({"command": ["", "x"]}, "$.command"),
            ({"command": "a\0b"}, "$.command"),
            ({"command": "true", "expected_exit_codes": [256]}, "$.expected_exit_codes[0]"),
            ({"command": "true", "env": {"A": 1}}, "$.env.A"),
            ({"command": "true", "comand": "x"}, "$"),
        ],
    )
    def test_wrong_configurations(self, config: dict[str, object], where: str) -> None:
        with pytest.raises(Invalid) as caught:
            ShellExecutor().check_config(config)
        assert [problem["where"] for problem in caught.value.facts["problems"]] == [where]


class TestExternal:
    def test_has_no_process(self, tmp_path: Path) -> None:
        run = run_of(TaskSpec(executor="external", config={"page": 1}), params={"n": 1})
        launch = ExternalExecutor().launch(run, places=places_in(tmp_path))
        assert launch.kind is LaunchKind.EXTERNAL
        assert launch.argv == ()
        assert launch.params == {"n": 1}
        assert ExternalExecutor().check_config({"any": ["thing"]}) == {"any": ["thing"]}


class TestFunction:
    def test_runs_ours_which_calls_theirs(self, tmp_path: Path) -> None:
        app = App(module="app", folder=tmp_path, path=tmp_path / "app.py")
        spec = TaskSpec(
            executor="function", config={"function": "app:add"}, preload=("statistics",)
        )
        launch = FunctionExecutor().launch(
            run_of(spec, params={"a": 1}), places=places_in(tmp_path, app=app)
        )
        assert launch.kind is LaunchKind.FUNCTION
        assert launch.target == "runyard.executors.function_run:run"
        assert launch.preload == (
            "runyard.executors.function_run",
            str(tmp_path / "app.py"),
            "statistics",
        )
        assert launch.context["entry"] == {
            "target": "app:add",
            "app": {"module": "app", "folder": str(tmp_path), "path": str(tmp_path / "app.py")},
        }

    def test_a_module_app_is_found_from_its_folder(self, tmp_path: Path) -> None:
        app = App(module="pkg.tasks", folder=tmp_path)
        spec = TaskSpec(executor="function", config={"function": "pkg.other:add"})
        launch = FunctionExecutor().launch(run_of(spec), places=places_in(tmp_path, app=app))
        assert launch.preload == ("runyard.executors.function_run", str(tmp_path), "pkg.tasks")

    def test_takes_no_plain_arguments(self, tmp_path: Path) -> None:
        spec = TaskSpec(executor="function", config={"function": "app:add"})
        with pytest.raises(Invalid, match="plain arguments"):
            FunctionExecutor().launch(run_of(spec, argv=("5",)), places=places_in(tmp_path))

    def test_needs_its_function(self, tmp_path: Path) -> None:
        with pytest.raises(Invalid, match="names no function"):
            FunctionExecutor().launch(run_of(), places=places_in(tmp_path))


class TestRegistry:
    def test_built_in_types_and_their_queue_limits(self) -> None:
        limits = {each.name: each.default_queue_limit for each in Executors().all()}
        assert limits == {
            "script": None,
            "function": None,
            "shell": None,
            "external": 1,
            "instruction": None,
        }

    def test_a_registered_instruction_takes_the_place_of_the_built_in(self) -> None:
        executors = Executors()
        own = replace(CRAWL, name="instruction")
        assert executors.load([own]) == []
        assert executors.get("instruction").source == own.source
        (problem,) = executors.load([own, own])
        assert "taken already" in problem.message
        assert executors.load([]) == []
        assert executors.get("instruction").source == "built-in"
        (problem,) = executors.load([replace(CRAWL, name="shell")])
        assert "taken already" in problem.message

    def test_unknown_names_what_comes_close(self) -> None:
        with pytest.raises(NotFound) as caught:
            Executors().get("shel")
        assert caught.value.hint == "did you mean shell?"
        with pytest.raises(NotFound) as caught:
            Executors().get("zzz")
        assert caught.value.hint is not None
        assert "script" in caught.value.hint

    def test_registered_types_are_swapped_at_once(self) -> None:
        executors = Executors()
        assert executors.load([CRAWL]) == []
        assert "crawl" in executors
        crawl = executors.get("crawl")
        assert crawl.default_queue_limit == 1
        assert [each.name for each in executors.all()][-1] == "crawl"
        executors.load([])
        assert "crawl" not in executors
        assert "script" in executors

    def test_a_taken_name_keeps_its_owner(self) -> None:
        executors = Executors()
        second = ExecutorDescription(name="crawl", target="x:y", from_app=False, source="plug-in x")
        shell = ExecutorDescription(name="shell", target="x:y", from_app=True, source="app")
        problems = executors.load([CRAWL, second, shell])
        assert [problem.where for problem in problems] == ["executor crawl", "executor shell"]
        assert executors.get("crawl").source == "app"
        assert executors.get("shell").source == "built-in"

    def test_a_registered_type_checks_and_launches(self, tmp_path: Path) -> None:
        executors = Executors()
        executors.load([CRAWL])
        crawl = executors.get("crawl")
        config = crawl.check_config({"url": "http://a"})
        assert config == {"url": "http://a", "depth": 2}
        spec = crawl.one_off_spec(config)
        assert spec.executor == "crawl"
        assert spec.effective_queue == "web"
        assert spec.timeout is not None
        assert spec.timeout.total_seconds() == 90
        app = App(module="app", folder=tmp_path, path=tmp_path / "app.py")
        launch = crawl.launch(run_of(spec), places=places_in(tmp_path, app=app))
        assert launch.target == "runyard.executors.custom_run:run"
        assert launch.context["entry"]["config"] == config
        assert launch.context["entry"]["executor"] == "crawl"

    def test_wrong_settings_of_a_registration_are_reported(self) -> None:
        wrong = ExecutorDescription(
            name="tag", target="a:b", from_app=True, source="app", settings={"timeout": "soon"}
        )
        executors = Executors()
        (problem,) = executors.load([wrong])
        assert problem.where == "executor tag"
        assert executors.get("tag").one_off_spec({}).timeout is None

    def test_expected_exit_codes_outlive_their_type(self) -> None:
        executors = Executors()
        gone = run_of(TaskSpec(executor="crawl"))
        assert executors.expected_exit_codes(gone) == (0,)
        shell = run_of(TaskSpec(executor="shell", config={"expected_exit_codes": [0, 2]}))
        assert executors.expected_exit_codes(shell) == (0, 2)

    def test_the_server_side_imports_no_schema_library_by_itself(self) -> None:
        program = (
            "import sys, runyard.executors.registry as r; r.Executors();"
            "print([m for m in ('jsonschema', 'pydantic') if m in sys.modules])"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "[]"
