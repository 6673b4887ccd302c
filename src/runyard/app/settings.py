"""The server's settings: from options, `RUNYARD_*`, older names and a TOML file, in that order."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from tzlocal import get_localzone_name

from runyard.domain.durations import parse_duration
from runyard.domain.errors import Invalid
from runyard.domain.schedules.zones import find_zone

CONFIG_FILE = "runyard.toml"
DIALECTS = ("taskrun", "pixivtailor", "taskcontrol", "mirofish")
_OLDER_NAMES = {
    "TASKS_DIR": "tasks",
    "LOGS_DIR": "logs",
    "MAX_TASK_WORKERS": "max_workers",
    "TASK_TIMEOUT": "timeout",
    "LOG_LEVEL": "log_level",
}


class Settings(BaseSettings):
    """Where things are and how much may run; every field is an option of `runyard serve`.

    Precedence: given value > `RUNYARD_<NAME>` > the older name (`TASKS_DIR`, `LOGS_DIR`,
    `MAX_TASK_WORKERS`, `TASK_TIMEOUT`, `LOG_LEVEL`) > the TOML file > default. Paths are absolute
    once they are in here.
    """

    model_config = SettingsConfigDict(env_prefix="RUNYARD_", extra="forbid", frozen=True)

    tasks: Path = Path("tasks")
    data: Path = Path(".runyard")
    logs: Path | None = None
    host: str = "127.0.0.1"
    port: int = Field(5000, ge=0, le=65535)
    app: str | None = None
    reload: bool = False
    max_workers: int = Field(5, ge=1, le=100_000)
    timeout: timedelta | None = timedelta(hours=1)  # None, written as 0: no limit
    db: str | None = None
    auth: Literal["none"] = "none"
    on_stop: Literal["leave", "drain"] = "leave"
    labels: tuple[str, ...] = ()
    dialect_ports: Annotated[dict[str, int], NoDecode] = {}  # listeners that serve one alone
    origins: Annotated[tuple[str, ...], NoDecode] = ()  # pages from elsewhere that may ask
    timezone: str | None = None  # of schedules that name none; None: the system's
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    _sources: dict[str, str] = PrivateAttr(default_factory=dict)

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator("timeout", mode="before")
    @classmethod
    def _duration(cls, value: Any) -> Any:
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            try:
                return parse_duration(value) or None
            except Invalid as error:
                raise ValueError(error.message) from None
        return value

    @field_validator("dialect_ports", mode="before")
    @classmethod
    def _ports(cls, value: Any) -> Any:
        """`{"pixivtailor": 50052}`, or words like `pixivtailor=50052`."""
        if isinstance(value, dict):
            return value
        ports = {}
        for word in _words(value):
            name, sign, port = word.partition("=")
            if not sign or not port.isdigit():
                raise ValueError(f"{word!r} is not NAME=PORT, as in pixivtailor=50052")
            ports[name.strip()] = int(port)
        return ports

    @field_validator("dialect_ports")
    @classmethod
    def _known_dialects(cls, value: dict[str, int]) -> dict[str, int]:
        for name, port in value.items():
            if name not in DIALECTS:
                raise ValueError(f"there is no dialect {name!r}; known: {', '.join(DIALECTS)}")
            if not 0 <= port <= 65535:
                raise ValueError(f"{port} is no port")
        return value

    @field_validator("origins", mode="before")
    @classmethod
    def _origin_words(cls, value: Any) -> Any:
        return tuple(word.rstrip("/") for word in _words(value))

    @field_validator("origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not re.fullmatch(r"https?://[^/\s*]+", origin):
                raise ValueError(f"{origin!r} is no origin, as in http://localhost:5173")
        return value

    @field_validator("tasks", "data", "logs")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return None if value is None else value.expanduser().absolute()

    @model_validator(mode="after")
    def _loopback_without_accounts(self) -> Settings:
        if self.auth == "none" and not is_loopback(self.host):
            raise ValueError(
                f"without accounts (--auth none) the server listens on loopback only, "
                f"not on {self.host}: everyone who reaches it can run code"
            )
        return self

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                find_zone(value)
            except Invalid as error:
                raise ValueError(error.message) from None
        return value

    def note_sources(self, sources: Mapping[str, str]) -> None:
        self._sources.update(sources)

    def source_of(self, name: str) -> str:
        """Where a setting comes from: `option`, `environment`, `file` or `default`."""
        return self._sources.get(name, "default")

    @property
    def zone(self) -> str:
        """The IANA name of the zone in which wall-clock times are meant."""
        return self.timezone or system_zone()

    @property
    def logs_folder(self) -> Path:
        return self.logs or self.data / "logs"

    @property
    def database_url(self) -> str:
        return self.db or f"sqlite:///{self.data / 'runyard.db'}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del dotenv_settings, file_secret_settings
        older = {
            field: os.environ[name] for name, field in _OLDER_NAMES.items() if name in os.environ
        }
        return (
            init_settings,
            env_settings,
            InitSettingsSource(settings_cls, older),
            TomlConfigSettingsSource(settings_cls),
        )


def _words(value: Any) -> list[str]:
    """A list, or text with commas, as an environment variable has it."""
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list | tuple):
        raise ValueError("this is not a list of words")  # noqa: TRY004 - Pydantic wants ValueError
    return [str(word).strip() for word in value if str(word).strip()]


def system_zone() -> str:
    """The zone of this machine, or of `TZ`; UTC where it has none that can be named."""
    try:
        name = get_localzone_name()
    except (LookupError, ValueError, OSError):
        return "UTC"
    try:
        return find_zone(name).key if name else "UTC"
    except Invalid:
        return "UTC"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address. Names other than localhost count as foreign."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load_settings(*, config: Path | None = None, **given: Any) -> Settings:
    """The settings in force. `given` values that are None count as not given.

    `config` names the TOML file; without it `runyard.toml` in the current folder is read if it is
    there. Raises `Invalid` with one problem for each wrong value.
    """
    file = config or Path(CONFIG_FILE)
    if config is not None and not config.is_file():
        raise Invalid(f"there is no settings file {config}")

    class FileSettings(Settings):
        model_config = SettingsConfigDict(toml_file=file)

    chosen = {name: value for name, value in given.items() if value is not None}
    try:
        settings = FileSettings(**chosen)
        settings.note_sources(_sources(FileSettings, chosen))
        return settings
    except ValidationError as error:
        problems = [
            {"where": ".".join(map(str, item["loc"])), "message": _plain(item["msg"])}
            for item in error.errors(include_url=False)
        ]
        lines = "; ".join(
            f"{p['where']}: {p['message']}" if p["where"] else p["message"] for p in problems
        )
        raise Invalid(f"wrong settings: {lines}", problems=problems) from None
    except ValueError as error:  # the TOML file can't be read
        raise Invalid(f"{file} can't be read: {error}") from None


def _sources(kind: type[Settings], chosen: Mapping[str, Any]) -> dict[str, str]:
    """Where each setting that is not a default comes from."""
    sources = dict.fromkeys(TomlConfigSettingsSource(kind)(), "file")
    older = {field for name, field in _OLDER_NAMES.items() if name in os.environ}
    named = {name.upper() for name in os.environ}  # case does not matter there
    own = {name for name in kind.model_fields if f"RUNYARD_{name.upper()}" in named}
    return sources | dict.fromkeys(older | own, "environment") | dict.fromkeys(chosen, "option")


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")
