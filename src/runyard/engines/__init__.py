"""Where attempts run: the engine contract and its implementations."""
