"""Who a supervisor is to the processes of its runs, so that it never takes another's for its own.

Attempt keys are not enough: a data folder may be copied, and then two supervisors know the same.
"""

from __future__ import annotations

import os

NAME = "RUNYARD_SUPERVISOR"
"""The variable by which every process of a run carries the identity of its data folder."""


def identity_of(data: str) -> str:
    """The identity of a data folder: made at the first start, and anew in a copy of the folder."""
    path = f"{data}/supervisor.id"
    stat = os.stat(data)  # noqa: PTH116 - pathlib is slow to import
    place = f"{stat.st_dev:x}.{stat.st_ino:x}"
    try:
        with open(path) as file:  # noqa: PTH123
            identity = file.read().strip()
    except OSError:
        identity = ""
    if identity.partition("@")[2] == place:
        return identity
    identity = f"{os.urandom(8).hex()}@{place}"
    with open(path + ".new", "w") as file:  # noqa: PTH123
        file.write(identity + "\n")
    os.replace(path + ".new", path)  # noqa: PTH105
    return identity
