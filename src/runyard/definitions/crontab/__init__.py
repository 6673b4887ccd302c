"""Crontab files and systemd timers: read, made into tasks, and written."""
