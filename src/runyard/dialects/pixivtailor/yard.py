"""PixivTailor's parts over one Service: tasks, hub, folders."""

from __future__ import annotations

from pathlib import Path
from weakref import WeakKeyDictionary

from starlette.requests import HTTPConnection

from runyard.dialects.frame import service_of
from runyard.dialects.pixivtailor.configs import Configs
from runyard.dialects.pixivtailor.files import ROOT, ImageFolder
from runyard.dialects.pixivtailor.hub import Hub
from runyard.dialects.pixivtailor.tasks import Tasks
from runyard.dialects.pixivtailor.words import NAME
from runyard.runtime.service import Service

_OPENED: WeakKeyDictionary[Service, PixivTailor] = WeakKeyDictionary()


class PixivTailor:
    """Made at the first request to a service, and the same one from then on."""

    def __init__(self, service: Service) -> None:
        folder: Path = service.installation.data_dir / NAME
        self.images = ImageFolder(folder / ROOT)
        self.configs = Configs(folder / "configs")
        self.hub = Hub(service)
        self.tasks = Tasks(service, self.hub, self.images.path)
        self.installation = service.installation
        self.machine = service.machine


def tailor_of(connection: HTTPConnection) -> PixivTailor:
    service = service_of(connection)
    opened = _OPENED.get(service)
    if opened is None:
        opened = _OPENED[service] = PixivTailor(service)
    return opened
