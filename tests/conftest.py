"""Fixtures that every part of the suite may use."""

from hypothesis import HealthCheck, settings

from tests.support.folders import short_folder
from tests.support.postgres import postgres
from tests.support.server import module_server, server, shared_server, stopped_server
from tests.support.warm import end_of_the_warm_process

__all__ = [
    "end_of_the_warm_process",
    "module_server",
    "postgres",
    "server",
    "shared_server",
    "short_folder",
    "stopped_server",
]

# A slow machine is no fault of what is tested, and examples are worth their time only so far.
settings.register_profile(
    "runyard", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("runyard")
