"""The settings in force as rows to look at: value, where it comes from, how it is set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from runyard.app.settings import Settings
from runyard.runtime.monitoring import EffectiveSetting

# What each one is for, and the option of `runyard serve`.
_ABOUT: Mapping[str, tuple[str, str]] = {
    "tasks": ("the folder of scripts", "--tasks DIR"),
    "data": ("where it keeps everything; one server at a time", "--data DIR"),
    "logs": ("logs of runs, and app.log of the server", "--logs DIR"),
    "host": ("the address to listen on", "--host ADDRESS"),
    "port": ("the port to listen on; 0: any free one", "--port N"),
    "app": ("decorated functions and executors", "--app MODULE_OR_FILE"),
    "reload": ("take the app over again when its files change", "--reload"),
    "max_workers": ("runs at once", "--max-workers N"),
    "timeout": ("seconds, of runs whose task names none; null: no limit", "--timeout DURATION"),
    "db": ("the database", "--db URL"),
    "auth": ("who may come in", "--auth none"),
    "on_stop": ("when the server stops: leave runs to go on, or drain", "--on-stop WHAT"),
    "labels": ("what this node offers to tasks that need it", "--label WORD"),
    "dialect_ports": ("listeners that serve one dialect alone", "--dialect-port NAME=PORT"),
    "origins": ("whose pages may use this server besides its own", "--origin URL"),
    "timezone": ("of schedules that name none", "--timezone ZONE"),
    "log_level": ("how much the server writes to its own log", "--log-level LEVEL"),
}
_PASSWORD = re.compile(r"(?<=://)([^/@:]*):.*@(?=[^@]*$)")
_PASSWORD_FIELD = re.compile(r"(?i)((?:password|passfile|sslpassword)=)[^&]*")
_MASK = "***"


def effective_settings(settings: Settings) -> list[EffectiveSetting]:
    """All settings, in the order in which they are declared."""
    in_force = {
        **{name: getattr(settings, name) for name in type(settings).model_fields},
        "logs": settings.logs_folder,
        "db": settings.database_url,
        "timezone": settings.zone,
    }
    rows = []
    for name, value in in_force.items():
        description, option = _ABOUT[name]
        rows.append(
            EffectiveSetting(
                name=name,
                value=_shown(value),
                source=settings.source_of(name),
                description=description,
                env=f"RUNYARD_{name.upper()}",
                option=option,
            )
        )
    return rows


def _shown(value: Any) -> Any:
    match value:
        case Path():
            return str(value)
        case timedelta():
            return value.total_seconds()
        case str():
            return _PASSWORD_FIELD.sub(rf"\1{_MASK}", _PASSWORD.sub(rf"\1:{_MASK}@", value))
        case tuple():
            return [_shown(one) for one in value]
        case _:
            return value
