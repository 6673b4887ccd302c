"""What is said about triggers, in both languages; and that the words never lie about the days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runyard.domain.errors import Invalid
from runyard.domain.schedules.series import series
from runyard.domain.schedules.spec import DayMatch, ScheduleSpec
from runyard.domain.schedules.words import describe


@pytest.mark.parametrize(
    ("cron", "english", "chinese"),
    [
        ("* * * * *", "every minute", "每分钟"),
        ("*/5 * * * *", "every 5 minutes", "每 5 分钟"),
        ("0,30 * * * *", "every 30 minutes", "每 30 分钟"),
        ("0 * * * *", "every hour", "每小时"),
        ("5,35 * * * *", "every hour, at minutes 5 and 35", "每小时，于第 5、35 分"),
        ("0 */2 * * *", "every 2 hours", "每 2 小时"),
        ("30 */2 * * *", "every 2 hours, at minute 30", "每 2 小时，于第 30 分"),
        (
            "*/7 * * * *",
            "every 7 minutes from minute 0 to 56 of each hour",
            "每小时的第 0 至 56 分之间每 7 分钟",
        ),
        ("0 0 * * *", "at 00:00, every day", "每天，00:00"),
        ("0 9 * * 1-5", "at 09:00, on Monday to Friday", "周一至周五，09:00"),
        (
            "0 9,17 * * 0,6",
            "at 09:00 and 17:00, on Saturday and Sunday",
            "周六、周日，09:00、17:00",
        ),
        (
            "*/5 9-17 * * 1-5",
            "every 5 minutes, from 09:00 to 17:59, on Monday to Friday",
            "周一至周五，09:00 至 17:59，每 5 分钟",
        ),
        (
            "0 22-3 * * FRI-MON",
            "at 00:00, 01:00, 02:00, 03:00, 22:00 and 23:00, on Friday to Monday",
            "周五至周一，00:00、01:00、02:00、03:00、22:00、23:00",
        ),
        (
            "*/10 20-4 * * *",
            "every 10 minutes, from 20:00 to 04:59, every day",
            "每天，20:00 至 04:59，每 10 分钟",
        ),
        ("30 2 1 * *", "at 02:30, on day 1 of the month", "每月 1 日，02:30"),
        ("0 0 L * *", "at 00:00, on the last day of the month", "每月最后一天，00:00"),
        (
            "0 9 L-3 * *",
            "at 09:00, on the day 3 days before the last of the month",
            "每月倒数第 4 天，09:00",
        ),
        (
            "0 9 15W * *",
            "at 09:00, on the weekday nearest to day 15 of the month",
            "离每月 15 日最近的工作日，09:00",
        ),
        (
            "0 9 LW * *",
            "at 09:00, on the last weekday of the month",
            "当月最后一个工作日，09:00",
        ),
        ("0 9 * * MON#2", "at 09:00, on the second Monday of the month", "每月第 2 个周一，09:00"),
        ("0 9 * * 5L", "at 09:00, on the last Friday of the month", "每月最后一个周五，09:00"),
        (
            "0 0 13 * FRI",
            "at 00:00, on day 13 of the month or on Friday",
            "每月 13 日或周五，00:00",
        ),
        (
            "0 0 */2 * MON",  # Vixie cron: a star first joins by AND
            "at 00:00, on each second day from day 1 to 31 of the month when it is also Monday",
            "每月 1 至 31 日之间每 2 天且为周一，00:00",
        ),
        ("0 0 1-31 * MON", "at 00:00, every day", "每天，00:00"),  # and no star joins by OR
        (
            "0 0 1 1,4,7,10 *",
            "at 00:00, on day 1 of the month, in January, April, July and October",
            "1 月、4 月、7 月、10 月，每月 1 日，00:00",
        ),
        (
            "0 0 * 11-2 1",
            "at 00:00, on Monday, in November to February",
            "11 月至 2 月，周一，00:00",
        ),
        ("* * * * * *", "every second", "每秒"),
        ("*/15 * * * * *", "every 15 seconds", "每 15 秒"),
        ("30 * * * * *", "every minute, at second 30", "每分钟，于第 30 秒"),
        ("15 30 8 * * *", "at 08:30:15, every day", "每天，08:30:15"),
        ("@weekly", "at 00:00, on Sunday", "周日，00:00"),
        ("@reboot", "at each start of the server", "服务器每次启动时"),
        (
            "H H * * *",
            "cron H H * * *, where H is drawn from the schedule's id",
            "cron H H * * *，其中 H 由计划的 id 决定",
        ),
    ],
)
def test_cron(cron: str, english: str, chinese: str) -> None:
    assert describe(ScheduleSpec(cron=cron)) == english
    assert describe(ScheduleSpec(cron=cron), "zh") == chinese


def test_the_day_match_is_said() -> None:
    spec = ScheduleSpec(cron="0 0 13 * FRI", day_match=DayMatch.AND)
    assert describe(spec) == "at 00:00, on day 13 of the month when it is also Friday"
    assert describe(spec, "zh") == "每月 13 日且为周五，00:00"


def test_with_the_id_it_says_what_h_is() -> None:
    assert describe(ScheduleSpec(cron="0 H(3-3) * * *"), key="a:b") == "at 03:00, every day"


@pytest.mark.parametrize(
    ("length", "english", "chinese"),
    [
        (timedelta(minutes=30), "every 30 minutes", "每 30 分钟"),
        (timedelta(hours=1), "every hour", "每小时"),
        (timedelta(hours=1, minutes=30), "every 1 hour 30 minutes", "每 1 小时 30 分钟"),
        (timedelta(days=7), "every 7 days", "每 7 天"),
        (timedelta(seconds=1.5), "every 1.5 seconds", "每 1.5 秒"),
    ],
)
def test_every(length: timedelta, english: str, chinese: str) -> None:
    assert describe(ScheduleSpec(every=length)) == english
    assert describe(ScheduleSpec(every=length), "zh") == chinese


def test_at_once_and_at() -> None:
    at_once = ScheduleSpec(every=timedelta(minutes=5), at_once=True)
    assert describe(at_once) == "every 5 minutes, the first time at once"
    assert describe(at_once, "zh") == "每 5 分钟，首次立即执行"
    at = datetime(2026, 3, 29, 2, 30)
    assert describe(ScheduleSpec(at=at)) == "once, at 2026-03-29 02:30"
    assert describe(ScheduleSpec(at=at.replace(tzinfo=UTC)), "zh") == "仅一次，2026-03-29 02:30 UTC"


@pytest.mark.parametrize(
    ("rrule", "english", "chinese"),
    [
        ("FREQ=DAILY", "every day", "每天"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;BYHOUR=9",
            "every 2 weeks, at 09:00, on Monday and Wednesday",
            "每 2 周，周一、周三，09:00",
        ),
        (
            "FREQ=MONTHLY;BYDAY=-1FR",
            "every month, on the last Friday of the month",
            "每个月，每月最后一个周五",
        ),
        (
            "DTSTART:20260101T093000 FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=5",
            "every month, at 09:30, on Monday to Friday, only the last of these, 5 times",
            "每个月，周一至周五，09:30，仅取其中最后一个，共 5 次",
        ),
        (
            "FREQ=YEARLY;BYDAY=20MO",
            "every year, on the 20th Monday of the year",
            "每年，每年第 20 个周一",
        ),
        (
            "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=-2,2;UNTIL=20300101",
            "every year, on day 2 of the month and the day 1 day before the last of the month, "
            "in March, until 2030-01-01 23:59",
            "每年，3 月，每月 2 日、每月倒数第 2 天，直到 2030-01-01 23:59",
        ),
        (
            "FREQ=MINUTELY;INTERVAL=10;BYHOUR=8,9,10",
            "every 10 minutes, from 08:00 to 10:59",
            "每 10 分钟，08:00 至 10:59",
        ),
        (
            "FREQ=DAILY EXDATE:20260101T000000,20260102T000000",
            "every day, but not at 2 listed times",
            "每天，列出的 2 个时间除外",
        ),
    ],
)
def test_rrule(rrule: str, english: str, chinese: str) -> None:
    assert describe(ScheduleSpec(rrule=rrule)) == english
    assert describe(ScheduleSpec(rrule=rrule), "zh") == chinese


def test_what_can_not_be_read_is_refused() -> None:
    with pytest.raises(Invalid):
        describe(ScheduleSpec(cron="61 * * * *"))
    with pytest.raises(Invalid):
        describe(ScheduleSpec(rrule="FREQ=NEVER"))


@settings(max_examples=200, deadline=None)
@given(values=st.sets(st.integers(0, 23), min_size=1))
def test_runs_and_steps_stand_for_the_very_same_values(values: set[int]) -> None:
    shape = series(tuple(sorted(values)), low=0, high=23)
    spread = set()
    for first, last in shape.runs:
        spread |= {(first + n) % 24 for n in range((last - first) % 24 + 1)}
    assert spread == values
    if shape.step is not None:
        assert set(range(min(values), max(values) + 1, shape.step)) == values
    assert shape.all == (len(values) == 24)
    if shape.even and shape.step is not None:
        assert set(range(0, 24, shape.step)) == values
