"""Reads a sentence: which intent it has, when, and what it is about."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from runyard.domain.errors import Invalid
from runyard.domain.intents import chinese, english
from runyard.domain.intents.model import Intent, IntentKind, Language, When
from runyard.domain.intents.parts import Parts, when_of

LONGEST = 2_000
_HAN = re.compile(r"[\u4e00-\u9fff]")

Commands = tuple[tuple[IntentKind, re.Pattern[str]], ...]

_EN_POLITE = re.compile(
    r"^(?:(?:hi|hey|hello|ok|now|please|kindly|runyard|"
    r"(?:can|could|would|will) you(?: please)?|i(?:'d| would) like (?:you )?to|"
    r"i (?:want|need) (?:you )?to|help me(?: to)?|let'?s|go ahead and|just)\b[,:]?\s*)+"
)
_EN_AFTER = re.compile(
    r"(?:[\s,.!?;:]+(?:please|for me|thanks|thank you|for now|for the moment|for a while|"
    r"will you|would you|temporarily))+[\s,.!?;:]*$"
)
_EN_NOW = re.compile(
    r"\b(?:once )?(?:right now|right away|immediately|at once|asap|straight away|now)\b(?: once)?"
)
_EN_LIST = re.compile(
    r"^(?:(?:list|show|display|give)(?: me)?(?: all)?(?: of)?(?: my| the)?(?: \w+)? "
    r"(?:tasks?|jobs|schedules)|(?:what|which) (?:\w+ )?(?:tasks|jobs|schedules)\b.*|"
    r"(?:my|all) (?:tasks|jobs))(?: (?:do i have|are there|i have|please))?$"
)
_EN_COMMANDS: Commands = (
    (
        IntentKind.CANCEL,
        re.compile(
            r"^(?:cancel|delete|remove|kill|terminate|abort|drop|get rid of|never again|"
            r"(?:stop|end)(?=.*\b(?:for good|forever|permanently)$))\b"
            r"|^(?:don't|do not|no longer)\b(?=.*\b(?:any ?more|ever again)$)|^no longer\b"
        ),
    ),
    (
        IntentKind.RESUME,
        re.compile(
            r"^(?:resume|unpause|continue|reactivate|re-?enable|enable|go on with|"
            r"carry on with|(?:start|begin)(?=.*\bagain$))\b"
        ),
    ),
    (
        IntentKind.PAUSE,
        re.compile(
            r"^(?:pause|suspend|hold|halt|disable|stop|freeze|(?:don't|do not)(?=.*))\b"
            r"|^(?:put)\b(?=.*\bon hold$)"
        ),
    ),
    (
        IntentKind.TRIGGER,
        re.compile(r"^(?:trigger|run|execute|fire|kick off|launch|start|re-?run)\b"),
    ),
)
_EN_TAIL = re.compile(
    r"\s*\b(?:for good|forever|permanently|any ?more|ever again|again|on hold|once|"
    r"one (?:more )?time|once more)$"
)
_EN_WORK = {"delete", "remove", "kill", "terminate", "drop", "end"}
_EN_FOR = re.compile(r"\b(?:for (?:an?|[0-9]+|two|three|five|ten) |until |till )\w+")
_EN_WORDS = re.compile(r"^(?:to|the|my|that|and|,|:|then)\s+|\s+(?:task|job|schedule|and|,)$")

_ZH_POLITE = re.compile(
    r"请你?|麻烦你?|帮我们?|帮忙|替我|给我|我想要?让?你?|我要你?|我希望你?|能不能|能否|可以|可不可以|"
    r"一下子?|好吗|行吗|谢谢|拜托|需要你"
)
_ZH_EDGE = re.compile(
    r"^[\s,，。.!！?？、;；:：的把将就你先再去都在]+|[\s,，。.!！?？、;；:：了吧啊呢吗的]+$"
)
_ZH_NOW = re.compile(r"(?:现在|立刻|立即|马上|即刻|赶紧|赶快)(?:就)?")
_ZH_LIST = re.compile(
    r"列出|任务列表|任务清单|(?:有|设置了|创建了)(?:哪些|什么|多少|几个)\w*任务|"
    r"(?:查看|看看|看|查询|显示|查)\s*(?:我|所有|全部|当前|现有|现在)?\w{0,4}的?任务(?:列表)?$|"
    r"哪些任务|什么任务"
)
_ZH_COMMANDS: Commands = (
    (
        IntentKind.CANCEL,
        re.compile(
            r"取消|删除|删掉|删了|终止|移除|(?:永久|彻底)(?:停止|停掉|停)|不要?再|别再|不用再|以后(?:不要|别)"
        ),
    ),
    (
        IntentKind.RESUME,
        re.compile(r"恢复|继续|重新(?:开始|启动|开启|启用)|接着|解除暂停|重启任务"),
    ),
    (
        IntentKind.PAUSE,
        re.compile(
            r"(?:暂时|先)?(?:暂停|停止|停掉|停下来?|停用|停一停|中止|挂起)|"
            r"(?:先|暂时|现在先)(?:不要|不用|别|不|停)|^(?:不要|别|停)"
        ),
    ),
    (IntentKind.TRIGGER, re.compile(r"触发|手动(?:执行|运行|跑)|^再?(?:执行|运行|跑)")),
)
_ZH_ONCE = re.compile(r"^[一1]次|(?:再?(?:执行|运行|跑))?[一1](?:次|遍|回)$|^再(?=.*[次遍]$)")
_ZH_FOR = re.compile(
    r"[0-9一二两三四五六七八九十半]+个?半?(?:秒|分|小时|钟头|天|周|星期)钟?$|^到|直到"
)
_ZH_REPEATED = re.compile(r"(?<=[\u4e00-\u9fff])[一1]次")
_ZH_TASK = re.compile(r"(?:这个|那个|我)?的?(?:定时)?任务$|^(?:这个|那个|我的)?(?:定时)?任务[:：]?")


def read(text: str, *, now: datetime) -> Intent:
    """The intent of a sentence; `now` is aware, in the reader's zone.

    A sentence without a command and without a time is TRIGGER: what is meant is done once, now.
    Raises Invalid for an empty or endless text, for a time that can't be and for one that is over.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    if not plain:
        raise Invalid("there is nothing to understand", hint="say what to do, and when")
    if len(plain) > LONGEST:
        raise Invalid(f"a sentence has at most {LONGEST} characters")
    intent = _chinese(plain, now) if _HAN.search(plain) else _english(plain, now)
    return replace(intent, subject=_as_written(intent.subject, plain))


def _as_written(subject: str, text: str) -> str:
    """With the capitals that the sentence has."""
    written = {word.strip(" ,.!?;:").lower(): word.strip(" ,.!?;:") for word in text.split()}
    return " ".join(written.get(word, word) for word in subject.split())


def _english(text: str, now: datetime) -> Intent:
    lower = _EN_AFTER.sub("", text.lower().replace("’", "'")).strip(" ,.!?;:")
    lower = _EN_POLITE.sub("", lower) or lower
    if _EN_LIST.search(lower):
        return Intent(kind=IntentKind.LIST, language="en", subject="")
    for kind, command in _EN_COMMANDS:
        match = command.search(lower)
        if match is None:
            continue
        after = lower[match.end() :]
        _check_once(kind, _EN_FOR.search(after))
        parts, rest = english.find(after)
        if parts.found and _is_work(kind, match[0], after):
            continue
        _check_command_time(kind, parts)
        if kind is IntentKind.TRIGGER and parts.found:
            return _new("en", when_of(parts, now), _en_subject(rest))
        subject = _en_subject(_EN_NOW.sub(" ", rest))
        return Intent(kind=kind, language="en", subject=subject)
    parts, rest = english.find(lower)
    if parts.found:
        return _new("en", when_of(parts, now), _en_subject(rest))
    return _bare("en", _en_subject(_EN_NOW.sub(" ", rest)))


def _is_work(kind: IntentKind, verb: str, after: str) -> bool:
    """ "remove old files every day" is no command to this server; "remove the daily task" is."""
    is_open = kind is IntentKind.CANCEL and verb in _EN_WORK
    return is_open and not re.search(r"\b(?:task|job|schedule)s?\b", after)


def _en_subject(text: str) -> str:
    return _trimmed(text, (_EN_AFTER, _EN_POLITE, _EN_TAIL, _EN_WORDS))


def _trimmed(text: str, dropped: tuple[re.Pattern[str], ...]) -> str:
    """Without what is dropped, as often as it is there; a text is never used up so."""
    text = " ".join(text.split()).strip(" ,.!?;:")
    while True:
        before = text
        for pattern in dropped:
            text = pattern.sub("", text).strip(" ,.!?;:")
        if text == before:
            return text


def _chinese(text: str, now: datetime) -> Intent:
    plain = _zh_subject(_ZH_POLITE.sub("", text)) or text
    for kind, command in _ZH_COMMANDS:
        match = command.search(_ZH_NOW.sub("", plain))
        if match is None or not _leads(kind, match):
            continue
        before, after = match.string[: match.start()], match.string[match.end() :]
        _check_once(kind, _ZH_FOR.search(after))
        parts, rest = chinese.find(f"{before} {after}")
        _check_command_time(kind, parts)
        if kind is IntentKind.TRIGGER and parts.found:
            return _new("zh", when_of(parts, now), _zh_subject(rest))
        return Intent(kind=kind, language="zh", subject=_zh_named(rest))
    parts, rest = chinese.find(plain)
    if parts.found:
        repeated = _ZH_REPEATED.sub("", rest) if parts.every else rest
        return _new("zh", when_of(parts, now), _zh_subject(repeated))
    if _ZH_LIST.search(plain):
        return Intent(kind=IntentKind.LIST, language="zh", subject="")
    return _bare("zh", _zh_named(plain))


def _leads(kind: IntentKind, match: re.Match[str]) -> bool:
    """Whether the word is the command: not part of what a new task shall do at its time."""
    parts, _ = chinese.find(match.string[: match.start()])
    return not parts.found or kind is IntentKind.TRIGGER or match.end() == len(match.string)


def _zh_named(text: str) -> str:
    return _trimmed(_ZH_NOW.sub(" ", text), (_ZH_EDGE, _ZH_TASK, _ZH_ONCE))


def _zh_subject(text: str) -> str:
    joined = re.sub(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", " ".join(text.split()))
    return _trimmed(joined, (_ZH_EDGE,))


def _check_command_time(kind: IntentKind, parts: Parts) -> None:
    """A time may say which task is meant; to wait for it, or to end at it, can't be asked for."""
    match kind:
        case IntentKind.PAUSE | IntentKind.RESUME:
            waits = parts.is_once and not parts.is_recurrent
        case IntentKind.CANCEL:
            waits = parts.delay is not None
        case IntentKind.TRIGGER | IntentKind.CREATE | IntentKind.LIST:
            waits = False
        case _:
            assert_never(kind)
    if waits:
        raise _only_at_once(kind)


def _check_once(kind: IntentKind, bound: re.Match[str] | None) -> None:
    if bound is not None and kind is IntentKind.PAUSE:
        raise _only_at_once(kind)


def _only_at_once(kind: IntentKind) -> Invalid:
    return Invalid(
        f"{kind.value} is done at once and stays so, not at or until a time",
        hint="leave the time out",
    )


def _bare(language: Language, subject: str) -> Intent:
    if not subject:
        raise Invalid("the sentence does not say what to do", hint="say what to do, and when")
    return Intent(kind=IntentKind.TRIGGER, language=language, subject=subject)


def _new(language: Language, when: When, subject: str) -> Intent:
    if not subject:
        raise Invalid("the sentence says when, but not what to do")
    return Intent(kind=IntentKind.CREATE, language=language, subject=subject, when=when)
