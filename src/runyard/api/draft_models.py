"""What callers send about definitions that are not saved."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator

from runyard.api.models import Argument, Asked, Labels, Name, Seconds
from runyard.domain.runs import IfBusy

_SCRIPT = "script"
Content = Annotated[str, Field(description="the text of a script")]
TaskId = Annotated[str, StringConstraints(max_length=1000)]
"""May be wrong: the answer says so."""


class CheckDraftBody(Asked):
    """A script (`content`), or a task of a registered type (`executor` and `config`)."""

    content: Content | None = None
    executor: Name = _SCRIPT
    config: dict[str, Any] = Field({}, description="checked by the executor")
    settings: dict[str, Any] = Field({}, description="keys of `[tool.runyard]`, of a typed task")
    task_id: TaskId | None = Field(None, description="the task that it is, or is to be")
    new: bool = Field(True, description="false: the task of this id is edited, not made")

    @model_validator(mode="after")
    def _script_or_typed(self) -> CheckDraftBody:
        if (self.content is None) == (self.executor == _SCRIPT):
            raise ValueError("give either content (a script) or executor (a typed task)")
        if self.content is not None and (self.config or self.settings):
            raise ValueError("config and settings belong to a typed task; a script has a block")
        return self


class DraftSettingsBody(Asked):
    """What is not named stays as it is, null takes a key out."""

    content: Content
    settings: dict[str, Any] = Field({}, description="keys of `[tool.runyard]` to set")
    dependencies: list[Annotated[str, Field(max_length=2000)]] | None = Field(
        None, max_length=1000, description="requirements (PEP 508)"
    )
    requires_python: Annotated[str, Field(max_length=200)] | None = Field(None, examples=[">=3.11"])

    @model_validator(mode="after")
    def _each_once(self) -> DraftSettingsBody:
        twice = {"dependencies", "requires_python", "requires-python"} & self.settings.keys()
        if twice:
            raise ValueError(f"{min(twice)} stands beside settings, not in them")
        return self

    @property
    def changes(self) -> dict[str, Any]:
        """All of it as changes of the block."""
        beside = {"dependencies", "requires_python"} & self.model_fields_set
        return {**self.settings, **{key: getattr(self, key) for key in sorted(beside)}}


class RunDraftBody(Asked):
    """A script's text, and how it shall run once."""

    content: Content
    task_id: Name | None = Field(None, description="the script task that it is a draft of")
    params: dict[str, Any] = Field({}, description="typed, checked against the draft's own")
    argv: list[Argument] | None = Field(
        None, max_length=1000, description="plain arguments instead of `params`"
    )
    if_busy: IfBusy = Field(
        IfBusy.QUEUE, description="what to do while another draft of the same task runs"
    )
    labels: Labels = Field([], description="words to find the run by")
    timeout_s: Seconds | None = Field(None, description="of one attempt; default: the draft's")

    @model_validator(mode="after")
    def _one_of_each(self) -> RunDraftBody:
        if self.argv is not None and self.params:
            raise ValueError("params and argv exclude each other")
        return self

    @property
    def timeout(self) -> timedelta | None:
        return None if self.timeout_s is None else timedelta(seconds=self.timeout_s)
