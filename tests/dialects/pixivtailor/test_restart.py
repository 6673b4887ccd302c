"""PixivTailor's tasks over the death of the server, and of everything that runs."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.dialects.pixivtailor.client import Tailor
from tests.dialects.pixivtailor.conftest import APP
from tests.support.server import Server, is_alive
from tests.support.waiting import eventually


@pytest.fixture
def tailor(stopped_server: Server) -> Tailor:
    app = stopped_server.tasks / "_app.py"
    app.write_text(APP)
    return Tailor(stopped_server.start("--app", str(app)))


def test_what_ran_goes_on_and_what_waited_waits_on(tailor: Tailor, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    running = tailor.crawl(gate=str(gate))
    waiting = [tailor.crawl(), tailor.crawl()]
    tailor.until(running, "running")
    tailor.server.kill()
    tailor.server.start()
    assert tailor.status(running)["status"] == "running"
    assert [tailor.status(one)["status"] for one in waiting] == ["pending", "pending"]
    with tailor.socket() as socket:
        socket.until(type="welcome")
        gate.touch()
        socket.until_over(running)
        for one in waiting:
            assert tailor.until(one)["status"] == "completed"
    assert tailor.status(running)["status"] == "completed"


def test_what_died_meanwhile_is_repaired(tailor: Tailor, tmp_path: Path) -> None:
    lost = tailor.crawl(gate=str(tmp_path / "gate"))
    tailor.until(lost, "running")
    supervisor = tailor.server.supervisor_pid()
    assert supervisor is not None
    tailor.server.kill()
    os.kill(supervisor, signal.SIGKILL)
    eventually(lambda: not is_alive(supervisor), what="the supervisor is gone")
    tailor.server.start()
    failed = tailor.until(lost)
    assert (failed["status"], failed["error_message"]) == ("failed", "任务状态不一致，已自动清理")
    (tmp_path / "gate").touch()
    tailor.post("task/start", {"task_id": lost})
    assert tailor.until(lost)["status"] == "completed"


def test_the_end_of_the_server_ends_the_sockets(tailor: Tailor) -> None:
    with tailor.socket() as socket:
        socket.until(type="welcome")
        assert tailor.server.terminate() == 0
        with pytest.raises(ConnectionClosed) as closed:
            socket.until(type="never")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001


def test_the_log_of_the_server_tells_of_the_schedule(tailor: Tailor, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    first = tailor.crawl(gate=str(gate))
    tailor.until(first, "running")
    second = tailor.crawl()
    gate.touch()
    tailor.until(second)

    def told() -> bool:
        said = (tailor.server.data / "logs" / "app.log").read_text() + tailor.server.log()
        return all(
            text in said
            for text in (
                "CreateTask 开始执行: taskType=crawl",
                f"检测到同类型的运行中任务，任务 {second} (类型: crawl) 加入等待队列",
                f"processNextTask: 启动 crawl 类型任务 {second} (该类型还有 0 个等待任务)",
            )
        )

    eventually(told, what="the log tells it")
