"""TaskRunService's Python API: the guide's own snippets, on a server and on an own one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runyard.compat.locks import ProcessLock
from runyard.compat.taskrun import ProcessManager, TaskManager, setup_logger
from tests.support.server import Server, is_alive, kill_if_there
from tests.support.waiting import eventually

HOLDER = """
import sys
from runyard.compat.locks import ProcessLock
print(ProcessLock(sys.argv[1]).acquire_lock("task1", timeout=0.2), flush=True)
sys.stdin.read()
"""
OWN = """
import json
from runyard.compat.taskrun import TaskManager
manager = TaskManager()
manager.create_task("test", 'print("Hello")')
run_id, message = manager.execute_task("test")
while manager.get_task_status(run_id)["status"] == "running":
    pass
print(json.dumps([run_id, message, manager.get_task_status(run_id)["status"]]))
"""


@pytest.fixture
def manager(shared_server: Server) -> TaskManager:
    return TaskManager(shared_server.url)


def test_the_guide(manager: TaskManager) -> None:
    assert manager.create_task("test", 'print("Hello")') == (True, "任务创建成功")
    run_id, message = manager.execute_task("test")
    assert run_id is not None
    assert message == "任务已提交执行"

    def over() -> str:
        found = manager.get_task_status(str(run_id))
        assert found is not None
        assert found["status"] in {"success", "running"}
        return str(found["status"]) if found["status"] == "success" else ""

    eventually(over, what="the run is over")


def test_every_method(manager: TaskManager) -> None:
    content = "import sys, time\nprint(sys.argv)\ntime.sleep(600)\n"
    assert manager.create_task("任务", content)[0]
    assert manager.create_task("任务", content) == (False, "任务已存在")
    assert [one["id"] for one in manager.list_tasks()] == ["任务"]
    info = manager.get_task_info("任务")
    assert info is not None
    assert info["content"] == content
    assert manager.get_task_info("none") is None
    run_id, _ = manager.execute_task("任务", params=[1, "a b"])
    assert run_id is not None
    assert manager.execute_task("任务") == (None, "任务 任务 已在执行中，保障了进程唯一性")
    assert [one["run_id"] for one in manager.get_active_tasks()] == [run_id]
    assert manager.get_task_status("none") is None
    assert manager.execute_task("none") == (None, "任务不存在")
    assert manager.update_task("任务", "print(1)\n") == (True, "任务更新成功")
    assert manager.update_task("none", "") == (False, "任务不存在")
    manager.cleanup_finished_tasks()
    assert manager.delete_task("任务") == (True, "任务删除成功")
    assert manager.delete_task("任务") == (False, "任务不存在")


def test_the_machine(shared_server: Server) -> None:
    machine = ProcessManager(shared_server.url)
    assert machine.get_system_info()["memory"]["total"] > 0
    assert shared_server.process is not None
    assert machine.get_process_info()["pid"] == shared_server.process.pid
    assert machine.get_all_processes()


def test_an_own_server_ends_with_its_program(short_folder: Path) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("RUNYARD_")}
    done = subprocess.run(
        [sys.executable, "-c", OWN],
        cwd=short_folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        assert done.returncode == 0, done.stderr
        run_id, message, status = json.loads(done.stdout)
        assert (message, status) == ("任务已提交执行", "success")
        assert (short_folder / "tasks" / "test.py").exists()
        assert not (short_folder / ".runyard" / "server.json").exists()
        kept = (short_folder / ".runyard" / "logs").glob("test_*.log")
        assert [path.read_text() for path in kept] == ["Hello\n"]
        assert len(run_id) == 8
    finally:
        supervisor = _supervisor_of(short_folder / ".runyard")
        if supervisor is not None:
            kill_if_there(supervisor)


def _supervisor_of(data: Path) -> int | None:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if "runyard.process.supervisor" in command and str(data) in command:
                return int(entry.name)
    return None


def test_the_guide_on_locks(tmp_path: Path) -> None:
    lock = ProcessLock(tmp_path)
    assert lock.acquire_lock("task1") is True
    assert lock.is_task_running("task1") is True
    assert lock.acquire_lock("task1", timeout=0.2) is False
    assert lock.acquire_lock("task2", timeout=0) is True
    lock.release_lock("task1")
    assert lock.is_task_running("task1") is False
    assert lock.acquire_lock("task1") is True


@pytest.mark.parametrize("name", ["../out", "a/b", "x" * 500, "任务", ".", ""])
def test_a_lock_of_any_name_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "locks"
    lock = ProcessLock(folder)
    assert lock.acquire_lock(name, timeout=0)
    assert ProcessLock(folder).is_task_running(name)
    assert list(tmp_path.iterdir()) == [folder]
    lock.release_lock(name)
    lock.release_lock(name)  # harmless
    assert not lock.is_task_running(name)


def test_a_lock_holds_among_processes_until_its_process_ends(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "True\n"
    lock = ProcessLock(tmp_path)
    assert lock.is_task_running("task1")
    assert not lock.acquire_lock("task1", timeout=0.2)
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert not is_alive(holder.pid)
    assert not lock.is_task_running("task1")
    assert lock.acquire_lock("task1", timeout=0)


def test_anyone_may_release(tmp_path: Path) -> None:
    first, second = ProcessLock(tmp_path), ProcessLock(tmp_path)
    assert first.acquire_lock("task1")
    second.release_lock("task1")
    assert second.acquire_lock("task1", timeout=0)
    assert not first.acquire_lock("task1", timeout=0)


def test_a_logger_is_set_up_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGS_DIR", str(tmp_path / "logs"))
    monkeypatch.setenv("LOG_LEVEL", "warning")
    logger = setup_logger("compat-test")
    assert setup_logger("compat-test") is logger
    assert len(logger.handlers) == 2
    logger.info("not this")
    logger.warning("but this")
    lines = (tmp_path / "logs" / "app.log").read_text().splitlines()
    assert len(lines) == 1
    assert lines[0].endswith(" - compat-test - WARNING - but this")
    for handler in logger.handlers[:]:
        logger.removeHandler(handler)
        handler.close()
