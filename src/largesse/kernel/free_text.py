"""One rule for text that strangers type and others read: it is text, shown as it was meant, and nothing else.

What acts on its surroundings without being seen is taken out: control characters, directional overrides, zero-width
spaces, tags. Joiners stay, because Persian, Indic scripts and emoji are wrong without them. What is seen is never taken
out or cut: a text that is too long comes back to whoever typed it.
"""

import re
from typing import Final

from largesse.kernel.normal_form import nfc

# Control characters but the line feed; embeddings, overrides and isolates; what is not seen at all; halves of pairs.
_UNSEEN: Final = re.compile(
    "[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\uffff\ud800-\udfff]"
)
_LINE_END: Final = re.compile("\r\n|[\r\n\u000b\u000c\u0085\u2028\u2029]")
_SPACES: Final = re.compile(r"[^\S\n\u00a0\u202f]+")  # the no-break spaces are meant: French uses them
_BLANK_LINES: Final = re.compile(r"\n{3,}")
_MARK: Final = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_MARKS: Final = re.compile(f"(?P<some>{_MARK}{{4}}){_MARK}+")  # towers of accents on one letter
_FLAG: Final = re.compile("(\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f)|[\U000e0000-\U000e0fff]")
_STRAY_JOINER: Final = re.compile("(?<![^\\s\u200c\u200d])[\u200c\u200d]+|[\u200c\u200d]+(?=\\s|$)")


def one_line(text: str) -> str:
    """Return `text` as one line without what cannot be seen: NFC, single spaces, none around it."""
    return _SPACES.sub(" ", _cleaned(text).replace("\n", " ")).strip()


def lines(text: str) -> str:
    """Return `text` with its line breaks, as one line feed each, and at most one blank line between others."""
    kept = "\n".join(_SPACES.sub(" ", line).strip() for line in _cleaned(text).split("\n"))
    return _BLANK_LINES.sub("\n\n", kept).strip("\n")


def _cleaned(text: str) -> str:
    text = _LINE_END.sub("\n", text).replace("\t", " ")
    text = _FLAG.sub(lambda match: match[1] or "", _UNSEEN.sub("", text))
    text = _STRAY_JOINER.sub("", text)
    return _MARKS.sub(r"\g<some>", nfc(text))
