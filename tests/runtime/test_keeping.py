"""Answers are kept in proportion to what they cost."""

from __future__ import annotations

import asyncio

import pytest

from runyard.runtime.keeping import Keeping


class Questions:
    def __init__(self) -> None:
        self.now = 100.0
        self.made = 0
        self.takes = 0.0
        self.error: Exception | None = None
        self.keeping: Keeping[str, int] = Keeping(lambda: self.now)

    async def make(self) -> int:
        self.made += 1
        await asyncio.sleep(0)
        self.now += self.takes
        if self.error is not None:
            raise self.error
        return self.made

    async def ask(self, key: str = "k") -> int:
        return await self.keeping.get(key, self.make)


async def test_an_answer_is_kept_for_twenty_times_what_it_took() -> None:
    questions = Questions()
    questions.takes = 0.5
    assert await questions.ask() == 1
    questions.now += 9.9
    assert await questions.ask() == 1
    questions.now += 0.2
    assert await questions.ask() == 2
    assert await questions.ask("other") == 3


async def test_an_answer_is_never_kept_for_long() -> None:
    questions = Questions()
    questions.takes = 10.0
    await questions.ask()
    questions.now += 30.1
    assert await questions.ask() == 2


async def test_what_costs_nothing_is_fresh() -> None:
    questions = Questions()
    assert [await questions.ask() for _ in range(3)] == [1, 2, 3]


async def test_those_who_ask_together_share_an_answer() -> None:
    questions = Questions()
    assert await asyncio.gather(*(questions.ask() for _ in range(20))) == [1] * 20


async def test_one_that_goes_away_does_not_take_the_answer_with_it() -> None:
    questions = Questions()
    first, second = asyncio.create_task(questions.ask()), asyncio.create_task(questions.ask())
    await asyncio.sleep(0)
    first.cancel()
    assert await second == 1


async def test_an_error_is_told_and_not_kept() -> None:
    questions = Questions()
    questions.takes = 1.0
    questions.error = RuntimeError("away")
    with pytest.raises(RuntimeError):
        await questions.ask()
    questions.error = None
    assert await questions.ask() == 2


async def test_only_the_newest_questions_are_kept() -> None:
    questions = Questions()
    questions.takes = 0.001
    for number in range(200):
        await questions.ask(str(number))
    assert len(questions.keeping._kept) == 64
