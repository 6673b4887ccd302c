"""Edits over the API: versions with authors, guarded by the content's hash, kept in the file."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runyard.domain.errors import Conflict, Invalid, NotFound, StaleEdit, StoreUnavailable
from runyard.domain.tasks import TaskSource
from runyard.runtime import file_swap
from runyard.runtime.catalog import Catalog
from tests.runtime.catalogs import Place, contents

SCRIPT = '# /// script\n# [tool.runyard]\n# timeout = "5m"  # long\n# ///\nprint(1)\n'


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "tasks").mkdir()
    return Place(tmp_path)


async def test_create_update_and_delete_a_script(place: Place) -> None:
    async with place.open() as catalog:
        task = await catalog.create_script("job", "x = 1\n", author="ann", message="first")
        assert (task.version, task.source, place.read("job.py")) == (1, TaskSource.FILE, "x = 1\n")
        task = await catalog.update(
            "job", "x = 2\n", expected_hash=task.content_hash, author="bob", message="better"
        )
        assert (task.version, place.read("job.py")) == (2, "x = 2\n")
        assert catalog.frozen_path("job", 1).read_text() == "x = 1\n"
        assert catalog.frozen_path("job", 2).read_text() == "x = 2\n"
        kept = [(v.version, v.author, v.message) for v in await catalog.versions("job")]
        assert kept == [(2, "bob", "better"), (1, "ann", "first")]
        await catalog.refresh()
        assert catalog.find("job").version == 2
        await catalog.delete("job", author="ann")
        assert not (place.tasks / "job.py").exists()
        with pytest.raises(NotFound):
            catalog.find("job")
        assert len(await catalog.versions("job")) == 2
        task = await catalog.create_script("job", "x = 3\n", author="ann")
        assert task.version == 3
    assert [path.name for path in place.tasks.iterdir()] == ["job.py"]


async def test_a_stale_edit_is_refused_and_changes_nothing(place: Place) -> None:
    async with place.open() as catalog:
        first = await catalog.create_script("job", "x = 1\n", author="ann")
        await catalog.update("job", "x = 2\n", expected_hash=first.content_hash, author="ann")
        with pytest.raises(StaleEdit) as caught:
            await catalog.update("job", "x = 3\n", expected_hash=first.content_hash, author="bob")
        assert caught.value.facts["content_hash"] == catalog.find("job").content_hash
        assert place.read("job.py") == "x = 2\n"


async def test_a_file_edit_that_nobody_saw_yet_makes_an_edit_stale(place: Place) -> None:
    async with place.open() as catalog:
        task = await catalog.create_script("job", "x = 1\n", author="ann")
        place.write("job.py", "x = 'file'\n")
        with pytest.raises(StaleEdit):
            await catalog.update("job", "x = 2\n", expected_hash=task.content_hash, author="ann")
        assert place.read("job.py") == "x = 'file'\n"
        await catalog.update("job", "x = 2\n", author="ann")
        assert await contents(catalog, "job") == [
            (1, "ann", "x = 1\n"),
            (2, "file", "x = 'file'\n"),
            (3, "ann", "x = 2\n"),
        ]


@pytest.mark.parametrize("has_exchange", [True, False])
@pytest.mark.parametrize("is_checked", [True, False])
async def test_a_save_at_the_very_instant_of_an_edit_is_kept(
    place: Place, monkeypatch: pytest.MonkeyPatch, has_exchange: bool, is_checked: bool
) -> None:
    if not has_exchange:
        monkeypatch.setattr(file_swap, "_renameat2", lambda *_: False)
    real = file_swap.exchange
    async with place.open() as catalog:
        task = await catalog.create_script("job", "x = 1\n", author="ann")

        def save_then_exchange(one: Path, other: Path) -> None:
            if place.read("job.py") == "x = 1\n":
                place.write("job.py", "x = 'file'\n")
            real(one, other)

        monkeypatch.setattr("runyard.runtime.folder.exchange", save_then_exchange)
        expected = task.content_hash if is_checked else None
        if is_checked:
            with pytest.raises(StaleEdit):
                await catalog.update("job", "x = 2\n", expected_hash=expected, author="ann")
            assert place.read("job.py") == "x = 'file'\n"
        else:
            await catalog.update("job", "x = 2\n", author="ann")
            assert place.read("job.py") == "x = 2\n"
        kept = [(author, text) for _, author, text in await contents(catalog, "job")]
        assert kept[:2] == [("ann", "x = 1\n"), ("file", "x = 'file'\n")]
        assert kept[2:] == ([] if is_checked else [("ann", "x = 2\n")])
    assert [path.name for path in place.tasks.iterdir()] == ["job.py"]


async def test_mode_and_bytes_of_a_file_are_kept(place: Place) -> None:
    async with place.open() as catalog:
        path = place.write("job.py", "#!/usr/bin/env python3\r\nx = 'ä'\r\n")
        path.chmod(0o750)
        await catalog.refresh()
        await catalog.edit_settings("job", {"timeout": "5m"}, author="ann")
        assert stat.S_IMODE(path.stat().st_mode) == 0o750
        assert path.read_bytes().decode() == (
            "#!/usr/bin/env python3\r\n# /// script\r\n# [tool.runyard]\r\n"
            "# timeout = \"5m\"\r\n# ///\r\n\r\nx = 'ä'\r\n"
        )
        umask = os.umask(0)
        os.umask(umask)
        await catalog.create_script("other", "", author="ann")
        assert stat.S_IMODE((place.tasks / "other.py").stat().st_mode) == 0o666 & ~umask


async def test_settings_are_edited_in_the_block(place: Place) -> None:
    async with place.open() as catalog:
        await catalog.create_script("job", SCRIPT, author="ann")
        task = await catalog.edit_settings("job", {"timeout": "10m", "queue": "slow"}, author="bob")
        assert task.spec.queue == "slow"
        assert '# timeout = "10m"  # long\n' in place.read("job.py")
        with pytest.raises(Invalid) as caught:
            await catalog.edit_settings("job", {"retries": "many", "tiemout": 1}, author="bob")
        assert len(caught.value.facts["problems"]) == 2
        assert catalog.find("job").version == 2
        with pytest.raises(StaleEdit):
            await catalog.edit_settings("job", {"priority": 1}, expected_hash="x", author="bob")


async def test_an_old_problem_does_not_stop_a_good_edit(place: Place) -> None:
    async with place.open() as catalog:
        await catalog.create_script("job", SCRIPT.replace("5m", "soon"), author="ann")
        task = await catalog.edit_settings("job", {"priority": 3}, author="ann")
        assert task.spec.priority == 3
        assert len(task.problems) == 1


async def test_restore_and_diff(place: Place) -> None:
    async with place.open() as catalog:
        await catalog.create_script("job", "x = 1\ny = 1\n", author="ann")
        await catalog.update("job", "x = 2\ny = 1", author="ann")
        assert await catalog.diff("job", 1, 2) == (
            "--- job version 1\n+++ job version 2\n@@ -1,2 +1,2 @@\n"
            "-x = 1\n-y = 1\n+x = 2\n+y = 1\n\\ No newline at end of file\n"
        )
        task = await catalog.restore("job", 1, author="bob")
        assert (task.version, place.read("job.py")) == (3, "x = 1\ny = 1\n")
        assert (await catalog.version("job", 3)).message == "restored version 1"
        assert await catalog.diff("job", 1, 3) == ""
        assert (await catalog.spec_of("job", 1)).title == "job"
        with pytest.raises(NotFound):
            await catalog.restore("job", 9, author="bob")
        with pytest.raises(NotFound):
            await catalog.versions("nothing")


async def test_rename_takes_history_along(place: Place) -> None:
    async with place.open() as catalog:
        await catalog.create_script("job", "x = 1\n", author="ann")
        await catalog.update("job", "x = 2\n", author="ann")
        await catalog.create_script("taken", "x = 1\n", author="ann")
        with pytest.raises(Conflict):
            await catalog.rename("job", "taken", author="bob")
        for wrong in ("../job", "_job", "a/b", ""):
            with pytest.raises(Invalid):
                await catalog.rename("job", wrong, author="bob")
        task = await catalog.rename("job", "task", author="bob")
        assert (task.id, task.version, task.path, task.spec.title) == ("task", 2, "task.py", "task")
        assert [text for _, _, text in await contents(catalog, "task")] == ["x = 1\n", "x = 2\n"]
        assert catalog.frozen_path("task", 1).read_text() == "x = 1\n"
        assert catalog.frozen_path("job", 2).read_text() == "x = 2\n"  # runs of the old name
        await catalog.refresh()
        assert [task.id for task in await catalog.list()] == ["taken", "task"]
        assert sorted(path.name for path in place.tasks.iterdir()) == ["taken.py", "task.py"]


@pytest.mark.parametrize("name", ["", ".", "../up", "a/b", "a\0b", "_private", "runs", "x" * 300])
async def test_names_never_leave_the_folder(place: Place, name: str) -> None:
    async with place.open() as catalog:
        with pytest.raises(Invalid):
            await catalog.create_script(name, "x = 1\n", author="ann")
        with pytest.raises(NotFound):
            await catalog.get(name)
        assert list(place.tasks.iterdir()) == []
    assert not (place.root / "up.py").exists()


@pytest.mark.parametrize("text", ["x\0", "\ud800", "# coding: latin-1\nx = '中'", "#" * 2**21])
async def test_what_cannot_be_a_script_is_refused(place: Place, text: str) -> None:
    async with place.open() as catalog:
        with pytest.raises(Invalid):
            await catalog.create_script("job", text, author="ann")
        await catalog.create_script("job", "x = 1\n", author="ann")
        with pytest.raises(Invalid):
            await catalog.update("job", text, author="ann")
        assert (place.read("job.py"), catalog.find("job").version) == ("x = 1\n", 1)


async def test_a_broken_script_is_saved_with_its_problem(place: Place) -> None:
    async with place.open() as catalog:
        task = await catalog.create_script("job", "def (:\n", author="ann")
        assert [problem.line for problem in task.problems] == [1]


async def test_names_that_are_taken(place: Place) -> None:
    async with place.open() as catalog:
        place.write("unseen.py", "x = 1\n")
        with pytest.raises(Conflict):
            await catalog.create_script("unseen", "x = 2\n", author="ann")
        assert place.read("unseen.py") == "x = 1\n"
        with pytest.raises(Conflict):
            await catalog.create_typed("unseen", executor="crawl", config={"url": "u"}, author="a")
        await catalog.create_typed("crawl_it", executor="crawl", config={"url": "u"}, author="ann")
        with pytest.raises(Conflict):
            await catalog.create_script("crawl_it", "x = 1\n", author="ann")
        place.write("crawl_it.py", "x = 1\n")
        await catalog.refresh()
        assert catalog.find("crawl_it").source is TaskSource.API
        assert any("crawl_it.py is not used" in problem.message for problem in catalog.problems)


async def test_typed_tasks_live_in_the_store(place: Place) -> None:
    async with place.open() as catalog:
        task = await catalog.create_typed(
            "crawl_it",
            executor="crawl",
            config={"url": "https://example.org"},
            settings={"timeout": "5m", "labels": ["nightly"]},
            author="ann",
        )
        assert (task.source, task.path, task.version) == (TaskSource.API, None, 1)
        assert task.spec.config == {"url": "https://example.org", "depth": 1}
        assert (task.spec.executor, task.spec.labels) == ("crawl", ("nightly",))
        content = json.loads((await catalog.version("crawl_it", 1)).content)
        assert content["config"] == {"url": "https://example.org"}
        task = await catalog.edit_settings(
            "crawl_it",
            {"timeout": None, "config": {"depth": 3}},
            expected_hash=task.content_hash,
            author="bob",
        )
        assert (task.version, task.spec.timeout, task.spec.config["depth"]) == (2, None, 3)
        with pytest.raises(StaleEdit):
            await catalog.edit_settings("crawl_it", {"queue": "q"}, expected_hash="x", author="b")
        task = await catalog.update("crawl_it", '{"config": {"url": "u"}}', author="bob")
        assert (task.spec.executor, task.version) == ("crawl", 3)
        assert (await catalog.restore("crawl_it", 2, author="bob")).spec.config["depth"] == 3
        task = await catalog.rename("crawl_it", "crawl_that", author="bob")
        assert (task.id, task.version) == ("crawl_that", 4)
        await catalog.delete("crawl_that", author="ann")
        assert await catalog.list() == []
        assert list(place.tasks.iterdir()) == []


@pytest.mark.parametrize(
    ("executor", "config", "more"),
    [
        ("crawl", {}, {}),
        ("crawl", {"url": "u"}, {"tiemout": 1}),
        ("crawl", {"url": "u"}, {"timeout": "soon"}),
        ("", {"url": "u"}, {}),
    ],
)
async def test_wrong_typed_tasks_are_refused(
    place: Place, executor: str, config: dict[str, Any], more: dict[str, Any]
) -> None:
    async with place.open() as catalog:
        with pytest.raises(Invalid) as caught:
            await catalog.create_typed(
                "job", executor=executor, config=config, settings=more, author="ann"
            )
        assert caught.value.facts["problems"]
        assert await catalog.list() == []


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "[" * 100_000])
async def test_typed_content_must_be_a_json_object(place: Place, text: str) -> None:
    async with place.open() as catalog:
        await catalog.create_typed("job", executor="crawl", config={"url": "u"}, author="ann")
        with pytest.raises(Invalid):
            await catalog.update("job", text, author="ann")


async def test_edits_from_both_sides_at_once_lose_no_version(place: Place) -> None:
    async with place.running() as catalog:
        await catalog.create_script("job", "x = 0\n", author="api")
        saved: list[str] = []

        async def edit_over_the_api() -> None:
            for number in range(40):
                text = f"api = {number}\n"
                await catalog.update("job", text, author="api")
                saved.append(text)

        async def edit_the_file() -> None:
            for number in range(40):
                text = f"file = {number}\n"
                swap = place.write(".editor", text)
                await asyncio.to_thread(swap.replace, place.tasks / "job.py")
                await asyncio.sleep(0.005)

        await asyncio.gather(edit_over_the_api(), edit_the_file())
        await catalog.refresh()
        versions = await contents(catalog, "job")
        assert versions[-1][2] == place.read("job.py")
        assert [text for _, author, text in versions if author == "api"] == ["x = 0\n", *saved]
        # What an API edit displaced stands before it; the authors never mix.
        assert all(
            text.startswith("file") == (author == "file") for _, author, text in versions[1:]
        )
        numbers = [int(text.split("=")[1]) for _, author, text in versions if author == "file"]
        assert numbers == sorted(numbers)
        assert numbers


async def test_an_edit_whose_save_failed_keeps_its_author(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with place.open() as catalog:
        await catalog.create_script("job", "x = 1\n", author="ann")
        with monkeypatch.context() as patch:

            def fail(*_: object, **__: object) -> None:
                raise StoreUnavailable("the disk is full")

            patch.setattr("runyard.runtime.folder_sync.tasks.save", fail)
            with pytest.raises(StoreUnavailable):
                await catalog.update("job", "x = 2\n", author="bob", message="why")
        await catalog.refresh()
        newest = await catalog.version("job", 2)
        assert (newest.author, newest.message, newest.content) == ("bob", "why", "x = 2\n")
    async with place.open() as catalog:
        assert catalog.find("job").version == 2
        assert [path.name for path in place.tasks.iterdir()] == ["job.py"]


steps = st.lists(
    st.tuples(
        st.sampled_from(["create", "update", "file", "remove", "delete", "rename", "look"]),
        st.sampled_from(["a", "b"]),
        st.integers(0, 3),
    ),
    max_size=12,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps)
def test_store_and_folder_agree_after_any_steps(
    tmp_path_factory: pytest.TempPathFactory, plan: list[tuple[str, str, int]]
) -> None:
    async def play() -> None:
        place = Place(tmp_path_factory.mktemp("plan"))
        place.tasks.mkdir()
        async with place.open() as catalog:
            for action, name, number in plan:
                await _step(place, catalog, action, name, number)
            await catalog.refresh()
            files = {path.stem: path.read_text() for path in place.tasks.iterdir()}
            newest = {
                task.id: (await catalog.version(task.id, task.version)).content
                for task in await catalog.list()
            }
            assert newest == files
            for task in await catalog.list():
                assert catalog.frozen_path(task.id, task.version).read_text() == files[task.id]

    asyncio.run(play())


async def _step(place: Place, catalog: Catalog, action: str, name: str, number: int) -> None:
    other = "b" if name == "a" else "a"
    text = f"x = {number}\n"
    try:
        match action:
            case "create":
                await catalog.create_script(name, text, author="api")
            case "update":
                await catalog.update(name, text, author="api")
            case "file":
                place.write(f"{name}.py", text)
            case "remove":
                (place.tasks / f"{name}.py").unlink(missing_ok=True)
            case "delete":
                await catalog.delete(name, author="api")
            case "rename":
                await catalog.rename(name, other, author="api")
            case _:
                await catalog.refresh()
    except (NotFound, Conflict):
        return  # not possible now; what counts is that both sides still agree
