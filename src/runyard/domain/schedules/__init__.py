"""Schedules, pure: when they fire (triggers, zones, calendars), and what is decided about each."""
