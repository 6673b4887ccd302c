"""`runyard ask` against the real server: shown, agreed to, done."""

from __future__ import annotations

import pytest

from runyard.sdk.client import Client
from tests.cli.scheduling import cli, yard
from tests.cli.shell import Shell

__all__ = ["cli", "yard"]


def test_it_is_only_shown_in_a_pipe_and_done_with_yes(cli: Shell, yard: Client) -> None:
    shown = cli("ask", "每隔30分钟帮我监控一下服务器状态")
    assert shown.code == 0, shown.err
    assert "监控服务器状态" in shown.out
    assert "nothing is done" in shown.err
    assert list(yard.all_schedules()) == []
    done = cli("ask", "--yes", "--user", "ann", "每隔30分钟帮我监控一下服务器状态")
    assert done.code == 0, done.err
    (schedule,) = yard.all_schedules()
    assert f"done: {schedule.task_id}" in done.out
    assert schedule.settings["every"] == "30m"
    assert cli("ask", "-y", "先别监控了").code == 0
    assert yard.schedules.get(schedule.id).paused is True


@pytest.mark.parametrize("typed", ["y\n", "n\n", "\n", "\x04"])
def test_on_a_terminal_it_asks_first(cli: Shell, yard: Client, typed: str) -> None:
    asked = cli.on_terminal("ask", "every day at 8 feed the cat", asks="Do it? [y/N]", typed=typed)
    assert "feed the cat" in asked.out.partition("Do it?")[0]
    made = list(yard.all_schedules())
    if typed == "y\n":
        assert asked.code == 0
        (schedule,) = made
        assert f"done: {schedule.task_id}" in asked.out
    else:
        assert made == []
        assert "done" not in asked.out
        assert (asked.code == 0) == typed.endswith("\n")  # the end of the input is no answer


def test_where_nothing_is_to_be_done_nobody_is_asked(cli: Shell, yard: Client) -> None:
    shown = cli.on_terminal("ask", "--json", "every day at 8 feed the cat")
    assert shown.code == 0
    assert "Do it?" not in shown.out
    listed = cli.on_terminal("ask", "list my tasks")
    assert listed.code == 0, listed.out
    assert "Do it?" not in listed.out
    assert list(yard.all_schedules()) == []


def test_words_need_no_quotes_and_json_has_it_all(cli: Shell) -> None:
    found = cli("ask", "--json", "run", "hello", "now").json
    assert (found["intent"], found["target"]["id"], found["done"]) == (
        "trigger_now",
        "hello",
        False,
    )
    done = cli("ask", "--json", "--yes", "run", "hello", "now").json
    assert done["done"] is True
    assert done["result"]["run_id"]


def test_what_is_unsure_lists_candidates(cli: Shell) -> None:
    for place in ("rome", "paris"):
        assert cli("ask", "-y", f"every day at 8 water flowers in {place}").code == 0
    unsure = cli("ask", "--yes", "pause water flowers")
    assert unsure.code == 4
    assert "water flowers in rome" in unsure.out
    assert "water flowers in paris" in unsure.out
    assert cli("ask", "--yes", "pause the zeppelin").code == 3
    assert cli("ask", "每天25点备份").code == 2
