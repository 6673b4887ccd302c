"""Sentences and what they ask for: a table in both languages, and what must never happen."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runyard.domain.errors import Invalid
from runyard.domain.intents.matching import Known, match
from runyard.domain.intents.model import IntentKind, When
from runyard.domain.intents.reading import read
from runyard.domain.intents.telling import told
from tests.domain.sentences import CREATED, REFUSED, STEERED

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))  # a Wednesday
TASKS = [
    Known(id="m", texts=("监控服务器状态",)),
    Known(id="b", texts=("备份数据库",)),
    Known(id="ms", texts=("monitor the server",)),
    Known(id="bd", texts=("Back up the database", "db_backup")),
    Known(id="wr", texts=("send the weekly report",)),
    Known(id="ri", texts=("water the flowers in Rome",)),
    Known(id="pa", texts=("water the flowers in Paris",)),
]

PIECES = (
    *("every", "each", "30", "minutes", "day", "at", "8", "pm", "monday", "in", "tomorrow"),
    *("pause", "stop", "every month", "on the 31st", "99999999999", "½", "²", "0"),
    *("每", "每隔", "半", "两", "分钟", "天", "点", "下午", "下周一", "取消", "号", "月", "明天"),
    *("后", "一次", "监控", "三百", "零", "个月"),
)


def shown(when: When) -> str:
    """`every 1800`, `every 172800 from ...`, `cron ...`, `at ...`."""
    if when.every is not None:
        start = f" from {when.start:%Y-%m-%d %H:%M}" if when.start else ""
        return f"every {when.every // timedelta(seconds=1)}{start}"
    if when.cron is not None:
        return f"cron {when.cron}"
    assert when.at is not None
    return f"at {when.at:%Y-%m-%d %H:%M}"


def test_the_table_is_long_enough() -> None:
    every = [*CREATED, *STEERED]
    assert len({row[0] for row in every}) == len(every) >= 120


@pytest.mark.parametrize(("text", "when", "content"), CREATED, ids=str)
def test_what_is_created_and_when(text: str, when: str, content: str) -> None:
    intent = read(text, now=NOW)
    assert intent.kind is IntentKind.CREATE
    assert intent.when is not None
    assert (shown(intent.when), intent.subject) == (when, content)
    assert content in told(intent.kind, intent.language, content, intent.when)


@pytest.mark.parametrize(("text", "kind", "subject"), STEERED, ids=str)
def test_what_is_done_with_a_task(text: str, kind: str, subject: str) -> None:
    intent = read(text, now=NOW)
    assert (intent.kind.value, intent.subject, intent.when) == (kind, subject, None)


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read(text, now=NOW)


@pytest.mark.parametrize(
    ("subject", "meant"),
    [
        ("监控", "m"),
        ("服务器监控", "m"),
        ("数据库备份", "b"),
        ("备份", "b"),
        ("monitoring", "ms"),
        ("monitoring server", "ms"),
        ("database backup", "bd"),
        ("db backup", "bd"),
        ("weekly report", "wr"),
        ("the weekly reports", "wr"),
        ("water the flowers in paris", "pa"),
        ("wr", "wr"),
        ("water the flowers", None),
        ("zeppelin", None),
        ("飞艇", None),
        ("", None),
    ],
)
def test_what_is_meant(subject: str, meant: str | None) -> None:
    found = match(subject, TASKS)
    assert (found.sure.id if found.sure else None) == meant


def test_several_that_may_be_meant_are_named_and_a_lone_one_needs_no_name() -> None:
    assert {one.id for one in match("water the flowers", TASKS).likely} == {"ri", "pa"}
    assert match("zeppelin", TASKS).likely == ()
    lone = match("", TASKS[:1]).sure
    assert lone is not None
    assert lone.id == "m"


def test_a_delay_is_elapsed_time_across_a_change_of_the_clock() -> None:
    before = datetime(2026, 3, 29, 1, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    when = read("in 1 hour check the disk", now=before).when
    assert when is not None
    assert when.at is not None
    assert when.at.timestamp() - before.timestamp() == 3600
    assert (when.at.hour, when.at.minute) == (3, 30)


@settings(deadline=None)
@given(st.integers(1, 500), st.sampled_from(["minutes", "hours", "days"]))
def test_an_interval_is_what_was_said_in_both_languages(number: int, unit: str) -> None:
    length = number * timedelta(**{unit: 1})
    english = read(f"every {number} {unit} check the disk", now=NOW)
    word = {"minutes": "分钟", "hours": "小时", "days": "天"}[unit]
    chinese = read(f"每隔{number}{word}检查磁盘", now=NOW)
    for intent, content in ((english, "check the disk"), (chinese, "检查磁盘")):
        assert intent.when == When(every=length)
        assert intent.subject == content


@settings(deadline=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=9).map(" ".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        intent = read(text, now=NOW)
    except Invalid:
        return
    assert (intent.when is not None) is (intent.kind is IntentKind.CREATE)
    match(intent.subject, TASKS)
