"""The local engine against a supervisor that exists on its socket only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from runyard.domain.errors import EngineError
from runyard.engines.contract import AttemptKey, EngineEvent, EventKind, StopReason
from runyard.engines.local import LocalEngine
from tests.engines.launches import script
from tests.engines.peer import FakeSupervisor
from tests.support.folders import short_folder
from tests.support.waiting import eventually_async

__all__ = ["short_folder"]


@pytest.fixture
async def peer(short_folder: Path) -> AsyncIterator[FakeSupervisor]:
    peer = FakeSupervisor(short_folder)
    await peer.open()
    yield peer
    await peer.close()


@pytest.fixture
async def engine(
    peer: FakeSupervisor, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[LocalEngine]:
    engine = LocalEngine(short_folder, labels=["gpu"])
    # The peer in this process is the only supervisor of this test.
    monkeypatch.setattr(engine._spawner, "ensure", lambda: None)
    await engine.open()
    yield engine
    await engine.close(end_runs=False)


async def collect(engine: LocalEngine, count: int) -> list[EngineEvent]:
    found: list[EngineEvent] = []

    async def read() -> None:
        async for batch in engine.events():
            found.extend(batch)
            if len(found) >= count:
                return

    await asyncio.wait_for(read(), 10)
    return found


async def wait_for(check: Any) -> None:
    async def again() -> bool:
        return bool(check())

    await eventually_async(again)


async def test_many_launches_go_in_one_piece_with_a_clean_environment(
    engine: LocalEngine, peer: FakeSupervisor, short_folder: Path
) -> None:
    launches = [
        script(short_folder, "", key=f"r{n}.2", argv=("a", "b"), timeout=timedelta(minutes=2))
        for n in range(50)
    ]
    await engine.start(launches)
    await engine.start(launches[:1])  # known already
    await wait_for(lambda: len(peer.ops("start")) == 50)
    first = peer.ops("start")[0]["launch"]
    assert first["argv"] == ["a", "b"]
    assert first["timeout_s"] == 120
    assert first["path"] == str(short_folder / "r0.2.py")
    assert (first["python"], first["exec"]) == (None, False)
    assert first["env"]["RUNYARD_RUN"] == "r0.2"
    assert first["env"]["RUNYARD_RUN_ID"] == "r0"
    assert first["env"]["RUNYARD_ATTEMPT"] == "2"
    assert "PYTEST_CURRENT_TEST" not in first["env"]
    assert len(peer.ops("start")) == 50


async def test_events_are_acknowledged_once_for_a_turn_of_the_loop(
    engine: LocalEngine, peer: FakeSupervisor, short_folder: Path
) -> None:
    await engine.start([script(short_folder, "")])
    peer.say("r1.1", "started", pid=12)
    peer.say("r1.1", "exited", exit_code=0)
    events = await collect(engine, 2)
    assert [event.kind for event in events] == [EventKind.STARTED, EventKind.EXITED]
    for event in events:
        await engine.acknowledge(event.cursor)
    await wait_for(lambda: not peer.events)
    assert [ack["seq"] for ack in peer.ops("ack")] == [2]


async def test_what_could_not_be_said_is_said_after_the_reconnect(
    engine: LocalEngine, peer: FakeSupervisor, short_folder: Path
) -> None:
    await peer.close()
    await wait_for(lambda: not engine.connected)
    assert engine.capacity().places == 0
    await engine.start([script(short_folder, "")])
    await engine.stop(AttemptKey("r1.1"), reason=StopReason.CANCELLED, grace=timedelta(seconds=1))
    await peer.open()
    await wait_for(lambda: peer.ops("stop"))
    assert [m["op"] for m in peer.heard if m["op"] in ("start", "stop")] == ["start", "stop"]
    assert peer.ops("hello")[-1]["incarnation"] == "one"
    assert engine.capacity().places is None
    assert engine.capacity().labels == {"gpu"}


async def test_events_that_came_while_we_were_away_follow_after_the_reconnect(
    engine: LocalEngine, peer: FakeSupervisor, short_folder: Path
) -> None:
    await engine.start([script(short_folder, "")])
    peer.say("r1.1", "started", pid=12)
    await collect(engine, 1)
    peer.drop()
    peer.say("r1.1", "progress", progress=50)
    peer.say("r1.1", "exited", exit_code=0)
    events = await collect(engine, 2)
    assert [event.kind for event in events] == [EventKind.PROGRESS, EventKind.EXITED]


async def test_another_incarnation_that_does_not_know_our_run_makes_it_lost(
    engine: LocalEngine, peer: FakeSupervisor, short_folder: Path
) -> None:
    await engine.start([script(short_folder, "")])
    peer.say("r1.1", "started", pid=12)
    await collect(engine, 1)
    peer.incarnation, peer.seq, peer.events = "two", 0, []
    peer.drop()
    (event,) = await collect(engine, 1)
    assert (event.kind, event.key) == (EventKind.LOST, "r1.1")
    assert event.data["reason"] == "supervisor_lost"


async def test_impossible_launches_are_refused_with_a_reason(
    engine: LocalEngine, peer: FakeSupervisor, short_folder: Path
) -> None:
    await engine.start(
        [
            script(short_folder, "", key="nul.1", env={"A": "\0"}),
            script(short_folder, "", key="req.1", dependencies=("not a requirement!",)),
            script(short_folder, "", key="good.1"),
        ]
    )
    events = await collect(engine, 2)
    assert {event.key for event in events} == {"nul.1", "req.1"}
    assert all(event.kind is EventKind.REFUSED and event.data["reason"] for event in events)
    await wait_for(lambda: [m["launch"]["key"] for m in peer.ops("start")] == ["good.1"])


async def test_output_hints_reach_listeners_and_stats_are_answered(
    engine: LocalEngine, peer: FakeSupervisor
) -> None:
    heard: list[tuple[str, int]] = []
    engine.on_output(lambda key, size: heard.append((key, size)))
    peer.send({"event": "output", "key": "r1.1", "size": 5})
    assert (await engine.stats())["live"] == 0
    assert heard == [("r1.1", 5)]
    await engine.retire()
    await wait_for(lambda: peer.ops("retire"))


async def test_recover_names_what_runs_and_what_ended_without_being_acknowledged(
    peer: FakeSupervisor, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer.live = [{"key": "live.1", "pid": 9, "started_at_us": 5}]
    peer.say("done.1", "exited", exit_code=0)
    engine = LocalEngine(short_folder)
    monkeypatch.setattr(engine._spawner, "ensure", lambda: None)
    await engine.open()
    assert {(a.key, a.pid) for a in await engine.recover()} == {("live.1", 9), ("done.1", None)}
    (event,) = await collect(engine, 1)
    assert event.key == "done.1"
    await engine.close(end_runs=False)
    assert peer.ops("shutdown") == [{"op": "shutdown", "end_runs": False}]


async def test_a_garbled_line_leads_to_a_new_hello(
    engine: LocalEngine, peer: FakeSupervisor
) -> None:
    assert peer._writer is not None
    peer._writer.write(b"{nonsense\n")
    await wait_for(lambda: peer.connections == 2 and engine.connected)


async def test_reading_ends_when_the_engine_is_closed(
    engine: LocalEngine, peer: FakeSupervisor
) -> None:
    batches: list[Sequence[EngineEvent]] = []

    async def read() -> None:
        async for batch in engine.events():
            batches.extend([batch])

    reader = asyncio.create_task(read())
    peer.say("r1.1", "started", pid=1)
    await wait_for(lambda: batches)
    await engine.close(end_runs=False)
    await asyncio.wait_for(reader, 5)


async def test_a_supervisor_that_never_comes_up_is_an_error_with_its_log(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (short_folder / "supervisor.log").write_text("no room left\n")
    engine = LocalEngine(short_folder, up_within_s=0.2)
    monkeypatch.setattr(engine._spawner, "ensure", lambda: None)
    with pytest.raises(EngineError, match="no room left"):
        await engine.open()
