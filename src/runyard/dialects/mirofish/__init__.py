"""MiroFish: monitoring of background tasks, and the projects whose graphs they build."""

from runyard.dialects.mirofish import (  # register their endpoints
    ontology_routes,
    project_routes,
    task_routes,
)
from runyard.dialects.mirofish.envelope import DIALECT

__all__ = ["DIALECT", "ontology_routes", "project_routes", "task_routes"]
