"""The entries of a bulk submission: checked in groups, with the outcome of one by one."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from runyard.api.entries import MOST_ENTRIES, bulk_body, groups_of, run_request_of
from runyard.api.models import BulkBody, RunBody
from runyard.api.validation import problems_of

small = st.one_of(st.none(), st.integers(-3, 3), st.text("ab", max_size=2), st.booleans())
entries = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "task_id": st.sampled_from(["hello", "other", "", 3, None]),
            "executor": st.sampled_from(["shell", None]),
            "config": st.sampled_from([{}, {"command": "date"}]),
            "params": st.one_of(st.dictionaries(st.sampled_from("ab"), small, max_size=2), small),
            "argv": st.sampled_from([None, [], ["-x"], "no list"]),
            "priority": st.sampled_from([0, 5, "5", 2**40]),
            "labels": st.lists(st.sampled_from(["red", ""]), max_size=2),
            "delay_s": st.sampled_from([None, 0, 3, -1]),
            "if_busy": st.sampled_from(["queue", "reject", "never"]),
            "unheard_of": st.just(1),
        },
    ),
    max_size=12,
)


@given(entries)
def test_each_entry_is_read_as_a_body_of_its_own(found: list[dict[str, Any]]) -> None:
    groups, wrong = groups_of(found)
    requests = dict(pair for group in groups for pair in group.one_by_one())
    assert sorted([*requests, *wrong]) == list(range(len(found)))
    for place, entry in enumerate(found):
        try:
            body = RunBody.model_validate_json(orjson.dumps(entry), strict=True)
        except ValidationError as error:
            expected = problems_of(error, model=RunBody, what="entry")
            assert (wrong[place].message, wrong[place].facts) == (expected.message, expected.facts)
        else:
            assert requests[place] == run_request_of(body)


def test_alike_entries_are_one_group() -> None:
    found = [{"task_id": "hello", "params": {"n": n}} for n in range(100)] + [{"task_id": "hello"}]
    groups, wrong = groups_of(found)
    assert not wrong
    assert [(list(g.places), g.params[99:]) for g in groups] == [
        (list(range(101)), [{"n": 99}, {}])
    ]


def test_a_body_that_is_right_at_first_sight_is_what_the_model_reads() -> None:
    right = {"runs": [{"task_id": "hello"}, {}]}
    assert bulk_body(right) == BulkBody.model_validate_json(orjson.dumps(right), strict=True)
    others: list[Any] = [
        None,
        [],
        {},
        {"runs": {}},
        {"runs": [1]},
        {"runs": [], "more": 1},
        {"runs": [{}] * (MOST_ENTRIES + 1)},
    ]
    assert [bulk_body(other) for other in others] == [None] * len(others)
