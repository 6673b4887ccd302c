"""What a run process starts with: limits, environment, preloaded modules, functions."""

from __future__ import annotations

import json
import os
import signal

import pytest

from runyard.process.identity import identity_of
from tests.process.client import Supervised
from tests.support.waiting import eventually


def test_environment_is_exactly_what_was_given(supervised: Supervised) -> None:
    key = supervised.script(
        "import json, os\nprint(json.dumps(dict(os.environ)))\n",
        env={"A": "1", "RUNYARD_CONTEXT": "{}", "LANG": "C.UTF-8"},
    )
    supervised.finish(key)
    env = json.loads(supervised.log(key))
    assert env.pop("RUNYARD_EVENTS").startswith("/proc/")
    assert env.pop("RUNYARD_SUPERVISOR") == identity_of(str(supervised.data))
    run_id, _, attempt = key.rpartition(".")
    assert env == {
        "A": "1",
        "LANG": "C.UTF-8",
        "RUNYARD_CONTEXT": "{}",
        "RUNYARD_RUN": key,
        "RUNYARD_RUN_ID": run_id,
        "RUNYARD_ATTEMPT": attempt,
    }


def test_python_variables_count_although_the_zygote_is_warm(supervised: Supervised) -> None:
    key = supervised.script(
        "import os, sys\n"
        "print(sys.flags.optimize, sys.dont_write_bytecode, os.environ['PYTHONOPTIMIZE'])\n",
        env={"PYTHONOPTIMIZE": "2", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    supervised.finish(key)
    assert supervised.log(key) == b"2 True 2\n"


def test_time_zone_of_the_run(supervised: Supervised) -> None:
    key = supervised.script("import time\nprint(time.tzname[0])\n", env={"TZ": "XYZ-3"})
    supervised.finish(key)
    assert supervised.log(key) == b"XYZ\n"


def test_open_files_limit(supervised: Supervised) -> None:
    source = "import resource\nprint(resource.getrlimit(resource.RLIMIT_NOFILE))\n"
    key = supervised.script(source, limits={"open_files": 99})
    supervised.finish(key)
    assert supervised.log(key) == b"(99, 99)\n"


def test_cpu_limit(supervised: Supervised) -> None:
    key = supervised.script("while True: pass\n", limits={"cpu_s": 0.5})
    exited = supervised.finish(key)
    assert (exited["signal"], exited["reason"]) == (signal.SIGXCPU, "cpu_limit")
    assert 0.5 < exited["cpu_s"] < 3


def test_memory_limit_counts_the_whole_tree(supervised: Supervised) -> None:
    key = supervised.script(
        "import os, time\nif os.fork() == 0:\n    keep = bytearray(80 << 20)\n"
        "    time.sleep(1000)\ntime.sleep(1000)\n",
        limits={"memory_bytes": 60 << 20},
    )
    exited = supervised.finish(key)
    assert (exited["signal"], exited["reason"]) == (signal.SIGKILL, "memory_limit")
    assert b"the memory limit of" in supervised.log(key)


def test_within_the_memory_limit_nothing_happens(supervised: Supervised) -> None:
    key = supervised.script("import time\ntime.sleep(0.8)\n", limits={"memory_bytes": 500 << 20})
    assert supervised.finish(key)["exit_code"] == 0


def test_preloaded_modules_are_there(supervised: Supervised) -> None:
    key = supervised.script("import sys\nprint('colorsys' in sys.modules)\n", preload=["colorsys"])
    supervised.finish(key)
    assert supervised.log(key) == b"True\n"


def test_a_preload_that_fails_is_a_line_in_the_log(supervised: Supervised) -> None:
    key = supervised.script("print('runs')\n", preload=["not_there_at_all"])
    assert supervised.finish(key)["exit_code"] == 0
    first, second = supervised.log(key).decode().splitlines()
    assert first.startswith("runyard: preload of 'not_there_at_all' failed, going on without: ")
    assert second == "runs"


def function(supervised: Supervised, target: str, **fields: object) -> str:
    return supervised.start(kind="function", target=target, sys_path=[os.getcwd()], **fields)


def test_a_function_gets_its_launch_and_answers_the_exit_code(supervised: Supervised) -> None:
    key = function(supervised, "tests.process.targets:show_params", params={"x": [1, None]})
    assert supervised.finish(key)["exit_code"] == 5
    assert supervised.log(key) == b"{'x': [1, None]}\n"


def test_a_launch_of_any_size(supervised: Supervised) -> None:
    key = function(
        supervised, "tests.process.targets:measure_params", params={"x": "y" * 3_000_000}
    )
    assert supervised.finish(key)["exit_code"] == 0
    assert supervised.log(key) == b"3000000\n"


def test_the_exception_of_a_function_is_told(supervised: Supervised) -> None:
    key = function(supervised, "tests.process.targets:fail")
    assert supervised.finish(key)["exit_code"] == 1
    assert supervised.of(key, "error")[0]["error"]["type"] == "LookupError"
    assert "runyard/process" not in supervised.log(key).decode()


def test_a_function_whose_module_cannot_be_imported_is_refused(supervised: Supervised) -> None:
    key = function(supervised, "tests.process.not_there:f")
    refused = supervised.wait_for(key, "refused")
    assert "tests.process.not_there" in refused["reason"]
    assert "ModuleNotFoundError" in refused["traceback"]
    assert supervised.of(key, "exited") == []
    assert (
        supervised.finish(function(supervised, "tests.process.targets:nothing"))["exit_code"] == 0
    )


@pytest.mark.parametrize("isolation", ["fork", "cold"])
def test_output_is_prompt(supervised: Supervised, isolation: str) -> None:
    key = supervised.script("import time\nprint('now')\ntime.sleep(1000)\n", isolation=isolation)
    supervised.wait(lambda event: event["event"] == "output")
    eventually(lambda: supervised.log(key) == b"now\n")
    supervised.send({"op": "stop", "key": key, "grace_s": 5})
    supervised.finish(key)


def test_many_runs_at_once(supervised: Supervised) -> None:
    path = supervised.data / "many.py"
    path.write_text("import sys\nprint(sys.argv[1])\n")
    keys = [supervised.start(path=str(path), argv=[str(n)]) for n in range(100)]
    for n, key in enumerate(keys):
        assert supervised.finish(key)["exit_code"] == 0
        assert supervised.log(key).decode() == f"{n}\n"


def test_a_script_that_the_compiler_warns_about_warns_in_every_run(supervised: Supervised) -> None:
    for _ in range(4):
        key = supervised.script("print('a' is 'b')\n", name="same.py")
        supervised.finish(key)
        assert b"SyntaxWarning" in supervised.log(key)
