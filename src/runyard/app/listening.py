"""The listening socket: opened once, and handed on when the server replaces itself."""

from __future__ import annotations

import os
import socket

from runyard.domain.errors import Invalid

_HANDED_ON = "RUNYARD_LISTEN_FD"
_BACKLOG = 2048


def listen(host: str, port: int, *, name: str = "") -> socket.socket:
    """The socket of the server that this process was before, or a fresh one.

    `name` tells further sockets apart. Raises `Invalid` when the address can't be had.
    """
    inherited = os.environ.pop(_HANDED_ON + name, None)
    if inherited is not None:
        return socket.socket(fileno=int(inherited))
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        raise Invalid(
            f"can't listen on {host}:{port}: {error.strerror or error}",
            hint="another program has the port? choose one with --port",
        ) from error
    return listener


def hand_on(listener: socket.socket, *, name: str = "") -> None:
    """Keep the socket open over `exec`: who connects meanwhile waits and is not refused."""
    kept = os.dup(listener.fileno())
    os.set_inheritable(kept, True)
    os.environ[_HANDED_ON + name] = str(kept)


def url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port
