"""PixivTailor's task manager: typed tasks, one at a time of each type, and a WebSocket."""

from runyard.dialects.pixivtailor import (  # register their endpoints
    creation_routes,
    file_routes,
    socket_routes,
    system_routes,
    task_routes,
)
from runyard.dialects.pixivtailor.envelope import DIALECT

socket_routes.serve_preflights()

__all__ = [
    "DIALECT",
    "creation_routes",
    "file_routes",
    "socket_routes",
    "system_routes",
    "task_routes",
]
