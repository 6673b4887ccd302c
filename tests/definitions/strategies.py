"""Texts and definitions for the property tests of definitions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

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
from runyard.domain.tasks import (
    Isolation,
    Limits,
    Parameter,
    ParameterType,
    RetryPolicy,
    TaskSpec,
)

words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
identifiers = st.from_regex(r"[a-z_][a-z0-9_]{0,10}", fullmatch=True)
durations = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=3650))
positive_durations = st.timedeltas(
    min_value=timedelta(microseconds=1), max_value=timedelta(days=3650)
)
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def _unique(of: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(of, unique=True, max_size=3).map(tuple)


@st.composite
def parameters(draw: st.DrawFn, name: str) -> Parameter:
    kind = draw(st.sampled_from(ParameterType))
    values: dict[ParameterType, st.SearchStrategy[Any]] = {
        ParameterType.STRING: texts,
        ParameterType.INTEGER: st.integers(-1000, 1000),
        ParameterType.NUMBER: st.floats(-1000, 1000),
        ParameterType.BOOLEAN: st.booleans(),
        ParameterType.DATE: st.dates().map(lambda day: day.isoformat()),
        ParameterType.DATETIME: st.datetimes().map(lambda at: at.isoformat()),
        ParameterType.ARRAY: st.lists(json_values, max_size=2),
        ParameterType.OBJECT: st.dictionaries(texts, json_values, max_size=2),
    }
    has_bounds = kind in (ParameterType.INTEGER, ParameterType.NUMBER) and draw(st.booleans())
    choices = tuple(draw(st.lists(values[kind], max_size=3)))
    default = draw(st.none() | (st.sampled_from(choices) if choices else values[kind]))
    return Parameter(
        name=name,
        type=kind,
        required=default is None and draw(st.booleans()),
        default=default,
        description=draw(texts),
        choices=choices,
        minimum=-1000.0 if has_bounds else None,
        maximum=1000.0 if has_bounds else None,
    )


retries = st.builds(
    RetryPolicy,
    retries=st.integers(0, 100),
    crash_retries=st.integers(0, 100),
    backoff=durations,
    factor=st.floats(1, 1000),
    cap=durations,
    jitter=st.floats(0, 1),
    on_timeout=st.booleans(),
    on_exit_codes=st.lists(st.integers(0, 255), max_size=3).map(tuple),
    on_exceptions=_unique(identifiers),
)
limits = st.builds(
    Limits,
    memory_bytes=st.none() | st.integers(1, 2**50),
    cpu_s=st.none() | st.floats(0.001, 10_000),
    open_files=st.none() | st.integers(1, 1_000_000),
    output_bytes=st.none() | st.integers(1, 2**50),
)


moments = st.datetimes(
    datetime(2000, 1, 1),
    datetime(2100, 1, 1),
    timezones=st.sampled_from([None, UTC, timezone(timedelta(hours=5, minutes=45))]),
)
_triggers: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(lambda at: {"at": at}, moments),
    st.builds(
        lambda every, at_once: {"every": every, "at_once": at_once},
        st.timedeltas(timedelta(seconds=1), timedelta(days=3650)),
        st.booleans(),
    ),
    st.builds(
        lambda cron, day_match: {"cron": cron, "day_match": day_match},
        st.sampled_from(["0 2 * * *", "*/5 9-17 1,15 * MON", "@daily", "@reboot", "H H L * *"]),
        st.sampled_from(DayMatch),
    ),
    st.just({"rrule": "FREQ=WEEKLY;BYDAY=MO,FR;BYHOUR=9;BYMINUTE=0;BYSECOND=0"}),
)


@st.composite
def schedule_specs(draw: st.DrawFn) -> ScheduleSpec:
    with_argv = draw(st.booleans())
    zone = draw(st.sampled_from([None, UTC]))
    ends = st.none() | st.datetimes(datetime(2050, 1, 1), datetime(2060, 1, 1))
    starts = st.none() | st.datetimes(datetime(2020, 1, 1), datetime(2049, 1, 1))
    start, end = draw(starts), draw(ends)
    return ScheduleSpec(
        **draw(_triggers),
        timezone=draw(st.none() | st.sampled_from(["Europe/Berlin", "UTC"])),
        start=start and start.replace(tzinfo=zone),
        end=end and end.replace(tzinfo=zone),
        max_fires=draw(st.none() | st.integers(1, 1000)),
        jitter=draw(durations),
        calendar=draw(st.none() | words),
        roll=draw(st.sampled_from(Roll)),
        overlap=draw(st.sampled_from(Overlap)),
        catch_up=draw(st.sampled_from(CatchUp)),
        catch_up_window=draw(durations),
        grace=draw(durations),
        dst_gap=draw(st.none() | st.sampled_from(DstGap)),
        dst_repeat=draw(st.none() | st.sampled_from(DstRepeat)),
        pause_after_failures=draw(st.integers(0, 100)),
        params={} if with_argv else draw(st.dictionaries(identifiers, json_values, max_size=2)),
        argv=tuple(draw(st.lists(texts, max_size=3))) if with_argv else None,
        note=draw(texts),
    )


named_schedules = st.dictionaries(identifiers, schedule_specs(), max_size=3).map(
    lambda by_name: tuple(NamedSchedule(name=n, spec=spec) for n, spec in by_name.items())
)


@st.composite
def specs(draw: st.DrawFn) -> TaskSpec:
    names = draw(st.lists(identifiers, unique=True, max_size=3))
    return TaskSpec(
        executor=draw(words),
        title=draw(texts),
        description=draw(texts),
        queue=draw(st.none() | words),
        project=draw(st.none() | words),
        owner=draw(st.none() | words),
        labels=draw(_unique(words)),
        needs=draw(_unique(words)),
        priority=draw(st.integers(-1000, 1000)),
        concurrency=draw(st.integers(0, 100)),
        timeout=draw(st.none() | positive_durations),
        grace=draw(durations),
        retry=draw(retries),
        limits=draw(limits),
        env=draw(st.dictionaries(identifiers, texts, max_size=3)),
        parameters=tuple(draw(parameters(name)) for name in names),
        extra_parameters=draw(st.booleans()),
        dependencies=draw(_unique(st.sampled_from(["requests", "numpy>=2", "a[b]==1.0"]))),
        requires_python=draw(st.none() | st.sampled_from([">=3.11", "==3.12.*", ">=3.9,<4"])),
        preload=draw(_unique(identifiers)),
        isolation=draw(st.sampled_from(Isolation)),
        config=draw(st.dictionaries(texts, json_values, max_size=3)),
        heartbeat=draw(st.none() | positive_durations),
        schedules=draw(named_schedules),
    )
