"""The local engine: attempts as processes of this machine, owned by the supervisor."""

from runyard.engines.local.engine import LocalEngine

__all__ = ["LocalEngine"]
