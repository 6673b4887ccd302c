"""Says in the language of the sentence what would be done about it."""

from __future__ import annotations

from typing import assert_never

from runyard.domain.intents.model import IntentKind, Language, When
from runyard.domain.schedules.spec import ScheduleSpec
from runyard.domain.schedules.words import describe

_EN_NONE = "No task is like {subject!r}."
_ZH_NONE = "没有找到类似“{subject}”的任务。"
_EN_SEVERAL = "Several tasks may be meant by {subject!r}; say which one."
_ZH_SEVERAL = "“{subject}”可能指多个任务，请说明是哪一个。"


def told(kind: IntentKind, language: Language, name: str, when: When | None = None) -> str:
    """What would be done with the task of this name, or with something new of this content."""
    match kind:
        case IntentKind.CREATE:
            return _created(language, name, when or When())
        case IntentKind.PAUSE:
            pair = (
                f'Pause "{name}": it starts no more until it is resumed.',
                f"暂停“{name}”，直到恢复为止。",
            )
        case IntentKind.RESUME:
            pair = f'Resume "{name}".', f"恢复“{name}”。"
        case IntentKind.CANCEL:
            pair = (
                f'Cancel "{name}" and end what runs of it.',
                f"取消“{name}”，并结束正在运行的实例。",
            )
        case IntentKind.TRIGGER:
            pair = f'Run "{name}" once, now.', f"立即执行一次“{name}”。"
        case IntentKind.LIST:
            pair = "List the tasks.", "列出任务。"
        case _:
            assert_never(kind)
    return pair[1] if language == "zh" else pair[0]


def _created(language: Language, content: str, when: When) -> str:
    timing = timing_of(when, language)
    if language == "zh":
        return f"新建任务“{content}”：{timing}。"
    return f'Create the task "{content}": {timing}.'


def timing_of(when: When, language: Language) -> str:
    if when.is_now:
        return "立即执行一次" if language == "zh" else "once, now"
    spec = ScheduleSpec(every=when.every, cron=when.cron, at=when.at)
    words = describe(spec, language)
    if when.start is None:
        return words
    first = f"{when.start:%Y-%m-%d %H:%M}"
    return f"{words}，从{first}开始" if language == "zh" else f"{words}, from {first} on"


def unsure(language: Language, subject: str, *, several: bool) -> str:
    """Why nothing would be done."""
    if language == "zh":
        return (_ZH_SEVERAL if several else _ZH_NONE).format(subject=subject)
    return (_EN_SEVERAL if several else _EN_NONE).format(subject=subject)
