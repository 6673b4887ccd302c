"""Schedules at run time: deciding planned fires, keeping the ledger, showing what comes."""
