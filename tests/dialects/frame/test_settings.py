"""The settings of listeners and origins: as options, variables and in the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runyard.app.settings import load_settings
from runyard.domain.errors import Invalid

PORTS = {"pixivtailor": 50052, "taskcontrol": 8000}
ORIGINS = ("http://localhost:5173", "https://tasks.example")


@pytest.fixture(autouse=True)
def in_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_as_options() -> None:
    words = ["pixivtailor=50052", "taskcontrol=8000"]
    settings = load_settings(dialect_ports=words, origins=["http://localhost:5173/", ORIGINS[1]])
    assert settings.dialect_ports == PORTS
    assert settings.origins == ORIGINS


def test_as_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNYARD_DIALECT_PORTS", "pixivtailor=50052, taskcontrol=8000")
    monkeypatch.setenv("RUNYARD_ORIGINS", ",".join(ORIGINS))
    settings = load_settings()
    assert (settings.dialect_ports, settings.origins) == (PORTS, ORIGINS)


def test_in_the_file() -> None:
    Path("runyard.toml").write_text(
        "dialect_ports = {pixivtailor = 50052, taskcontrol = 8000}\n"
        f'origins = ["{ORIGINS[0]}", "{ORIGINS[1]}"]\n'
    )
    settings = load_settings()
    assert (settings.dialect_ports, settings.origins) == (PORTS, ORIGINS)


def test_without() -> None:
    settings = load_settings()
    assert (settings.dialect_ports, settings.origins) == ({}, ())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"dialect_ports": ["pixivtailor"]}, "NAME=PORT"),
        ({"dialect_ports": ["pixivtailor=many"]}, "NAME=PORT"),
        ({"dialect_ports": ["klingon=1"]}, "there is no dialect 'klingon'"),
        ({"dialect_ports": ["taskrun=70000"]}, "70000 is no port"),
        ({"dialect_ports": 5}, "list of words"),
        ({"origins": ["*"]}, "no origin"),
        ({"origins": ["http://*"]}, "no origin"),
        ({"origins": ["http://a/b"]}, "no origin"),
        ({"origins": ["localhost:5173"]}, "no origin"),
    ],
)
def test_what_is_wrong_is_named(given: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid, match=r"wrong settings") as raised:
        load_settings(**given)
    assert words in raised.value.message
