"""The server's settings: from options, `RUNYARD_*`, older names and a TOML file, in that order."""

from __future__ import annotations

import ipaddress
import os
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from runyard.domain.durations import parse_duration
from runyard.domain.errors import Invalid

CONFIG_FILE = "runyard.toml"
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
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

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
        return FileSettings(**chosen)
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


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")
