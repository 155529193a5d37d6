"""Values that every encoding can carry."""

from typing import Any

from hypothesis import strategies as st

from largesse.wire.errors import UnsupportedText
from largesse.wire.plain import supported

_NAMES = st.from_regex(r"[a-z][a-zA-Z_]{0,8}[a-rt-z]", fullmatch=True)


def _is_supported(text: str) -> bool:
    try:
        return bool(supported(text)) or not text
    except UnsupportedText:
        return False


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20).filter(_is_supported)


def nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Dicts of at most five levels, none of them empty: an empty element is an empty text."""
    level = leaves
    for _ in range(4):
        level = leaves | st.dictionaries(_NAMES, level, min_size=1, max_size=4)
    return st.dictionaries(_NAMES, level, min_size=1, max_size=4)
