"""What goes into a column comes out of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.domain.tasks import (
    Isolation,
    Limits,
    Parameter,
    ParameterType,
    RetryPolicy,
    TaskSpec,
)
from runyard.store.encoding import (
    clean,
    from_json,
    from_us,
    spec_from_json,
    spec_to_json,
    to_json,
    to_us,
)
from tests.definitions.strategies import named_schedules

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
_DURATIONS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400))

_SPECS = st.builds(
    TaskSpec,
    executor=st.text(),
    labels=st.lists(st.text()).map(tuple),
    timeout=st.none() | _DURATIONS,
    grace=_DURATIONS,
    retry=st.builds(
        RetryPolicy,
        retries=st.integers(0, 9),
        backoff=_DURATIONS,
        factor=st.floats(1, 9),
        on_exit_codes=st.lists(st.integers(0, 255)).map(tuple),
        on_exceptions=st.lists(st.text()).map(tuple),
    ),
    limits=st.builds(Limits, memory_bytes=st.none() | st.integers(0, 2**60)),
    env=st.dictionaries(st.text(), st.text()),
    parameters=st.lists(
        st.builds(
            Parameter,
            name=st.text(),
            type=st.sampled_from(ParameterType),
            default=_JSON,
            choices=st.lists(_JSON, max_size=3).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    isolation=st.sampled_from(Isolation),
    config=st.dictionaries(st.text(), _JSON, max_size=3),
    schedules=named_schedules,
)


@given(_JSON)
def test_json_comes_back(value: Any) -> None:
    assert from_json(to_json(value)) == value


@pytest.mark.parametrize("value", [2**70, "\ud800", {"deep": [-(2**64)]}, {"key \udfff": 1}])
def test_json_that_orjson_cannot_hold_comes_back(value: Any) -> None:
    assert from_json(to_json(value)) == value


@given(st.datetimes(timezones=st.just(UTC) | st.just(timezone(timedelta(hours=5, minutes=45)))))
def test_instants_come_back_to_the_microsecond(at: datetime) -> None:
    assert from_us(to_us(at)) == at


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        to_us(datetime(2026, 1, 1))


@given(_SPECS)
def test_a_definition_comes_back(spec: TaskSpec) -> None:
    assert spec_from_json(spec_to_json(spec)) == spec


def test_a_definition_of_another_version_can_be_read() -> None:
    data = from_json(spec_to_json(TaskSpec(title="old", queue="lane")))
    del data["heartbeat"], data["retry"]["jitter"]
    data["of_the_future"] = 1
    data["retry"]["of_the_future"] = 1
    assert spec_from_json(to_json(data)) == TaskSpec(title="old", queue="lane")


def test_a_definition_is_written_with_all_its_defaults() -> None:
    data = from_json(spec_to_json(TaskSpec()))
    assert data["grace"] == 5_000_000
    assert data["retry"]["factor"] == 2.0


def test_clean_text_can_be_stored_anywhere() -> None:
    assert clean("a\0b\ud800é") == "a\ufffdb?é"
    assert clean(None) is None
