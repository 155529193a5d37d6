"""One day in a file that calendars read (RFC 5545): the last one on which a certificate can be used. Pure."""

from datetime import date, datetime, timedelta
from typing import Final

LINE_BYTES_MAX: Final = 75
_ESCAPED: Final = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})
_STAMP: Final = "%Y%m%dT%H%M%SZ"
_DAY: Final = "%Y%m%d"


def a_whole_day(day: date, *, uid: str, summary: str, place: str, now: datetime) -> bytes:
    """Return a calendar of one entry that takes a whole day, and reminds a week before it.

    `now`, in UTC, is when the entry was made; `uid` is the same for the same entry, so that a calendar has it once.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Largesse//Gift certificates//EN",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{now.strftime(_STAMP)}",
        f"DTSTART;VALUE=DATE:{day.strftime(_DAY)}",
        f"DTEND;VALUE=DATE:{(day + timedelta(days=1)).strftime(_DAY)}",
        f"SUMMARY:{_escaped(summary)}",
        *([f"LOCATION:{_escaped(place)}"] if place else []),
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_escaped(summary)}",
        "TRIGGER:-P7D",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) + b"\r\n" for line in lines)


def _escaped(text: str) -> str:
    """Return a text as the value of a property: a line break in it is two symbols, and breaks nothing."""
    return "".join(symbol for symbol in text.translate(_ESCAPED) if symbol >= " ")


def _folded(line: str) -> bytes:
    """Return a line in pieces of at most 75 bytes, each but the first after a space; no symbol is cut in two."""
    done, piece = b"", b""
    for symbol in line:
        written = symbol.encode()
        if len(piece) + len(written) > LINE_BYTES_MAX:
            done, piece = done + piece + b"\r\n", b" "
        piece += written
    return done + piece
