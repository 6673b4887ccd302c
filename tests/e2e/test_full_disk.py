"""The data folder has no room: refused with a reason, nothing accepted is lost, no restart."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.support.server import Server
from tests.support.waiting import eventually

WAITING = """
import pathlib, sys, time
while not pathlib.Path("go").exists():
    time.sleep(0.01)
sys.exit(3)
"""


@pytest.fixture
def small_disk_server(stopped_server: Server) -> Iterator[Server]:
    """Its data folder is a file system of 24 MiB; only root can mount one."""
    data = stopped_server.data
    data.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "runyard-test", str(data)],
        capture_output=True,
        check=False,
    )
    if os.geteuid() != 0 or mounted.returncode != 0:
        pytest.skip("no file system can be mounted here; the limit on file sizes is tried instead")
    try:
        yield stopped_server.start()
    finally:
        stopped_server.end()
        subprocess.run(["umount", "--lazy", str(data)], check=True)


def assert_survives(server: Server, *, fill: Callable[[], None], free: Callable[[], None]) -> None:
    server.write_task("waiting", WAITING)
    run_id = server.submit("waiting")["id"]
    server.until(run_id, "running")
    fill()
    accepted = [run_id]
    refused = None
    for _ in range(2000):  # until also the room in the files that are there is used up
        answer = server.http.post("/api/v1/tasks/waiting/runs", json={"argv": ["x" * 20_000]})
        if answer.status_code != 201:
            refused = answer
            break
        accepted.append(answer.json()["id"])
    assert refused is not None
    assert refused.status_code == 503, refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    assert int(refused.headers["retry-after"]) > 0
    assert refused.json()["code"] == "store_unavailable"
    (server.tasks / "go").touch()  # the run ends while its outcome can't be written
    health = server.http.get("/api/system/health")
    assert health.status_code in (200, 503), health.text
    assert server.run(run_id)["id"] == run_id  # reading goes on

    free()

    def taken_again() -> str:
        answer = server.http.post("/api/v1/tasks/waiting/runs", json={})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    accepted.append(eventually(taken_again, timeout_s=80))
    first = server.until(run_id, timeout_s=160)
    assert (first["status"], first["attempts"][0]["exit_code"]) == ("failed", 3)
    for later in accepted[1:]:
        if later != accepted[-1]:
            server.http.post(f"/api/v1/runs/{later}/cancel", json={})
        assert server.until(later, timeout_s=240)["status"] in ("failed", "cancelled")
    assert server.process is not None
    assert server.process.poll() is None


def test_no_space_left_on_the_device(small_disk_server: Server) -> None:
    filler = small_disk_server.data / "filler"

    def fill() -> None:
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"\0" * 65_536)

    assert_survives(small_disk_server, fill=fill, free=filler.unlink)


def test_files_that_must_not_grow(server: Server) -> None:
    assert server.process is not None
    pid = server.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)

    def fill() -> None:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, before[1]))

    def free() -> None:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)

    assert_survives(server, fill=fill, free=free)
