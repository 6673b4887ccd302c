"""PixivTailor's WebSocket on a real server: welcome, pings, both families of messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.dialects.pixivtailor.client import Tailor
from tests.support.waiting import eventually


def of_task(heard: list[dict[str, Any]], kind: str, task_id: str) -> list[dict[str, Any]]:
    return [one for one in heard if one["type"] == kind and one["task_id"] == task_id]


def test_welcome_comes_first_and_pings_are_answered(tailor: Tailor) -> None:
    with tailor.socket("/ws") as socket:
        assert socket.next() == {
            "type": "welcome",
            "message": "Connected to PixivTailor WebSocket server",
        }
        socket.say(type="ping")
        assert socket.next() == {"type": "pong"}


def test_both_families_tell_of_a_task_to_who_never_subscribed(tailor: Tailor) -> None:
    with tailor.socket() as socket:
        socket.until(type="welcome")
        task_id = tailor.crawl("cats")
        heard = socket.until_over(task_id)
    flat = of_task(heard, "task_status", task_id)
    nested = of_task(heard, "task_update", task_id)
    assert all(set(one) == {"type", "task_id", "status", "progress"} for one in flat)
    assert [one["status"] for one in flat] == [one["data"]["status"] for one in nested]
    seen = list(dict.fromkeys(one["status"] for one in flat))
    assert seen == ["pending", "running", "completed"]
    last = nested[-1]["data"]
    assert (
        last.items()
        >= {
            "task_id": task_id,
            "status": "completed",
            "progress": 100,
            "images_found": 4,
            "images_downloaded": 3,
            "images_generated": 4,
            "images_success": 3,
        }.items()
    )
    assert last["result"]["expected_images"] == 4
    assert len(last["time"]) == len("2025-01-01 12:00:00")
    said = [one["data"]["message"] for one in heard if one["type"] == "global_log"]
    assert any(task_id in text and "已创建" in text for text in said)
    assert any(task_id in text and "开始执行" in text for text in said)


def test_log_lines_come_in_both_families_with_their_level(tailor: Tailor, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with tailor.socket() as socket:
        socket.until(type="welcome")
        task_id = tailor.crawl("dogs", gate=str(gate))
        flat = socket.until(type="task_log", task_id=task_id)
        assert flat == {
            "type": "task_log",
            "task_id": task_id,
            "level": "info",
            "message": "working on dogs",
        }
        nested = socket.until(type="log_message", task_id=task_id)
        assert set(nested["data"]) == {"task_id", "level", "message", "time"}
        assert nested["data"]["message"] == "working on dogs"
        gate.touch()
        warned = socket.until(type="task_log", level="warning")
        assert warned["message"] == "one image was skipped"


def test_who_comes_later_hears_what_is_said_from_then_on(tailor: Tailor, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    task_id = tailor.crawl(gate=str(gate))
    tailor.until(task_id, "running")
    label = {"label": f"pixivtailor:{task_id}"}
    (run,) = tailor.server.http.get("/api/v1/runs", params=label).json()["items"]
    eventually(lambda: "working on" in tailor.server.log_text(run["id"]), what="it has said so")
    with tailor.socket() as socket:
        socket.until(type="welcome")
        socket.say(type="get_task_status", task_id=task_id)
        socket.until(type="task_status", task_id=task_id, status="running")
        gate.touch()
        socket.until(type="task_log", task_id=task_id, level="warning")
        assert not [one for one in socket.heard if "working on" in json.dumps(one)]


def test_a_subscription_narrows_what_is_heard(tailor: Tailor, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    wanted = tailor.crawl(gate=str(gate))
    with tailor.socket() as socket:
        socket.until(type="welcome")
        socket.say(type="subscribe_task", task_id=wanted)
        socket.until(type="task_status", task_id=wanted)
        other = tailor.post("tag/create", {"input_dir": "x"})["id"]
        tailor.until(other)
        gate.touch()
        heard = socket.until_over(wanted)
        assert not [one for one in heard if one.get("task_id") == other]
        socket.say(type="unsubscribe_task", task_id=wanted)
        socket.say(type="ping")
        socket.until(type="pong")
        again = tailor.crawl()
        socket.until_over(again)


def test_a_failure_and_a_cancel_are_told(tailor: Tailor, tmp_path: Path) -> None:
    with tailor.socket() as socket:
        socket.until(type="welcome")
        failing = tailor.crawl(fail="no such tag")
        socket.until(type="task_status", task_id=failing, status="failed")
        socket.until(type="global_log")
        assert socket.heard[-1]["data"]["level"] == "error"
        assert "no such tag" in socket.heard[-1]["data"]["message"]
        running = tailor.crawl(gate=str(tmp_path / "gate"))
        socket.until(type="task_status", task_id=running, status="running")
        tailor.post("cancel", {"task_id": running})
        socket.until(type="task_status", task_id=running, status="cancelled")
        nobody = tailor.post("task/create", {"type": "train", "config": {}})["id"]
        update = socket.until(type="task_update", task_id=nobody)
        assert update["data"]["error_message"] == "任务类型 train 暂未实现"


def test_questions_and_nonsense(tailor: Tailor) -> None:
    with tailor.socket() as socket:
        socket.until(type="welcome")
        socket.say(type="get_system_status")
        assert socket.until(type="system_status")["data"]["active_connections"] >= 1
        socket.say(type="get_webui_status")
        assert socket.until(type="webui_status")["data"]["status"] == "stopped"
        for nonsense in ("not json", "[1, 2]", '"text"', "{" * 5000):
            socket.connection.send(nonsense)
            assert socket.next()["type"] == "error"
        socket.connection.send(b"\x00\x01")
        assert socket.next()["type"] == "error"
        for ignored in ({"type": "unheard_of"}, {"type": None}, {}, {"type": ["ping"]}):
            socket.say(**ignored)
        socket.say(type="subscribe_task", task_id={"a": 1})
        socket.say(type="subscribe_task", task_id="../../etc/passwd")
        socket.say(type="get_task_status", task_id="00000000")
        assert socket.until(type="error")["message"] == "Task not found"
        socket.say(type="ping")
        assert socket.next() == {"type": "pong"}


def test_the_number_of_connections_is_told(tailor: Tailor) -> None:
    def connections() -> int:
        return int(tailor.post("system/info")["active_connections"])

    eventually(lambda: connections() == 0, what="earlier sockets are gone")
    with tailor.socket() as first, tailor.socket() as second:
        first.until(type="welcome")
        second.until(type="welcome")
        assert connections() == 2
    eventually(lambda: connections() == 0, what="the sockets are gone")


def test_a_message_is_the_same_for_everybody(tailor: Tailor) -> None:
    with tailor.socket() as first, tailor.socket("/ws") as second:
        first.until(type="welcome")
        second.until(type="welcome")
        task_id = tailor.crawl()
        heard = [
            [json.dumps(one) for one in socket.until_over(task_id) if one["type"] == "task_update"]
            for socket in (first, second)
        ]
        assert heard[0] == heard[1]
