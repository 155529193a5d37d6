"""The countries that time zones lie in."""

from functools import cache
from typing import Final

from babel.core import get_global

_NOWHERE: Final = frozenset({"001", "ZZ"})  # the world, and nobody knows: zones such as UTC


@cache
def region_of_zone(time_zone: str) -> str | None:
    """Return the country (ISO 3166) that an IANA time zone lies in, None for one such as UTC.

    A zone may go by its old name: `US/Eastern`, `Asia/Calcutta`, `Europe/Kiev`.
    """
    territories = get_global("zone_territories")
    found: str | None = territories.get(time_zone) or territories.get(get_global("zone_aliases").get(time_zone, ""))
    return None if found in _NOWHERE else found
