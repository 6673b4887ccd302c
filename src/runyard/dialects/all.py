"""All dialects that a server speaks; they are loaded when one is asked, for that takes its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runyard.dialects.frame import Dialect

NAMES = ("taskrun", "pixivtailor", "taskcontrol", "mirofish")


def load() -> tuple[Dialect, ...]:
    from runyard.dialects.mirofish import DIALECT as MIROFISH  # noqa: PLC0415
    from runyard.dialects.pixivtailor import DIALECT as PIXIVTAILOR  # noqa: PLC0415
    from runyard.dialects.taskcontrol import DIALECT as TASKCONTROL  # noqa: PLC0415
    from runyard.dialects.taskrun import DIALECT as TASKRUN  # noqa: PLC0415

    return TASKRUN, PIXIVTAILOR, TASKCONTROL, MIROFISH
