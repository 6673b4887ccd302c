"""The tasks folder is the control plane: what any editor does there is taken over."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from runyard.definitions.script import Definition, read_script
from runyard.definitions.source import MAX_BYTES, content_hash
from runyard.domain.errors import NotFound, RunyardError
from runyard.domain.tasks import TaskSource
from runyard.runtime import folder_sync
from runyard.runtime.catalog import Catalog
from tests.runtime.catalogs import Place, contents
from tests.support.waiting import eventually_async


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "tasks").mkdir()
    return Place(tmp_path)


async def version_of(catalog: Catalog, task_id: str) -> int:
    try:
        return catalog.find(task_id).version
    except NotFound:
        return 0


async def reaches(catalog: Catalog, task_id: str, version: int) -> None:
    async def check() -> bool:
        return await version_of(catalog, task_id) == version

    await eventually_async(check, timeout_s=60, what=f"{task_id} at version {version}")


async def test_files_are_tasks_and_others_are_not(place: Place) -> None:
    place.write("hello.py", '"""Say hello."""\n')
    for name in ("_private.py", ".hidden.py", "data.txt", "sub/inner.py", "package.py/__init__.py"):
        place.write(name, "")
    async with place.open() as catalog:
        (task,) = await catalog.list()
        assert (task.id, task.source, task.path) == ("hello", TaskSource.FILE, "hello.py")
        assert (task.version, task.spec.title, task.problems) == (1, "Say hello.", ())
        assert task.content_hash == content_hash('"""Say hello."""\n')
        assert await contents(catalog, "hello") == [(1, "file", '"""Say hello."""\n')]
        assert catalog.frozen_path("hello", 1).read_text() == '"""Say hello."""\n'


async def test_a_second_start_changes_nothing(place: Place) -> None:
    place.write("hello.py", "x = 1\n")
    async with place.open() as catalog:
        first = catalog.find("hello")
    async with place.open() as catalog:
        assert catalog.find("hello") == first


async def test_changes_while_nobody_looks_are_taken_over_at_the_start(place: Place) -> None:
    place.write("edited.py", "x = 1\n")
    place.write("removed.py", "x = 1\n")
    async with place.open():
        pass
    place.write("edited.py", "x = 2\n")
    place.write("fresh.py", "x = 3\n")
    (place.tasks / "removed.py").unlink()
    async with place.open() as catalog:
        assert {t.id: t.version for t in await catalog.list()} == {"edited": 2, "fresh": 1}
        assert catalog.frozen_path("edited", 1).read_text() == "x = 1\n"
        assert catalog.frozen_path("edited", 2).read_text() == "x = 2\n"


async def test_new_edited_renamed_and_removed_files_are_followed(place: Place) -> None:
    async with place.running() as catalog:
        path = place.write("job.py", "x = 1\n")
        await reaches(catalog, "job", 1)
        path.write_text("x = 2\n")
        await reaches(catalog, "job", 2)
        path.write_text("x = 2\n")  # the same again is no version
        path.rename(place.tasks / "other.py")
        await reaches(catalog, "other", 1)
        await reaches(catalog, "job", 0)
        (place.tasks / "other.py").unlink()
        await reaches(catalog, "other", 0)
        place.write("job.py", "x = 3\n")
        await reaches(catalog, "job", 3)  # its history is there again
        assert [v for v, _, _ in await contents(catalog, "job")] == [1, 2, 3]


async def test_a_change_is_seen_within_a_second(place: Place) -> None:
    loop = asyncio.get_running_loop()
    async with place.running() as catalog:
        place.write("first.py", "x = 1\n")
        await reaches(catalog, "first", 1)  # the watch stands now
        times = []
        for number in range(2, 7):
            start = loop.time()
            place.write("first.py", f"x = {number}\n")
            await reaches(catalog, "first", number)
            times.append(loop.time() - start)
        assert sorted(times)[2] < 1.0


async def test_editors_that_save_by_rename_or_by_removing_first(place: Place) -> None:
    async with place.running() as catalog:
        path = place.write("job.py", "x = 1\n")
        await reaches(catalog, "job", 1)
        catalog_task = catalog.find("job")
        for number in (2, 3):
            swap = place.write(".job.py.swp", f"x = {number}\n")
            swap.replace(path)
            await reaches(catalog, "job", number)
        path.unlink()
        path.write_text("x = 4\n")
        await reaches(catalog, "job", 4)
        assert catalog.find("job").created_at == catalog_task.created_at


async def test_a_half_written_file_is_corrected_by_the_rest(place: Place) -> None:
    async with place.running() as catalog:
        path = place.tasks / "slow.py"
        with path.open("w") as file:
            file.write("x = (1,\n")
            file.flush()
            await reaches(catalog, "slow", 1)
            assert catalog.find("slow").problems[0].where == "python"
            file.write("2)\n")
        await reaches(catalog, "slow", 2)
        assert catalog.find("slow").problems == ()


async def test_the_folder_itself_may_go_and_come(place: Place) -> None:
    async with place.running() as catalog:
        place.write("job.py", "x = 1\n")
        await reaches(catalog, "job", 1)
        away = place.root / "away"
        place.tasks.rename(away)

        async def is_told() -> bool:
            return any("can't be read" in problem.message for problem in catalog.problems)

        await eventually_async(is_told)
        assert catalog.find("job").version == 1  # not concluded to be deleted
        away.rename(place.tasks)
        place.write("job.py", "x = 2\n")
        await reaches(catalog, "job", 2)
        shutil.rmtree(place.tasks)
        place.write("another.py", "x = 1\n")
        await reaches(catalog, "another", 1)
        await reaches(catalog, "job", 0)


async def test_polling_when_the_kernel_gives_no_hints(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no space left: inotify")

    monkeypatch.setattr("runyard.runtime.folder_watch.awatch", refuse)
    async with place.running() as catalog:
        place.write("job.py", "x = 1\n")
        await reaches(catalog, "job", 1)


@pytest.mark.parametrize(
    ("data", "words", "line"),
    [
        (b"x = '\xff'\n", "not UTF-8", 1),
        (b"x = 1\ny\0\n", "NUL", 2),
        (b"#" * (MAX_BYTES + 1), "larger than", None),
    ],
)
async def test_a_file_that_cannot_be_used_is_a_task_with_a_problem(
    place: Place, data: bytes, words: str, line: int | None
) -> None:
    place.write("fresh.py", data)
    place.write("old.py", "x = 1\n")
    async with place.open() as catalog:
        (problem,) = catalog.find("fresh").problems
        assert words in problem.message
        assert problem.line == line
        assert words in catalog.frozen_path("fresh", 1).read_text()
        place.write("old.py", data)
        await catalog.refresh()
        (problem,) = catalog.find("old").problems
        assert "version 1 stays in use" in problem.message
        assert catalog.find("old").version == 1
        place.write("old.py", "x = 1\n")
        place.write("fresh.py", "x = 2\n")
        await catalog.refresh()
        assert (catalog.find("old").problems, catalog.find("old").version) == ((), 1)
        assert (catalog.find("fresh").problems, catalog.find("fresh").version) == ((), 2)
    async with place.open() as catalog:
        assert catalog.find("fresh").version == 2


async def test_running_a_stand_in_fails_with_the_reason(place: Place) -> None:
    place.write("fresh.py", b"\xff")
    async with place.open() as catalog:
        code = compile(catalog.frozen_path("fresh", 1).read_text(), "fresh.py", "exec")
        with pytest.raises(SystemExit, match="not UTF-8"):
            exec(code, {})
        await catalog.refresh()
        place.write("fresh.py", b"a\0")
        await catalog.refresh()
        assert "NUL" in catalog.frozen_path("fresh", 2).read_text()
        assert catalog.find("fresh").version == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
async def test_an_unreadable_file_as_a_normal_user(place: Place) -> None:
    place.write("secret.py", "x = 1\n").chmod(0)
    async with place.open() as catalog:
        assert "can't be read" in catalog.find("secret").problems[0].message
        (place.tasks / "secret.py").chmod(0o644)
        await catalog.refresh()
        assert catalog.find("secret").problems == ()


async def test_an_unreadable_file(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.write("secret.py", "x = 1\n")
    real = os.open

    def refuse(path: object, *args: int, **more: int) -> int:
        if str(path).endswith("secret.py"):
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr("runyard.runtime.folder.os.open", refuse)
        async with place.open() as catalog:
            assert "Permission denied" in catalog.find("secret").problems[0].message
    async with place.open() as catalog:
        assert catalog.find("secret").problems == ()


async def test_links_may_not_lead_out_of_the_folder(place: Place) -> None:
    outside = place.root / "outside.py"
    outside.write_text("secret = 1\n")
    inner = place.write("lib/real.py", "x = 1\n")
    (place.tasks / "out.py").symlink_to(outside)
    (place.tasks / "inside.py").symlink_to(inner)
    (place.tasks / "nowhere.py").symlink_to(place.tasks / "gone.py")
    (place.tasks / "loop.py").symlink_to(place.tasks / "loop.py")
    async with place.open() as catalog:
        assert "out of the tasks folder" in catalog.find("out").problems[0].message
        assert "secret" not in (await catalog.version("out", 1)).content
        assert catalog.find("inside").problems == ()
        assert "leads nowhere" in catalog.find("nowhere").problems[0].message
        assert catalog.find("loop").problems
        with pytest.raises(RunyardError, match="out of"):
            await catalog.update("out", "x = 1\n", author="ann")
        assert outside.read_text() == "secret = 1\n"
        await catalog.update("inside", "x = 2\n", author="ann")
        assert inner.read_text() == "x = 2\n"
        assert (place.tasks / "inside.py").is_symlink()


async def test_pipes_do_not_block(place: Place) -> None:
    os.mkfifo(place.tasks / "pipe.py")
    place.write("job.py", "x = 1\n")
    async with place.open() as catalog:
        assert "not a regular file" in catalog.find("pipe").problems[0].message
        assert catalog.find("job").version == 1


async def test_names_that_cannot_be_tasks_are_told(place: Place) -> None:
    for name in ("two words.py", "runs.py", "e\u0301.py"):
        place.write(name, "")
    place.write(os.fsdecode(b"\xff.py"), "")
    async with place.open() as catalog:
        assert await catalog.list() == []
        told = " | ".join(problem.message for problem in catalog.problems)
        assert "two words.py is not a task" in told
        assert "runs.py" in told
        assert "NFC" in told
        assert len(catalog.problems) == 4


async def test_a_script_in_another_encoding_is_frozen_byte_for_byte(place: Place) -> None:
    data = "# coding: latin-1\nx = 'ä'\r\n".encode("latin-1")
    place.write("old_style.py", data)
    async with place.open() as catalog:
        assert catalog.find("old_style").problems == ()
        assert catalog.frozen_path("old_style", 1).read_bytes() == data


async def test_frozen_contents_are_made_again_when_they_are_lost(place: Place) -> None:
    place.write("job.py", "x = 1\n")
    async with place.open():
        pass
    shutil.rmtree(place.root / "versions")
    place.write("job.py", "x = 2\n")
    async with place.open() as catalog:
        assert catalog.frozen_path("job", 1).read_text() == "x = 1\n"
        with pytest.raises(NotFound):
            catalog.frozen_path("job", 9)


async def test_a_save_in_the_same_tick_of_the_clock_is_seen(place: Place) -> None:
    path = place.write("job.py", "x = 1\n")
    facts = path.stat()
    async with place.open() as catalog:
        with path.open("r+") as file:
            file.write("x = 2\n")
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
        await catalog.refresh()
        assert catalog.find("job").version == 2


async def test_very_many_files(place: Place) -> None:
    for number in range(350):
        place.write(f"job_{number:03}.py", f"x = {number}\n")
    async with place.open() as catalog:
        assert len(await catalog.list()) == 350
        assert catalog.frozen_path("job_349", 1).read_text() == "x = 349\n"
        assert [task.id for task in await catalog.search("JOB_34")][:2] == ["job_340", "job_341"]
        with pytest.raises(NotFound) as caught:
            catalog.find("job_01")
        assert "did you mean" in (caught.value.hint or "")


async def test_saves_from_another_thread_are_all_followed_to_the_last(place: Place) -> None:
    async with place.running() as catalog:
        path = place.write("busy.py", "x = 0\n")
        await reaches(catalog, "busy", 1)

        def save() -> None:
            for number in range(300):
                path.write_text(f"x = {number}\n")

        thread = threading.Thread(target=save)
        thread.start()
        await asyncio.to_thread(thread.join)

        async def is_last() -> bool:
            return catalog.find("busy").content_hash == content_hash("x = 299\n")

        await eventually_async(is_last)
        assert (await contents(catalog, "busy"))[-1][2] == "x = 299\n"


async def test_another_reader_reads_everything_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = place.write("job.py", "x = 1\n")
    os.utime(path, ns=(0, 0))
    parsed: list[str] = []

    def read(task_id: str, text: str) -> Definition:
        parsed.append(task_id)
        found = read_script(task_id, text)
        return replace(found, spec=replace(found.spec, title="as understood now"))

    async with place.open():
        pass
    monkeypatch.setattr(folder_sync, "read_script", read)
    async with place.open() as catalog:
        assert (parsed, catalog.find("job").spec.title) == ([], "job")
    monkeypatch.setattr(folder_sync, "_reader", lambda: "another")
    async with place.open() as catalog:
        task = catalog.find("job")
        assert (parsed, task.spec.title, task.version) == (["job"], "as understood now", 1)
