"""What an endpoint finds in its request: the service behind it, and who asks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runyard.api.encoding import KeptBytes, RunItems
from runyard.api.frames import Frames

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from runyard.api.ports import ServicePort


@dataclass(slots=True, kw_only=True)
class Face:
    """The state of one application object, kept at `app.state.face`."""

    service: Callable[[], ServicePort]
    items: RunItems = field(default_factory=RunItems)
    full_runs: KeptBytes = field(default_factory=KeptBytes)
    frames: Frames = field(init=False)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.frames = Frames(self.items, default_zone=lambda: self.service().schedules.default_zone)


def face_of(request: Request) -> Face:
    face: Face = request.scope["app"].state.face
    return face


def service_of(request: Request) -> ServicePort:
    return face_of(request).service()


def caller_of(request: Request) -> str:
    """Who asks. Without accounts everyone on this machine is one caller."""
    del request
    return "api"
