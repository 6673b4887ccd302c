"""Processes on this machine: supervisor, zygotes, trees, logs and environments."""
