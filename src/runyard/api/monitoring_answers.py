"""The shapes of answers about the machine, log files, searches, the server's log and settings."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from runyard.api.answers import Answer

StreamName = Literal["platform", "stdout", "stderr"]


class VolumeAnswer(Answer):
    """Memory or a disk, in bytes."""

    total_bytes: int
    used_bytes: int
    available_bytes: int = Field(description="what can still be taken")
    percent: float = Field(description="taken")


class OwnProcessAnswer(Answer):
    pid: int
    rss_bytes: int
    cpu_percent: float = Field(description="of one processor, since the last look")
    threads: int


class LoadAnswer(Answer):
    """Means of the shares, and the most of the counts, over the time since the point before."""

    at: datetime
    cpu_percent: float
    memory_percent: float
    disk_percent: float
    running: int = Field(description="runs")
    waiting: int = Field(description="runs")


class MachineAnswer(Answer):
    cpu_percent: float = Field(description="of all processors, since the last look")
    cpu_count: int
    load_1: float
    load_5: float
    load_15: float
    memory: VolumeAnswer
    disk: VolumeAnswer = Field(description="the one that holds the data folder")
    server: OwnProcessAnswer
    supervisor: OwnProcessAnswer | None
    history: list[LoadAnswer] = Field(description="oldest first, at most 360 points")


class RunProcessesAnswer(Answer):
    """All processes of a live run together."""

    run_id: str
    task_id: str | None
    attempt: int
    pid: int = Field(description="of the main process")
    started_at: datetime
    cpu_percent: float = Field(description="of one processor, since the last look")
    rss_bytes: int
    threads: int
    processes: int


class PythonProcessAnswer(Answer):
    pid: int
    name: str
    command: str = Field(description="shortened")
    status: str
    cpu_percent: float
    rss_bytes: int
    run_id: str | None = Field(description="the run that it belongs to")


class ProcessesAnswer(Answer):
    runs: list[RunProcessesAnswer]
    python: list[PythonProcessAnswer] = Field(description="all on this machine")


class UsageAnswer(Answer):
    at: datetime
    cpu_percent: float = Field(description="of one processor, since the point before")
    rss_bytes: int
    processes: int


class ResourcesAnswer(Answer):
    items: list[UsageAnswer] = Field(description="in order of time, all attempts after each other")
    every_s: int = Field(
        description="seconds between points after an attempt's first minute; 0 without a curve"
    )


class LogFileItem(Answer):
    name: str
    size_bytes: int
    modified_at: datetime
    run_id: str | None = Field(description="the run that it is the log of")
    task_id: str | None
    live: bool = Field(description="the run is not over")


class LogFilesAnswer(Answer):
    items: list[LogFileItem]
    next_cursor: str | None


class LogHitAnswer(Answer):
    """A line with a match; `text[start:end]`, in characters, is the first one in it."""

    offset: int = Field(description="where the line starts in the log")
    at: datetime
    stream: StreamName
    text: str = Field(description="an excerpt around the match")
    start: int
    end: int


class LogHitsAnswer(Answer):
    hits: list[LogHitAnswer]
    next_offset: int = Field(description="where to go on, as `from`")
    complete: bool = Field(description="the end, or backwards the beginning, is reached")
    scanned_bytes: int


class ServerLogRecordAnswer(Answer):
    """A record with all of its lines; what no logger wrote has neither time, level nor logger."""

    offset: int
    at: datetime | None
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] | None
    logger: str | None
    message: str


class ServerLogAnswer(Answer):
    items: list[ServerLogRecordAnswer] = Field(description="oldest first")
    start: int = Field(description="what lies before this was not looked at; 0: nothing does")
    next_offset: int = Field(description="what lies behind this was not looked at")
    size: int


class SettingAnswer(Answer):
    name: str
    value: Any
    source: Literal["default", "file", "environment", "option"]
    description: str
    env: str = Field(description="the environment variable for it")
    option: str = Field(description="the option of `runyard serve` for it")


class SettingsAnswer(Answer):
    items: list[SettingAnswer]
