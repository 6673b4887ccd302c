"""The settings in force: each with its value, where it comes from, and no password."""

from __future__ import annotations

from pathlib import Path

import pytest

from runyard.app.settings import Settings, load_settings
from runyard.app.settings_view import effective_settings
from runyard.runtime.monitoring import EffectiveSetting


def shown(settings: Settings) -> dict[str, EffectiveSetting]:
    return {one.name: one for one in effective_settings(settings)}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("RUNYARD_PORT", "RUNYARD_MAX_WORKERS", "MAX_TASK_WORKERS", "LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_every_setting_is_there_with_an_option_and_a_variable(folder: Path) -> None:
    found = shown(load_settings())
    assert set(found) == set(Settings.model_fields)
    for one in found.values():
        assert one.description
        assert one.option.startswith("--")
        assert one.env == f"RUNYARD_{one.name.upper()}"
        assert one.source == "default"
    assert found["data"].value == str(folder / ".runyard")
    assert found["logs"].value == str(folder / ".runyard" / "logs")
    assert found["timeout"].value == 3600.0


def test_where_each_one_comes_from(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "runyard.toml").write_text('port = 1\nmax_workers = 2\nlog_level = "ERROR"\n')
    monkeypatch.setenv("RUNYARD_MAX_WORKERS", "3")
    monkeypatch.setenv("LOG_LEVEL", "warning")
    found = shown(load_settings(host="127.0.0.1"))
    assert {n: (found[n].value, found[n].source) for n in ("port", "max_workers", "log_level")} == {
        "port": (1, "file"),
        "max_workers": (3, "environment"),
        "log_level": ("WARNING", "environment"),
    }
    assert found["host"].source == "option"
    assert found["tasks"].source == "default"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://me:secret@db/x", "postgresql://me:***@db/x"),
        ("postgresql://me:s:e@c/r@et@db:5432/x", "postgresql://me:***@db:5432/x"),
        ("postgresql://:secret@db/x", "postgresql://:***@db/x"),
        ("postgresql://db/x?password=secret&a=1", "postgresql://db/x?password=***&a=1"),
        ("postgresql://me@db/x", "postgresql://me@db/x"),
        ("sqlite:////tmp/x.db", "sqlite:////tmp/x.db"),
    ],
)
def test_passwords_are_masked(folder: Path, url: str, expected: str) -> None:
    del folder
    assert shown(load_settings(db=url))["db"].value == expected
