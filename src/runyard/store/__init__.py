"""The store: every durable fact about tasks, runs and queues, on SQLite or PostgreSQL."""

from runyard.store.committed import newest_of, of_known_things
from runyard.store.dialect import Dialect
from runyard.store.filters import Page, RunFilter
from runyard.store.store import Store, open_store
from runyard.store.tx import Change, Kind, Tx

__all__ = [
    "Change",
    "Dialect",
    "Kind",
    "Page",
    "RunFilter",
    "Store",
    "Tx",
    "newest_of",
    "of_known_things",
    "open_store",
]
