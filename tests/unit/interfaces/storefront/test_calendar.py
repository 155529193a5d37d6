"""M7: the last day of a certificate in a calendar, whatever its merchant is called."""

import re
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from largesse.interfaces.storefront.calendar import LINE_BYTES_MAX, a_whole_day

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)


def read(content: bytes) -> list[tuple[str, str]]:
    """Unfold and split a calendar, and take the escapes back, as a calendar program does."""
    lines = content.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")
    pairs = [line.split(":", 1) for line in lines]
    return [(name, re.sub(r"\\(.)", lambda one: "\n" if one[1] == "n" else one[1], value)) for name, value in pairs]


@given(st.dates(max_value=date(9999, 12, 30)), st.text(max_size=200), st.text(max_size=200))
def test_whatever_stands_in_it_is_one_entry_that_reads_as_it_was_meant(day: date, summary: str, place: str) -> None:
    content = a_whole_day(day, uid="1", summary=summary, place=place, now=NOW)
    assert max(map(len, content.split(b"\r\n"))) <= LINE_BYTES_MAX
    found = read(content)
    shown = "".join(symbol for symbol in summary.replace("\r", "") if symbol >= " " or symbol == "\n")
    assert [value for name, value in found if name == "SUMMARY"] == [shown]
    assert [value for name, value in found if name == "BEGIN"] == ["VCALENDAR", "VEVENT", "VALARM"]
    assert [value for name, value in found if name == "DTSTART;VALUE=DATE"] == [day.strftime("%Y%m%d")]
    assert [name for name, _ in found].count("LOCATION") == bool(place)
