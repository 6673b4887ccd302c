"""Schedules in settings: every form reaches the spec, a wrong one is left out with its place."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.definitions.editing import edit
from runyard.definitions.schedule_model import SCHEDULE_EXAMPLES, ScheduleSettings
from runyard.definitions.schedule_names import (
    check_schedule_name,
    free_name,
    schedule_id,
    split_schedule_id,
)
from runyard.definitions.schedule_settings import check_schedule, to_schedule_settings
from runyard.definitions.script import read_script
from runyard.definitions.settings import parse_settings
from runyard.domain.errors import Invalid
from runyard.domain.schedules.spec import (
    CatchUp,
    DayMatch,
    DstGap,
    DstRepeat,
    NamedSchedule,
    Overlap,
    Roll,
    ScheduleSpec,
)
from tests.definitions.strategies import json_values, schedule_specs, texts

ALL: dict[str, Any] = {
    "cron": "0 2 1 * MON",
    "day_match": "and",
    "timezone": "Europe/Berlin",
    "start": "2026-01-01",
    "end": date(2026, 12, 31),
    "max_fires": 10,
    "jitter": "5m",
    "calendar": "workdays",
    "roll": "following",
    "overlap": "cancel_other",
    "catch_up": "all",
    "catch_up_window": "12h",
    "grace": 90,
    "dst_gap": "skip",
    "dst_repeat": "both",
    "pause_after_failures": 3,
    "params": {"mode": "fast", "day": date(2026, 1, 2)},
    "note": "asked for",
}


def _schedules(settings: dict[str, Any]) -> dict[str, ScheduleSpec]:
    spec, faults = parse_settings(settings)
    assert faults == []
    return {one.name: one.spec for one in spec.schedules}


def test_every_key_reaches_the_spec() -> None:
    assert check_schedule(ALL) == ScheduleSpec(
        cron="0 2 1 * MON",
        day_match=DayMatch.AND,
        timezone="Europe/Berlin",
        start=datetime(2026, 1, 1),
        end=datetime(2026, 12, 31, 23, 59, 59, 999_999),
        max_fires=10,
        jitter=timedelta(minutes=5),
        calendar="workdays",
        roll=Roll.FOLLOWING,
        overlap=Overlap.CANCEL_OTHER,
        catch_up=CatchUp.ALL,
        catch_up_window=timedelta(hours=12),
        grace=timedelta(seconds=90),
        dst_gap=DstGap.SKIP,
        dst_repeat=DstRepeat.BOTH,
        pause_after_failures=3,
        params={"mode": "fast", "day": "2026-01-02"},
        note="asked for",
    )
    assert set(SCHEDULE_EXAMPLES) == {"name", *ScheduleSettings.model_fields}


@pytest.mark.parametrize(
    ("given_", "spec"),
    [
        ({"at": "2026-05-01 08:00"}, ScheduleSpec(at=datetime(2026, 5, 1, 8))),
        ({"at": "2026-05-01T08:00Z"}, ScheduleSpec(at=datetime(2026, 5, 1, 8, tzinfo=UTC))),
        ({"every": "PT1H30M"}, ScheduleSpec(every=timedelta(minutes=90))),
        ({"every": 5, "at_once": True}, ScheduleSpec(every=timedelta(seconds=5), at_once=True)),
        ({"cron": "@daily", "argv": ["-v"]}, ScheduleSpec(cron="@daily", argv=("-v",))),
        ({"rrule": "FREQ=DAILY"}, ScheduleSpec(rrule="FREQ=DAILY")),
    ],
)
def test_each_trigger(given_: dict[str, Any], spec: ScheduleSpec) -> None:
    assert check_schedule(given_) == spec


@given(schedule_specs())
def test_settings_of_a_schedule_give_it_again(spec: ScheduleSpec) -> None:
    settings = to_schedule_settings(spec)
    assert check_schedule(settings) == spec
    for key in settings:
        assert getattr(spec, key) != getattr(ScheduleSpec(), key)


@given(
    st.dictionaries(
        st.sampled_from([*SCHEDULE_EXAMPLES, "evry"]), json_values | st.none(), max_size=4
    )
)
def test_wild_settings_are_a_schedule_or_refused_with_a_reason(wild: dict[str, Any]) -> None:
    refusal: Invalid | None = None
    try:
        check_schedule(wild)
    except Invalid as error:
        refusal = error
    if refusal is not None:
        assert all(problem["message"] for problem in refusal.facts["problems"])
        assert refusal.facts["problems"]


@pytest.mark.parametrize(
    ("wrong", "where", "words"),
    [
        ({}, "", "give one of at, every, cron, rrule"),
        ({"cron": "@daily", "every": "1h"}, "cron", "every and cron are both given"),
        ({"crn": "@daily"}, "crn", "did you mean 'cron'"),
        ({"every": "0.5s"}, "every", "the shortest interval is 1 s"),
        ({"every": "1h", "overlap": "kill"}, "overlap", "'buffer_one'"),
        ({"every": "1h", "grace": "soon"}, "grace", "not a duration"),
        ({"every": "1h", "max_fires": 0}, "max_fires", "greater than or equal to 1"),
        ({"every": "1h", "day_match": "and"}, "day_match", "goes with cron"),
        ({"cron": "@daily", "at_once": True}, "at_once", "goes with every"),
        ({"every": "1h", "params": {"a": 1}, "argv": []}, "argv", "params and argv"),
        ({"every": "1h", "start": "2027-01-01", "end": "2026-01-01"}, "end", "before its start"),
        ({"at": "tomorrow"}, "at", "not a date and time"),
        ({"at": "1066-10-14"}, "at", "year"),
        ({"every": "1h", "params": {"n": 2**70}}, "params.n", "64 bits"),
        ({"cron": "0 0 31 2 *"}, "cron", "never fires"),
        ({"cron": "0 0 * * *", "timezone": "Europe/Berln"}, "timezone", "Europe/Berlin"),
        ({"rrule": "FREQ=SOMETIMES"}, "rrule", "rrule = 'FREQ=SOMETIMES' does not apply"),
    ],
)
def test_a_wrong_schedule_is_refused(wrong: dict[str, Any], where: str, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_schedule(wrong)
    found = [one for one in caught.value.facts["problems"] if one["where"] == where]
    assert found, caught.value.facts
    assert words in found[0]["message"]


def test_a_wrong_expression_says_at_which_character() -> None:
    with pytest.raises(Invalid) as caught:
        check_schedule({"cron": "0 25 * * *"})
    (problem,) = caught.value.facts["problems"]
    assert (problem["where"], problem["position"]) == ("cron", 2)
    assert "at character 3" in problem["message"]


@pytest.mark.parametrize(
    ("short", "spec"),
    [
        ("0 2 * * *", ScheduleSpec(cron="0 2 * * *")),
        ("@hourly", ScheduleSpec(cron="@hourly")),
        ("30m", ScheduleSpec(every=timedelta(minutes=30))),
        ("every 30 min", ScheduleSpec(every=timedelta(minutes=30))),
        (300, ScheduleSpec(every=timedelta(minutes=5))),
        ("FREQ=DAILY;BYHOUR=8", ScheduleSpec(rrule="FREQ=DAILY;BYHOUR=8")),
        ("2026-05-01 08:00", ScheduleSpec(at=datetime(2026, 5, 1, 8))),
        (datetime(2026, 5, 1, 8), ScheduleSpec(at=datetime(2026, 5, 1, 8))),
    ],
)
def test_short_forms(short: Any, spec: ScheduleSpec) -> None:
    assert _schedules({"schedule": short}) == {"default": spec}
    assert _schedules({"schedules": [{"every": 60}, short]})["default-2"] == spec


def test_names_are_given_counted_or_keys() -> None:
    listed = _schedules(
        {"schedules": ["@daily", {"name": "default-2", "every": "1h"}, "@weekly", "@monthly"]}
    )
    assert list(listed) == ["default", "default-2", "default-3", "default-4"]
    assert listed["default-2"].every == timedelta(hours=1)
    table = _schedules({"schedules": {"nightly": "0 2 * * *", "often": {"every": "5m"}}})
    assert list(table) == ["nightly", "often"]


def test_a_broken_one_keeps_its_place_in_the_names() -> None:
    spec, faults = parse_settings({"schedules": ["0 99 * * *", "@weekly"]})
    assert [(one.name, one.spec.cron) for one in spec.schedules] == [("default-2", "@weekly")]
    assert [(fault.path, fault.position) for fault in faults] == [(("schedules", 0), 2)]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"schedules": {"cron": "@daily"}}, "[[tool.runyard.schedules]]"),
        ({"schedules": "@daily"}, "not a list"),
        ({"schedules": [True]}, "is no schedule"),
        ({"schedules": ["5"]}, "cron = '5'"),
        ({"schedules": [{"name": "a b", "cron": "@daily"}]}, "can't be the name"),
        ({"schedules": [{"name": "a", "every": 9}, {"name": "a", "every": 8}]}, "has this name"),
        ({"schedules": [60] * 101}, "at most 100"),
    ],
)
def test_wrong_lists_are_told(wrong: dict[str, Any], words: str) -> None:
    spec, faults = parse_settings({**wrong, "title": "kept"})
    assert spec.title == "kept"
    assert any(words in fault.message for fault in faults), faults


_SCRIPT = """\
# /// script
# [tool.runyard]
# title = "Kept"
# schedule = '0 25 * * *'
#
# [[tool.runyard.schedules]]
# name = "good"
# every = "1h"
#
# [[tool.runyard.schedules]]
# name = "bad"
# cron = "0 2 * * MOO"
# timezone = "Europe/Berlin"
# ///
"""


def test_problems_of_a_file_stand_inside_the_expression() -> None:
    definition = read_script("t", _SCRIPT)
    assert definition.spec.title == "Kept"
    assert [one.name for one in definition.spec.schedules] == ["good"]
    lines = _SCRIPT.split("\n")
    places = [(p.line or 0, lines[(p.line or 1) - 1][(p.column or 1) - 1 :]) for p in
              definition.problems]  # fmt: skip
    assert places == [(4, "25 * * *'"), (12, 'MOO"')]


def test_a_list_of_schedules_is_edited_as_tables() -> None:
    settings = {"schedules": [{"name": "a", "cron": "@daily"}, {"name": "b", "every": "5m"}]}
    text = edit("print(1)\n", settings)
    assert '# [[tool.runyard.schedules]]\n# name = "a"\n' in text
    spec = read_script("t", text).spec
    assert [one.name for one in spec.schedules] == ["a", "b"]
    shorter = edit(text, {"schedules": [{"name": "b", "every": "6m"}], "priority": 3})
    again = read_script("t", shorter)
    assert again.problems == ()
    assert again.spec.schedules == (
        NamedSchedule(name="b", spec=ScheduleSpec(every=timedelta(minutes=6))),
    )
    assert "schedules" not in edit(shorter, {"schedules": None})


@given(texts)
def test_a_name_makes_an_id_that_can_be_taken_apart(name: str) -> None:
    try:
        good = check_schedule_name(name)
    except Invalid:
        return
    assert split_schedule_id(schedule_id("task", good)) == ("task", good)
    assert free_name({good, "default"}) not in {good, "default"}
