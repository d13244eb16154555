"""The operational database behind the pages: one engine for each URL that the settings name."""

from functools import lru_cache

from sqlalchemy import Engine

from hub.settings import load
from operations.database import open_database


def operational_database() -> Engine:
    """Return the engine of the database that the settings name now.

    Raises `OperationsUnavailable` for a URL that cannot be used.
    """
    return _opened(load().operations_url)


@lru_cache(maxsize=8)
def _opened(url: str) -> Engine:
    return open_database(url)
