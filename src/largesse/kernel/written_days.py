"""What CLDR's patterns for days do not know of a language, for whoever writes one: pages, mails and the certificate."""

import re

_FIRST = re.compile(r"(?<!\d)1(?= [^\W\d])")  # a 1 alone, before the name of a month


def as_read(written: str, *, language: str) -> str:
    """Return a written day as it is read: French counts the first of a month, and only that, `1er janvier`."""
    return _FIRST.sub("1er", written) if language == "fr" else written
