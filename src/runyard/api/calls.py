"""What an endpoint finds in its request: the service behind it, and who asks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request

from runyard.api.frames import Frames
from runyard.api.idempotency import Asked
from runyard.api.ports import ServicePort


@dataclass(slots=True, kw_only=True)
class Face:
    """The state of one application object, kept at `app.state.face`."""

    service: Callable[[], ServicePort]
    frames: Frames = field(default_factory=Frames)
    asked: Asked = field(default_factory=Asked)
    closing: asyncio.Event = field(default_factory=asyncio.Event)


def face_of(request: Request) -> Face:
    face = request.scope["app"].state.face
    assert isinstance(face, Face)
    return face


def service_of(request: Request) -> ServicePort:
    return face_of(request).service()


def caller_of(request: Request) -> str:
    """Who asks. Without accounts everyone on this machine is one caller."""
    del request
    return "api"
