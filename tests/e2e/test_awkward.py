"""Awkward names, contents and output through the real server: kept as they are, and harmless."""

from __future__ import annotations

import pytest

from tests.support.server import Server
from tests.support.waiting import eventually

NASTY = '<script>alert(1)</script>\x1b[31m red \x1b]0;title\x07 & "quotes" \u202e'


def test_a_line_of_ten_megabytes(module_server: Server) -> None:
    server = module_server
    server.write_task("wide", "print('x' * 10_000_000)\nprint('end')\n")
    run = server.finished("wide")
    assert run["status"] == "succeeded"
    path = f"/api/v1/runs/{run['id']}/log"
    assert len(server.http.get(f"{path}/download").content) == 10_000_005
    offset, text = 0, ""
    for _ in range(200):
        page = server.http.get(path, params={"offset": offset}).json()
        text += "".join(line["text"] for line in page["lines"])
        assert page["next_offset"] > offset
        offset = page["next_offset"]
        if page["complete"]:
            break
    assert text == "x" * 10_000_000 + "end"
    assert server.http.get(path, params={"tail": 1}).json()["lines"][0]["text"] == "end"


def test_output_that_would_be_markup_is_text(module_server: Server) -> None:
    server = module_server
    server.write_task("nasty", f"print({NASTY!a})\nraise SystemExit({NASTY!a})\n")
    run = server.finished("nasty", labels=["<b>bold</b>"])
    assert run["status"] == "failed"
    answer = server.http.get(f"/api/v1/runs/{run['id']}/log", params={"format": "text"})
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert NASTY in answer.text
    page = server.http.get("/")
    assert "<script>alert" not in page.text
    assert "<b>bold" not in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]


HOSTILE = [
    "..%2f..%2foutside",
    "%2e%2e%2foutside",
    "..",
    "%00",
    "a%00b",
    "-rf",
    "a%0Ab",
    "%F0%9F%92%A9",
    "con%2fx",
    "x" * 5000,
    "%ff%fe",
    "a;b%20c$(id)",
    "__init__",
    ".hidden",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_ids_stay_in_their_place(module_server: Server, name: str) -> None:
    server = module_server
    folder = server.folder
    before = set(folder.iterdir())
    paths = [
        ("GET", f"/api/v1/tasks/{name}"),
        ("DELETE", f"/api/v1/tasks/{name}"),
        ("PUT", f"/api/v1/tasks/{name}"),
        ("PATCH", f"/api/v1/tasks/{name}"),
        ("POST", f"/api/v1/tasks/{name}/runs"),
        ("POST", f"/api/v1/tasks/{name}/rename"),
        ("POST", f"/api/v1/tasks/{name}/pause"),
        ("GET", f"/api/v1/tasks/{name}/versions"),
        ("GET", f"/api/v1/runs/{name}"),
        ("GET", f"/api/v1/runs/{name}/log"),
        ("GET", f"/api/v1/runs/{name}/log/download"),
        ("POST", f"/api/v1/runs/{name}/cancel"),
        ("GET", f"/static/x{name}"),
    ]
    bodies = {"PUT": {"content": "pass\n"}, "PATCH": {"settings": {}}, "POST": {}}
    for method, path in paths:
        answer = server.http.request(method, path, json=bodies.get(method))
        assert 400 <= answer.status_code < 500, (method, path, answer.text)
        assert "Traceback" not in answer.text
        assert str(folder) not in answer.text
    assert set(folder.iterdir()) == before
    assert {path.suffix for path in server.tasks.iterdir() if path.is_file()} <= {".py"}


@pytest.mark.parametrize("new_id", ["../outside", "a/b", "", ".", "..", "a\0b", "x" * 300, "a\nb"])
def test_no_task_is_made_or_renamed_outside(module_server: Server, new_id: str) -> None:
    server = module_server
    made = server.http.post("/api/v1/tasks", json={"id": new_id, "content": "pass\n"})
    assert made.status_code == 422, made.text
    server.write_task("good", "pass\n")
    renamed = server.http.post("/api/v1/tasks/good/rename", json={"new_id": new_id})
    assert renamed.status_code == 422, renamed.text
    assert (server.tasks / "good.py").exists()
    assert not (server.folder / "outside.py").exists()


def test_files_whose_names_are_no_ids_are_shown_as_problems(module_server: Server) -> None:
    server = module_server
    (server.tasks / "sp ace<b>.py").write_text("pass\n")

    def told() -> bool:
        problems = server.http.get("/api/v1/system").json()["problems"]
        return any("sp ace<b>.py" in problem for problem in problems)

    eventually(told, what="the file is named among the problems")
    assert "ace<b>" not in server.http.get("/").text
    (server.tasks / "sp ace<b>.py").unlink()
    eventually(lambda: not told(), what="the problem goes with the file")
