"""Task Control Service: definitions with a trigger, and their instances."""

from runyard.dialects.taskcontrol import pages, routes  # register their endpoints
from runyard.dialects.taskcontrol.envelope import DIALECT

__all__ = ["DIALECT", "pages", "routes"]
