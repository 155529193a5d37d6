"""Look for a word in a text that also holds tokens, in which any few letters may stand by chance."""

import re


def mentions(text: str, word: str) -> bool:
    """Return whether `word` stands in `text` by itself, and not as a part of a token, an id or a longer word."""
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) is not None
