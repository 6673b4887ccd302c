"""MiroFish's parts over one Service."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from starlette.requests import HTTPConnection

from runyard.dialects.frame import service_of
from runyard.dialects.mirofish.projects import Projects
from runyard.dialects.mirofish.tasks import Tasks
from runyard.dialects.mirofish.words import NAME
from runyard.runtime.service import Service

_OPENED: WeakKeyDictionary[Service, MiroFish] = WeakKeyDictionary()


class MiroFish:
    """Made at the first request to a service, and the same one from then on."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.tasks = Tasks(service)
        self.projects = Projects(service, service.installation.data_dir / NAME / "projects")


def fish_of(connection: HTTPConnection) -> MiroFish:
    service = service_of(connection)
    opened = _OPENED.get(service)
    if opened is None:
        opened = _OPENED[service] = MiroFish(service)
    return opened
