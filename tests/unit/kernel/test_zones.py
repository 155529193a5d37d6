import zoneinfo

import pytest
from babel.core import get_global

from largesse.kernel.zones import region_of_zone


@pytest.mark.parametrize(
    "zone, country",
    [
        ("America/New_York", "US"),
        ("US/Eastern", "US"),
        ("Asia/Calcutta", "IN"),
        ("Asia/Kolkata", "IN"),
        ("Europe/Kiev", "UA"),
        ("Europe/Kyiv", "UA"),
        ("Asia/Saigon", "VN"),
        ("America/Buenos_Aires", "AR"),
        ("UTC", None),
        ("Etc/GMT+5", None),
        ("Factory", None),
    ],
)
def test_a_zone_lies_in_its_country_under_its_old_name_too(zone: str, country: str | None) -> None:
    assert region_of_zone(zone) == country


def test_every_old_name_lies_where_the_new_one_does() -> None:
    aliases = get_global("zone_aliases")
    for name in zoneinfo.available_timezones() & set(aliases):
        assert region_of_zone(name) == region_of_zone(aliases[name])
