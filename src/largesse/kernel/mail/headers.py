"""Header lines written by hand, so that what people typed is shown as typed on every Python.

The `email` package reads what it is given before it writes it: an encoded word (RFC 2047) in a name is decoded, a line
break within it becomes one in the header, and a long name loses its quotes when it is folded. So nothing is given to it
here but what `email.header` encodes, which reads nothing.
"""

import re
from collections.abc import Iterator
from email.header import Header, decode_header, make_header
from typing import Final

LINE_MAX: Final = 76
_ATOMS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/?^_`{|}~-]+)*")  # RFC 5322 §3.2.3
_PLAIN: Final = re.compile(r"[!-~]+(?: [!-~]+)*")
_QUOTED_MAX: Final = 200  # with every character escaped still far below the 998 that a line may hold (RFC 5322 §2.1.1)
_ENCODED_WORD: Final = "=?"  # how an encoded word begins; what looks like one is encoded itself


def unstructured(name: str, text: str) -> str:
    """Return the line, or folded lines, of a header of words such as Subject. `text` is one line, already cleaned."""
    space = LINE_MAX - len(name) - 2
    if len(text) <= space and _PLAIN.fullmatch(text) and _ENCODED_WORD not in text:
        return f"{name}: {text}"
    return f"{name}: {_encoded(name, text)}"


def mailbox(name: str, shown_name: str, address: str) -> str:
    """Return the line, or folded lines, of a header that names one address, with the name it is shown by.

    A name in ASCII stands in quotes, on one line: a name that is folded may lose them, and then each comma in it begins
    another recipient.
    """
    if not shown_name:
        return f"{name}: {address}"
    if len(shown_name) > _QUOTED_MAX or not _PLAIN.fullmatch(shown_name) or _ENCODED_WORD in shown_name:
        phrase = _encoded(name, shown_name)
    elif _ATOMS.fullmatch(shown_name):
        phrase = shown_name
    else:
        phrase = '"' + shown_name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    fits = len(name) + len(phrase) + len(address) + 5 <= LINE_MAX
    return f"{name}: {phrase} <{address}>" if fits else f"{name}: {phrase}\r\n <{address}>"


def unfolded(head: bytes) -> Iterator[tuple[str, str]]:
    """Yield the names and values of a head as they stand there, each value on one line.

    Raises:
        ValueError: a line is no header, or holds CR or LF by itself.
        UnicodeDecodeError: it is no UTF-8 (RFC 6532).
    """
    fields = list[str]()
    for line in head.decode().split("\r\n"):
        if "\r" in line or "\n" in line:
            raise ValueError
        if line[:1] in {" ", "\t"} and fields:
            fields[-1] += line
        else:
            fields.append(line)
    for field in fields:
        name, colon, value = field.partition(":")
        if not colon or not name.isascii() or not name.replace("-", "").isalnum():
            raise ValueError
        yield name, value.strip(" ")


def decoded(value: str) -> str:
    """Return what a reader is shown of a header's value."""
    return str(make_header(decode_header(value)))


def _encoded(name: str, text: str) -> str:
    return Header(text, "utf-8", maxlinelen=LINE_MAX, header_name=name).encode(linesep="\r\n")
