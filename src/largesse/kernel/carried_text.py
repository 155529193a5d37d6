"""Text that every encoding can carry: what XML 1.0 §2.2 has no way to write, not even escaped, is left out of all."""

import re

_UNCARRIED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def is_carried(text: str) -> bool:
    """Return whether a text is free of NUL, of other control characters, and of halves of surrogate pairs."""
    return _UNCARRIED.search(text) is None
