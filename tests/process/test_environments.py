"""Environments: equal needs share one, a build is whole or nothing, failures say what to do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.domain.errors import Invalid
from runyard.process.environments import (
    MARKER,
    BuildFailed,
    Environments,
    Place,
    build,
    environment_key,
    needs_own,
    ready,
    uv_environment,
)
from tests.process.wheels import make_wheel
from tests.support.waiting import eventually

OLD_AND_NEW = ">=3.99"


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("UV_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    return folder


@pytest.fixture
def environments(tmp_path: Path) -> Environments:
    environments = Environments(tmp_path / "data")
    environments.open()
    return environments


def prelude(
    place: Place, script: Path, *, argv: tuple[str, ...] = (), events: Path | None = None
) -> list[str]:
    order = {
        "environment": place.spec(),
        "kind": "script",
        "argv": list(argv),
        "path": str(script),
        "code_path": str(script),
        "env": {"PATH": os.environ["PATH"], "MINE": "yes"},
    }
    return [sys.executable, "-m", "runyard.process.prelude", json.dumps(order)]


def run_in(place: Place, code: str) -> str:
    done = subprocess.run(
        [str(place.python), "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


names = st.sampled_from(["Requests", "flask", "a.b_c", "numpy"])
versions = st.sampled_from(["", ">=1,<2", "==1.0", " < 2, >= 1"])
requirements = st.lists(st.tuples(names, versions).map("".join), max_size=5)


@given(requirements, st.randoms(use_true_random=False))
def test_the_same_needs_in_any_order_share_one_environment(needs: list[str], rng: Any) -> None:
    other = [need.replace(" ", "").lower() for need in needs] + needs[:1]
    rng.shuffle(other)
    assert environment_key(needs, None, "3.11.7") == environment_key(other, None, "3.11.9")


def test_other_needs_have_another_environment() -> None:
    keys = {
        environment_key(["a"], None, "3.11.7"),
        environment_key(["a>=2"], None, "3.11.7"),
        environment_key(["a[x]"], None, "3.11.7"),
        environment_key(["a ; python_version < '3'"], None, "3.11.7"),
        environment_key(["a"], None, "3.12.1"),
        environment_key(["a"], OLD_AND_NEW, "3.11.7"),
    }
    assert len(keys) == 6
    assert environment_key(["a"], ">=3.8", "3.11.7") in keys  # satisfied: makes no difference


def test_only_what_the_server_cannot_offer_needs_an_environment() -> None:
    assert not needs_own((), None)
    assert not needs_own((), ">=3.8")
    assert not needs_own(("runyard",), None)
    assert needs_own(("runyard>=99",), None)
    assert needs_own(("packaging",), None)
    assert needs_own((), OLD_AND_NEW)


def test_nonsense_is_invalid() -> None:
    with pytest.raises(Invalid, match="not a requirement"):
        needs_own(("what is this",), None)
    with pytest.raises(Invalid, match="not a version range"):
        needs_own((), "three")


def test_a_built_environment_has_its_packages_programs_and_the_sdk(
    environments: Environments, wheels: Path
) -> None:
    make_wheel(wheels, "greet", requires=("helper>=1",))
    make_wheel(wheels, "helper", "1.5")
    place = environments.place(("greet",), None)
    assert not place.is_ready()
    build(place, say=lambda _: None)
    assert place.is_ready()
    assert run_in(place, "import greet, helper; print(helper.version)") == "1.5"
    program = place.folder / "bin" / "greet-program"
    assert subprocess.check_output([program], text=True).strip() == "greet"
    sdk = place.sdk / "runyard" / "__init__.py"
    assert run_in(place, "import runyard; print(runyard.__file__)") == str(sdk)
    assert not (place.sdk / "runyard" / "engines").exists()
    assert [p.name for p in place.folder.parent.iterdir() if "building" in p.name] == []


def test_a_script_that_depends_on_runyard_gets_that_one(
    environments: Environments, wheels: Path
) -> None:
    make_wheel(wheels, "runyard", "99.0")
    place = environments.place(("runyard>=99",), None)
    build(place, say=lambda _: None)
    assert run_in(place, "import runyard; print(runyard.version)") == "99.0"


def test_a_package_that_is_not_there_is_a_failure_that_leaves_nothing(
    environments: Environments, wheels: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    place = environments.place(("missing-package",), None)
    with pytest.raises(BuildFailed, match="missing-package"):
        build(place, say=lambda _: None)
    assert "missing-package" in capfd.readouterr().err  # uv's own words
    assert not place.is_ready()
    assert not place.folder.exists()


def test_a_python_that_is_not_there_is_a_failure_that_says_what_to_install(
    environments: Environments, wheels: Path
) -> None:
    place = environments.place((), OLD_AND_NEW)
    with pytest.raises(BuildFailed, match=r"no Python on this machine satisfies.*install one"):
        build(place, say=lambda _: None)


def test_an_environment_whose_interpreter_went_away_is_built_again(
    environments: Environments, wheels: Path
) -> None:
    make_wheel(wheels, "greet")
    place = environments.place(("greet",), None)
    build(place, say=lambda _: None)
    place.python.unlink()
    place.python.symlink_to("/nowhere/python")
    assert not place.is_ready()
    build(place, say=lambda _: None)
    assert place.is_ready()


def test_half_a_folder_is_not_ready(environments: Environments, wheels: Path) -> None:
    make_wheel(wheels, "greet")
    place = environments.place(("greet",), None)
    build(place, say=lambda _: None)
    (place.folder / MARKER).unlink()
    assert not ready(place.folder)
    build(place, say=lambda _: None)
    assert ready(place.folder)


def test_the_prelude_builds_says_it_is_ready_and_becomes_the_script(
    environments: Environments, wheels: Path, tmp_path: Path
) -> None:
    make_wheel(wheels, "greet")
    place = environments.place(("greet",), None)
    script = tmp_path / "hello.py"
    script.write_text(
        "import os, sys, greet\n"
        "print(sys.argv, greet.version, os.environ.get('MINE'), __file__)\n"
        "print('UV_NO_INDEX' in os.environ, 'PYTHONPATH' in os.environ, os.getpid())\n"
    )
    events = tmp_path / "events"
    process = subprocess.Popen(
        prelude(place, script, argv=("x",)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"RUNYARD_EVENTS": str(events)},
    )
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    assert out == f"['{script}', 'x'] 1.0 yes {script}\nFalse False {process.pid}\n"
    assert "building the Python environment" in err
    assert json.loads(events.read_text()) == {"type": "ready"}
    assert place.is_ready()


def test_a_failed_prelude_sends_the_reason_as_an_error(
    environments: Environments, wheels: Path, tmp_path: Path
) -> None:
    place = environments.place(("missing-package",), None)
    events = tmp_path / "events"
    done = subprocess.run(
        prelude(place, tmp_path / "no.py"),
        capture_output=True,
        text=True,
        env=os.environ | {"RUNYARD_EVENTS": str(events)},
        check=False,
    )
    assert done.returncode == 1
    assert "missing-package" in done.stderr
    error = json.loads(events.read_text())["error"]
    assert error["type"] == "environment"
    assert "missing-package" in error["message"]


def test_two_runs_at_once_build_once_and_the_other_says_that_it_waits(
    environments: Environments, wheels: Path, tmp_path: Path
) -> None:
    make_wheel(wheels, "greet")
    place = environments.place(("greet",), None)
    script = tmp_path / "hello.py"
    script.write_text("import greet; print('hello')\n")
    processes = [
        subprocess.Popen(
            prelude(place, script), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    said = [process.communicate(timeout=240) for process in processes]
    assert [out for out, _ in said] == ["hello\n"] * 3
    assert sum("runyard: building the Python" in err for _, err in said) == 1


def test_a_killed_build_leaves_nothing_that_counts_and_the_next_one_cleans_up(
    environments: Environments, wheels: Path, tmp_path: Path
) -> None:
    make_wheel(wheels, "greet")
    place = environments.place(("greet",), None)
    script = tmp_path / "hello.py"
    script.write_text("print('hello')\n")
    process = subprocess.Popen(
        prelude(place, script),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    eventually(lambda: list(place.folder.parent.glob("*.building-*")))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    build(place, say=lambda _: None)
    assert place.is_ready()
    assert run_in(place, "import greet; print(greet.version)") == "1.0"
    assert list(place.folder.parent.glob("*.building-*")) == []


def test_who_waits_for_a_build_says_so(
    environments: Environments, wheels: Path, tmp_path: Path
) -> None:
    import fcntl

    place = environments.place((), "<3")
    place.folder.parent.mkdir(parents=True, exist_ok=True)
    with place.folder.with_suffix(".lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        log = tmp_path / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                prelude(place, tmp_path / "no.py"), stdout=output, stderr=output
            )
        eventually(lambda: "waiting for it" in log.read_text())
    assert process.wait(timeout=60) == 1


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://proxy:3128"}, "true"),
        ({"all_proxy": "http://proxy:3128"}, "true"),
        ({"http_proxy": "http://proxy:3128"}, None),
        ({"https_proxy": ""}, None),
        ({"https_proxy": "http://proxy:3128", "SSL_CERT_FILE": "/etc/proxy.pem"}, None),
        ({"https_proxy": "http://proxy:3128", "UV_SYSTEM_CERTS": "false"}, "false"),
    ],
)
def test_behind_a_proxy_the_certificates_of_the_system_count(
    environ: dict[str, str], told: str | None
) -> None:
    env = uv_environment(environ)
    assert env.get("UV_SYSTEM_CERTS") == told
    assert environ.items() <= env.items()
    assert env["UV_PYTHON_DOWNLOADS"] == "never"
