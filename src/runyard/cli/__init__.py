"""The command line: a thin face over the client of the SDK."""
