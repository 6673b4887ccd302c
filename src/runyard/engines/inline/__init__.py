"""The inline engine: attempts inside this process, for embedding and for tests."""

from runyard.engines.inline.engine import InlineEngine

__all__ = ["InlineEngine"]
