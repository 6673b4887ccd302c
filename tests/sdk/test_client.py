"""The synchronous client against a server that keeps the contract."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from runyard.sdk.client import Client
from runyard.sdk.errors import (
    Busy,
    ClientError,
    Conflict,
    Invalid,
    NoServer,
    NotFound,
    StaleEdit,
    WaitedTooLong,
)
from tests.sdk.serving import HELLO, SLOW, Served, YardServer
from tests.sdk.yard import Yard
from tests.support.waiting import eventually


def test_submit_and_wait_in_one_call(client: Client) -> None:
    run = client.submit("report", wait_s=30)
    assert (run.status, run.result, run.progress) == ("succeeded", {"rows": 3}, 40.0)
    assert run.is_final
    assert run.succeeded
    assert run.submitted_at is not None
    assert run.submitted_at.tzinfo is not None
    assert run.attempts[0].exit_code == 0
    assert run.raw["task_id"] == "report"


def test_submit_sends_what_is_given_and_nothing_else(client: Client, served: Served) -> None:
    at = datetime(2026, 5, 1, 8, tzinfo=UTC)
    run = client.submit(
        "hello",
        {"n": 5},
        if_busy="queue",
        priority=3,
        not_before=at,
        labels=("a", "b"),
        timeout_s=timedelta(minutes=1),
    )
    assert served.yard.runs[run.id]["asked"] == {
        "task_id": "hello",
        "params": {"n": 5},
        "if_busy": "queue",
        "priority": 3,
        "not_before": "2026-05-01T08:00:00+00:00",
        "labels": ["a", "b"],
        "timeout_s": 60.0,
    }


def test_wait_and_log(client: Client) -> None:
    run = client.wait(client.submit("hello", argv=["a", "b"]), timeout_s=120)
    page = client.runs.log(run.id)
    assert [line.text for line in page.lines] == ["hello a b"]
    assert page.complete
    assert client.runs.raw_log(run.id) == b"hello a b\n"


def test_follow_gives_the_lines_to_the_end_with_their_streams(client: Client) -> None:
    run = client.submit("bad")
    lines = {(line.stream, line.text) for line in client.follow(run)}
    assert lines == {("stdout", "on its way"), ("stderr", "oops")}
    final = client.runs.get(run.id)
    assert final.status == "failed"
    assert final.error is not None
    assert final.error.message == "ended with 3"


def test_follow_starts_while_the_run_goes_on_and_ends_with_it(client: Client) -> None:
    run = client.submit("slow")
    lines = client.follow(run)
    assert next(lines).text == "started"
    client.cancel(run.id, "enough")
    assert list(lines) == []
    assert client.wait(run).cancel_reason == "enough"


def test_waiting_ends_when_the_time_is_up_and_the_run_goes_on(client: Client) -> None:
    run = client.submit("slow")
    with pytest.raises(WaitedTooLong):
        client.wait(run, timeout_s=0.05)
    assert not client.runs.get(run.id).is_final


def test_errors_have_their_class_code_and_facts(client: Client) -> None:
    with pytest.raises(NotFound) as missing:
        client.tasks.get("nothing")
    assert (missing.value.code, missing.value.status) == ("not_found", 404)
    assert missing.value.hint == "see /tasks"
    running = client.submit("slow")
    with pytest.raises(Busy) as busy:
        client.submit("slow", if_busy="reject")
    assert busy.value.run_id == running.id
    with pytest.raises(Conflict, match="is there already"):
        client.tasks.create("slow", SLOW)
    with pytest.raises(Invalid) as invalid:
        client.tasks.create("a/b", SLOW)
    assert invalid.value.problems == [{"where": "id", "message": "holds a slash"}]


def test_a_path_that_is_no_api_says_so(served: Served) -> None:
    with Client(f"{served.url}/elsewhere") as lost, pytest.raises(ClientError) as error:
        lost.system.get()
    assert error.value.hint == "is the address that of a Runyard server?"


def test_no_server_says_how_to_start_one() -> None:
    with Client("http://127.0.0.1:9") as lost, pytest.raises(NoServer) as refused:
        lost.system.get()
    assert "connection refused" in str(refused.value)
    assert refused.value.hint is not None
    assert "runyard serve" in refused.value.hint


def test_a_connection_that_breaks_never_doubles_a_run(client: Client, served: Served) -> None:
    served.yard.drop_next = 1
    run = client.submit("hello")
    assert list(served.yard.runs) == [run.id]
    posts = [headers for method, path, headers in served.yard.requests if path.endswith("/runs")]
    assert len(posts) == 2
    assert posts[0]["idempotency-key"] == posts[1]["idempotency-key"]


def test_what_may_not_be_repeated_is_not(client: Client, served: Served) -> None:
    run = client.submit("hello", wait_s=30)
    served.yard.drop_next = 1
    with pytest.raises(NoServer, match="broke"):
        client.rerun(run.id)
    assert len(served.yard.runs) == 2


def test_bulk_answers_each(client: Client) -> None:
    answer = client.submit_many([{"task_id": "hello"}, {"task_id": "nothing"}])
    assert answer.ids[0] is not None
    assert answer.ids[1] is None
    assert [(e["index"], e["code"]) for e in answer.errors] == [(1, "not_found")]


def test_lists_and_filters(client: Client) -> None:
    ids = [client.submit("hello", wait_s=30).id for _ in range(5)]
    slow = client.submit("slow")
    assert [run.id for run in client.all_runs(task_id="hello", limit=3)] == ids[:1:-1]
    assert [run.id for run in client.runs.list(status="live").items] == [slow.id]
    page = client.runs.list(limit=2)
    rest = client.runs.list(limit=50, cursor=page.next_cursor)
    assert len(page.items) + len(rest.items) == 6
    assert rest.next_cursor is None
    assert sorted(task.id for task in client.all_tasks()) == ["bad", "hello", "report", "slow"]


def test_cancel_by_filter_knows_groups(client: Client) -> None:
    slow = client.submit("slow")
    waiting = client.submit("slow")
    assert waiting.waiting_for is not None
    assert client.runs.cancel_matching({"status": "waiting", "task_id": "slow"}) == [waiting.id]
    assert set(client.runs.cancel_matching({"status": ["live"]})) == {slow.id}
    assert client.wait(slow).status == "cancelled"


def test_rerun_exact_or_newest(client: Client) -> None:
    first = client.submit("hello", wait_s=30)
    client.tasks.replace("hello", "print('new')\n")
    newest = client.wait(client.rerun(first.id))
    exact = client.wait(client.rerun(first.id, exact=True))
    assert (newest.task_version, exact.task_version) == (2, 1)
    assert newest.rerun_of == first.id


def test_tasks_and_their_versions(client: Client) -> None:
    task = client.tasks.get("hello")
    assert task.content == "import sys\nprint('hello', *sys.argv[1:])\n"
    client.tasks.replace("hello", "x = 1\n", expected_hash=task.content_hash, message="less")
    with pytest.raises(StaleEdit):
        client.tasks.replace("hello", "x = 2\n", expected_hash=task.content_hash)
    assert [v.version for v in client.tasks.versions("hello")] == [2, 1]
    assert client.tasks.version("hello", 2).message == "less"
    assert "+x = 1\n" in client.tasks.diff("hello", 1, 2)
    assert client.tasks.restore("hello", 1).version == 3
    assert client.tasks.pause("hello", "because").paused
    assert not client.tasks.resume("hello").paused
    assert client.tasks.rename("hello", "hallo").id == "hallo"
    slow = client.submit("slow")
    assert client.tasks.delete("slow", cancel_runs=True) == [slow.id]


def test_queues_executors_and_system(client: Client) -> None:
    assert client.queues.set_limit("script", 4).limit == 4
    assert client.queues.pause("script").paused
    assert not client.queues.resume("script").paused
    (queue,) = client.queues.list()
    assert (queue.name, queue.running) == ("script", 1)
    assert [one.name for one in client.executors.list()] == ["script"]
    assert client.system.get().supervisor["connected"]
    assert client.system.health()["status"] == "ok"
    assert client.system.reload()["tasks"] == 2


def test_the_stream_gives_changes_from_a_number_on(client: Client, served: Served) -> None:
    run = client.submit("hello", wait_s=30)
    stream = client.stream(since=0, run_id=run.id)
    seen = []
    for change in stream:
        seen.append(change.object["status"])
        if seen[-1] == "succeeded":
            break
    assert seen == ["running", "succeeded"]


def test_the_stream_goes_on_over_a_restart_of_the_server() -> None:
    yard = Yard()
    server = YardServer(yard)
    received: list[int] = []

    def read(client: Client) -> None:
        for change in client.stream(since=0):
            received.append(change.seq)
            if change.object["id"] == "last":
                return

    with Client(server.url) as client:
        client.tasks.create("first", "")
        reader = threading.Thread(target=read, args=(client,))
        reader.start()
        eventually(lambda: received == [1])
        server.stop()
        server = YardServer(yard, server.port)
        client.tasks.create("last", "")
        reader.join(30)
    server.stop()
    assert received == [1, 2]


def test_a_server_that_answered_before_is_waited_for() -> None:
    yard = Yard()
    server = YardServer(yard)
    lines: list[str] = []
    with Client(server.url) as client:
        client.tasks.create("hello", HELLO)
        run = client.submit("hello", wait_s=30)
        server.stop()

        def read() -> None:
            lines.extend(line.text for line in client.follow(run))
            assert client.wait(run).is_final

        reader = threading.Thread(target=read)
        reader.start()
        server = YardServer(yard, server.port)
        reader.join(30)
    server.stop()
    assert lines == ["hello"]


def test_the_address_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNYARD_URL", "example.org:80/")
    monkeypatch.setenv("RUNYARD_TOKEN", "secret")
    with Client() as client:
        assert client.address.url == "http://example.org:80"
        assert client.address.headers == {"Authorization": "Bearer secret"}
    with Client("https://other") as client:
        assert client.address.url == "https://other"


def test_operations_keep_their_names_and_docs(client: Client) -> None:
    assert client.submit.__name__ == "submit"
    assert "Ask for a run" in (client.submit.__doc__ or "")
    assert "Ask for a run" in (Client.submit.__doc__ or "")
