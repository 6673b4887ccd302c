"""Public holidays of a country or a part of it, by year, from the `holidays` library."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from functools import lru_cache

import holidays

from runyard.domain.errors import Invalid

_LANGUAGE = "en_US"


@lru_cache(maxsize=2048)
def holidays_of(
    country: str, subdivision: str | None, year: int
) -> tuple[Mapping[date, str], frozenset[date]]:
    """The holidays of a year with their English names, and the weekend days that are worked in
    return for one. Raises Invalid for a country or subdivision that is not known."""
    country, subdivision = canonical(country, subdivision)
    # One object for each year: it is never changed afterwards, so threads may share it.
    found = holidays.country_holidays(country, subdiv=subdivision, years=year, language=_LANGUAGE)
    worked = frozenset(getattr(found, "weekend_workdays", ()))
    return dict(found), worked


def canonical(country: str, subdivision: str | None) -> tuple[str, str | None]:
    """The codes as the library writes them. Raises Invalid for those it does not know."""
    known = holidays.list_supported_countries()
    country = country.upper()
    if country not in known:
        close = _some(country, list(known))
        raise Invalid(f"there are no holidays of {country!r}; write an ISO code: {close}")
    if subdivision is None:
        return country, None
    parts = known[country]
    for part in parts:
        if part.upper() == subdivision.upper():
            return country, part
    there = f"; there are {_some(subdivision, parts)}" if parts else ""
    raise Invalid(f"{country} has no part {subdivision!r}{there}")


def _some(wanted: str, known: list[str]) -> str:
    close = get_close_matches(wanted.upper(), known, 5, 0.3)
    return ", ".join(close or known[:10])
