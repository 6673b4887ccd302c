"""`runyard ask` against the real server: shown, agreed to, done."""

from __future__ import annotations

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
