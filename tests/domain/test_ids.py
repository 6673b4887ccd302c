"""Run ids: their form, and that they only ever grow."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from runyard.domain.ids import ALPHABET, LENGTH, RunIds, _decode, _encode, is_run_id, lowest_id

SOME_DAY_MS = 1_790_000_000_000

numbers = st.integers(0, 2**80 - 1)


class Clock:
    def __init__(self, *moments_ms: int) -> None:
        self.moments_ms = list(moments_ms)

    def __call__(self) -> int:
        return self.moments_ms.pop(0)


@given(numbers)
def test_decoding_undoes_encoding(number: int) -> None:
    text = _encode(number)
    assert _decode(text) == number
    assert is_run_id(text)


@given(numbers, numbers)
def test_ids_sort_like_the_numbers_they_stand_for(one: int, other: int) -> None:
    assert (_encode(one) < _encode(other)) is (one < other)


@given(st.lists(st.integers(0, 2**43), min_size=2, max_size=50))
def test_ids_grow_whatever_the_clock_does(moments_ms: list[int]) -> None:
    ids = RunIds(Clock(*moments_ms))
    given_out = [ids.new() for _ in moments_ms]
    assert all(earlier < later for earlier, later in pairwise(given_out))
    assert all(is_run_id(run_id) for run_id in given_out)


def test_ids_of_a_later_millisecond_are_larger_also_from_another_source() -> None:
    for _ in range(100):
        earlier = RunIds(Clock(SOME_DAY_MS)).new()
        assert earlier < RunIds(Clock(SOME_DAY_MS + 1)).new()


def test_within_a_millisecond_ids_count_up() -> None:
    ids = RunIds(lambda: SOME_DAY_MS)
    many = [ids.new() for _ in range(1_000)]
    assert _decode(many[-1]) - _decode(many[0]) == 999


def test_two_sources_hardly_ever_meet() -> None:
    assert len({RunIds(lambda: SOME_DAY_MS).new() for _ in range(1_000)}) == 1_000


def test_after_a_restart_ids_go_on_behind_the_newest_one() -> None:
    newest = RunIds(Clock(SOME_DAY_MS)).new()
    ids = RunIds(Clock(SOME_DAY_MS - 5_000, SOME_DAY_MS + 1))
    ids.start_after(newest)
    set_back, later = ids.new(), ids.new()
    assert newest < set_back < later
    ids.start_after(newest)  # an older id changes nothing
    assert ids._last == _decode(later)


def test_the_form_is_sixteen_crockford_characters() -> None:
    run_id = RunIds(lambda: SOME_DAY_MS).new()
    assert len(run_id) == LENGTH
    assert set(run_id) <= set(ALPHABET)
    for wrong in ("", run_id[1:], run_id + "0", run_id.upper(), run_id[:-1] + "l", run_id + "\n"):
        assert wrong == run_id or not is_run_id(wrong), wrong


def test_the_lowest_id_of_a_millisecond_is_below_all_that_are_given_in_it() -> None:
    assert lowest_id(SOME_DAY_MS) <= RunIds(Clock(SOME_DAY_MS)).new() < lowest_id(SOME_DAY_MS + 1)


@given(st.integers(0, 2**43), st.lists(st.integers(0, 3000), max_size=5))
def test_a_block_is_as_many_single_ids(moment_ms: int, counts: list[int]) -> None:
    ids = RunIds(lambda: moment_ms)
    before = ids.new()
    for count in counts:
        block = ids.block(count)
        expected = range(_decode(before) + 1, _decode(before) + 1 + count)
        assert [_decode(run_id) for run_id in block] == list(expected)
        before = block[-1] if block else before
    assert _decode(ids.new()) == _decode(before) + 1
