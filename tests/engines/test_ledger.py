"""The ledger: one increasing cursor over incarnations, nothing lost, nothing acknowledged early."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runyard.engines.contract import AttemptKey, EventKind
from runyard.engines.local.ledger import Ledger

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def hello(incarnation: str = "one", live: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "incarnation": incarnation,
        "live": [{"key": key, "pid": 7, "started_at_us": 5} for key in live],
    }


def message(seq: int, key: str, event: str, **data: Any) -> dict[str, Any]:
    return {"seq": seq, "key": key, "event": event, "at_us": 1_000_000 * seq, **data}


def test_an_event_carries_its_own_fields_and_time() -> None:
    ledger = Ledger()
    ledger.greeted(hello(), NOW)
    (event,) = ledger.take([message(1, "a.1", "exited", exit_code=3)])
    assert event.kind is EventKind.EXITED
    assert event.data == {"exit_code": 3}
    assert event.at == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)


def test_what_is_repeated_after_a_reconnect_is_not_told_twice() -> None:
    ledger = Ledger()
    ledger.greeted(hello(), NOW)
    assert len(ledger.take([message(1, "a.1", "started", pid=7)])) == 1
    ledger.greeted(hello(live=("a.1",)), NOW)
    events = ledger.take([message(1, "a.1", "started"), message(2, "a.1", "exited")])
    assert [event.kind for event in events] == [EventKind.EXITED]


def test_a_key_is_known_until_its_end_is_acknowledged() -> None:
    ledger = Ledger()
    ledger.greeted(hello(), NOW)
    assert ledger.hold(AttemptKey("a.1"), b"start", NOW)
    assert not ledger.hold(AttemptKey("a.1"), b"start", NOW)
    (event,) = ledger.take([message(1, "a.1", "exited")])
    assert not ledger.hold(AttemptKey("a.1"), b"start", NOW)
    assert [attempt.key for attempt in ledger.attempts()] == ["a.1"]
    assert ledger.acknowledge(event.cursor) == 1
    assert list(ledger.attempts()) == []


def test_starts_are_repeated_until_confirmed_and_stops_until_the_end() -> None:
    ledger = Ledger()
    ledger.greeted(hello(), NOW)
    for key in ("a.1", "b.1"):
        ledger.hold(AttemptKey(key), f"start {key}".encode(), NOW)
    assert ledger.stopping(AttemptKey("a.1"), b"stop a.1")
    assert not ledger.stopping(AttemptKey("x.1"), b"stop x.1")
    ledger.take([message(1, "b.1", "started", pid=1)])
    assert ledger.unsaid() == [b"start a.1", b"stop a.1"]
    ledger.take([message(2, "a.1", "exited")])
    assert ledger.unsaid() == []


def test_a_new_supervisor_that_does_not_know_an_attempt_makes_it_lost() -> None:
    ledger = Ledger()
    ledger.greeted(hello(), NOW)
    for key in ("kept.1", "told.1", "gone.1"):
        ledger.take([message(ledger.greeting()["acked"] + 1, key, "started", pid=1)])
        ledger._seen = 0  # each its own first event: only the keys matter here
    ledger.hold(AttemptKey("wish.1"), b"start", NOW)
    ledger.greeted(hello("two", live=("kept.1",)), NOW)
    told = ledger.take([message(1, "told.1", "exited", reason="supervisor_lost")])
    lost = ledger.settle(NOW)
    assert [event.key for event in told] == ["told.1"]
    assert [(event.key, event.kind) for event in lost] == [("gone.1", EventKind.LOST)]
    assert ledger.unsaid() == [b"start"]


def test_an_attempt_that_starts_right_after_the_hello_is_not_lost() -> None:
    ledger = Ledger()
    ledger.greeted(hello(), NOW)
    ledger.hold(AttemptKey("a.1"), b"start", NOW)
    ledger.greeted(hello(), NOW)
    ledger.take([message(1, "a.1", "started", pid=1)])
    assert ledger.settle(NOW) == []


def test_acknowledging_our_own_event_does_not_acknowledge_the_supervisors_next_one() -> None:
    ledger = Ledger()
    ledger.greeted(hello(), NOW)
    ledger.take([message(1, "a.1", "started", pid=1)])
    refused = ledger.add(AttemptKey("b.1"), EventKind.REFUSED, at=NOW, data={})
    assert ledger.acknowledge(refused.cursor) == 1
    (event,) = ledger.take([message(2, "a.1", "exited")])
    assert event.cursor == refused.cursor + 1
    assert ledger.acknowledge(event.cursor) == 2


def test_a_late_acknowledgement_of_an_old_incarnation_says_nothing_to_the_new_one() -> None:
    ledger = Ledger()
    ledger.greeted(hello(), NOW)
    (event,) = ledger.take([message(9, "a.1", "exited")])
    ledger.greeted(hello("two"), NOW)
    assert ledger.acknowledge(event.cursor) is None
    assert ledger.greeting() == {"incarnation": "two", "acked": 0}


steps = st.lists(st.sampled_from(["event", "refuse", "reconnect", "restart", "ack"]), max_size=60)


@given(steps, st.randoms(use_true_random=False))
def test_cursors_increase_and_acknowledge_exactly_what_was_seen(steps: list[str], rng: Any) -> None:
    """Against a model: an acknowledgement never covers an event with a higher cursor."""
    ledger, incarnation, seq, cursors = Ledger(), 0, 0, [0]
    seq_of: dict[int, tuple[int, int]] = {}  # cursor -> (incarnation, seq)
    ledger.greeted(hello("0"), NOW)
    for number, step in enumerate(steps):
        key = AttemptKey(f"k{number}.1")
        if step == "event":
            seq += 1
            (event,) = ledger.take([message(seq, key, "exited")])
            seq_of[event.cursor] = (incarnation, seq)
            cursors.append(event.cursor)
        elif step == "refuse":
            cursors.append(ledger.add(key, EventKind.REFUSED, at=NOW, data={}).cursor)
        elif step == "ack":
            cursor = rng.choice(cursors)
            told = ledger.acknowledge(cursor)
            covered = [s for c, (i, s) in seq_of.items() if c <= cursor and i == incarnation]
            assert told is None or told == max(covered)
        else:
            if step == "restart":
                incarnation, seq = incarnation + 1, 0
            ledger.greeted(hello(str(incarnation)), NOW)
    assert cursors == sorted(set(cursors))
